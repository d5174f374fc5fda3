"""A company's folder: settings and mapping tables that people edit.

    <folder>/company.yml        name, time zone, currency, fiscal calendar, minima
    <folder>/mappings/*.csv     stages, interactions, lead_sources, roles, segments, holidays

What the folder leaves out comes from `attain/defaults/`; a row of the folder replaces the default row of the same
source value (compared without case and outer spaces).
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from attain.errors import SettingsError
from attain.table import DATE, RATE, TEXT, WHOLE, Column, Table
from extract.source import Planned
from extract.yaml_document import did_you_mean, read_yaml, validated

ACCOUNT = "company"

STAGES: dict[str, int] = {
    "lead_generation": 1,
    "qualification": 2,
    "needs_analysis": 3,
    "proposal_and_negotiation": 4,
    "closing": 5,
    "post_sale": 6,
    "lost": 0,
}
"""Canonical pipeline stages and their order; `post_sale` is won."""

STAGE_SYNONYMS = {"won": "post_sale", "closed_won": "post_sale", "closed_lost": "lost"}

FUNNEL_STAGES = ("awareness", "interest", "decision", "action")


def _table(name: str, description: str, *columns: Column, key: str) -> Table:
    return Table(f"company__{name}", columns, (key,), None, description)


TABLES: tuple[Table, ...] = (
    _table(
        "settings", "The company's settings, flattened.",
        Column("setting", TEXT, "Name in company.yml.", required=True),
        Column("value", TEXT, "Its value as text."),
        key="setting",
    ),
    _table(
        "stages", "Source stages and the canonical stages they mean.",
        Column("source_stage", TEXT, "As the source calls it; matched without case and outer spaces.", required=True),
        Column("stage", TEXT, f"One of {', '.join(STAGES)}.", required=True),
        Column("outcome", TEXT, "open, won or lost.", required=True),
        Column("stage_order", WHOLE, "1 to 6 along the pipeline, 0 for lost.", required=True),
        Column("probability", RATE, "Chance of winning where the deal has none, as a percentage, 0 to 100."),
        key="source_stage",
    ),
    _table(
        "interactions", "What people do with marketing, and the funnel stage it proves.",
        Column("interaction", TEXT, "As the source calls it; matched without case and outer spaces.", required=True),
        Column("funnel_stage", TEXT, f"One of {', '.join(FUNNEL_STAGES)}.", required=True),
        key="interaction",
    ),
    _table(
        "lead_sources", "Where leads and deals come from.",
        Column("lead_source", TEXT, "As the source calls it; matched without case and outer spaces.", required=True),
        Column("channel", TEXT, "Marketing channel."),
        Column("technique", TEXT, "Technique of pipeline generation: cold_calling, email_campaign, networking..."),
        key="lead_source",
    ),
    _table(
        "roles", "Titles and the canonical roles they mean.",
        Column("source_role", TEXT, "As the source calls it; matched without case and outer spaces.", required=True),
        Column("role", TEXT, "Canonical role.", required=True),
        key="source_role",
    ),
    _table(
        "segments", "Market segments as sources and the company call them.",
        Column("source_segment", TEXT, "As the source calls it; matched without case and outer spaces.", required=True),
        Column("segment", TEXT, "Canonical segment.", required=True),
        key="source_segment",
    ),
    _table(
        "holidays", "Days that are no business days.",
        Column("holiday_date", DATE, "The day.", required=True),
        Column("holiday_name", TEXT, "Its name."),
        key="holiday_date",
    ),
)  # fmt: skip

_BY_NAME = {table.name.removeprefix("company__"): table for table in TABLES}


class Company(BaseModel):
    """What company.yml may say; every key has a default but the name, which is the folder's when left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    time_zone: str = "UTC"
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    fiscal_year_start_month: int = Field(1, ge=1, le=12)
    fiscal_calendar: Literal["months", "4-4-5", "4-5-4", "5-4-4"] = "months"
    week_start: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    fiscal_year_end: Literal["nearest", "last"] = "nearest"
    fiscal_year_named_after: Literal["end", "start"] = "end"
    working_hours: str = "09:00-17:00"
    lead_response_hours: Decimal = Field(Decimal(1), gt=0, le=1000)
    minimum_cases: int = Field(5, ge=1)
    max_deletions: float = Field(0.2, ge=0, le=1)
    max_rejected: float = Field(0.05, ge=0, le=1)
    rates: Literal["plan", "spot"] = "plan"
    holidays: dict[date, str] = Field(default_factory=dict, exclude=True)

    @field_validator("working_hours")
    @classmethod
    def _hours_of_a_day(cls, value: str) -> str:
        found = re.fullmatch(r"(([01]\d|2[0-3]):[0-5]\d)-(([01]\d|2[0-3]):[0-5]\d|24:00)", value)
        if not found or found[1] >= found[3]:
            raise ValueError(f"{value!r} are no hours of a day. Write from when to when, such as 09:00-17:00.")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(
                f"{value!r} is not a time zone, such as Europe/Berlin.{did_you_mean(value, available_timezones())}"
            )
        return value


@dataclass(frozen=True)
class CompanySettings:
    """What the source `company` needs.

    Args:
        folder: the company's folder; it need not exist.
        stages: further stages, source stage -> canonical stage, as `mapping.yml` beside files may name them.
    """

    folder: Path
    stages: Mapping[str, str] = field(default_factory=dict)


def load(folder: Path) -> Company:
    """The company's settings, defaults where the folder or a key is missing.

    Raises:
        SettingsError: company.yml cannot be read, or names an unknown key or value.
    """
    own = read_yaml(folder / "company.yml") if (folder / "company.yml").is_file() else {}
    return validated(Company, {"name": folder.name, **_default_settings(), **own}, "company.yml")


def folder_for(companies: Path, name: str, files: Path | None = None) -> Path:
    """Where the company's settings are: `companies/<name>`, else the folder of files if that holds a company.yml."""
    own = companies / name
    if not (own / "company.yml").is_file() and files is not None and (files / "company.yml").is_file():
        return files
    return own


def settled(planned: Planned) -> Path:
    """The folder with company.yml: the company's own, else the folder of files."""
    return folder_for(planned.folder.parent, planned.folder.name, planned.path)


def rows(settings: CompanySettings) -> dict[str, pa.RecordBatch]:
    """Every table's rows by raw table name, defaults and the folder's own merged.

    Raises:
        SettingsError: naming file, row and value of what cannot be used.
    """
    company = load(settings.folder)
    merged = {name: _merged(table, settings.folder) for name, table in _BY_NAME.items() if name != "settings"}
    for source, stage in settings.stages.items():
        row = _stage_row({"source_stage": source, "stage": stage}, "mapping.yml: stages")
        merged["stages"][_fold(source)] = row
    for day, holiday in company.holidays.items():
        merged["holidays"][day.isoformat()] = {"holiday_date": day, "holiday_name": holiday}
    listed = {name: list(by_key.values()) for name, by_key in merged.items()}
    listed["settings"] = [{"setting": k, "value": str(v)} for k, v in company.model_dump().items()]
    return {
        table.name: pa.RecordBatch.from_pylist(listed[name], schema=table.schema) for name, table in _BY_NAME.items()
    }


def fingerprint(folder: Path, further: Iterable[Path] = ()) -> str:
    """A hash of all that the company settles: defaults, folder, and further files such as mapping.yml."""
    digest = hashlib.sha256()
    own = sorted([folder / "company.yml", folder / "sources.yml", *folder.glob("mappings/*.csv")])
    for path in [*own, *further]:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _BY_NAME:
        digest.update(_default_text(f"mappings/{name}.csv").encode() if name != "settings" else b"")
    digest.update(_default_text("company.yml").encode())
    return digest.hexdigest()


def _default_text(name: str) -> str:
    return resources.files("attain").joinpath("defaults", name).read_text(encoding="utf-8")


def _default_settings() -> dict[str, Any]:
    return dict(yaml.safe_load(_default_text("company.yml")))


def _fold(value: str) -> str:
    return value.strip().casefold()


def _merged(table: Table, folder: Path) -> dict[str, dict[str, Any]]:
    name = table.name.removeprefix("company__")
    own = folder / "mappings" / f"{name}.csv"
    sources: list[tuple[str, str]] = [(f"defaults/{name}.csv", _default_text(f"mappings/{name}.csv"))]
    if own.is_file():
        try:
            sources.append((f"mappings/{name}.csv", own.read_text(encoding="utf-8-sig")))
        except UnicodeDecodeError as problem:
            raise SettingsError(
                f"mappings/{name}.csv: byte {problem.start} is not UTF-8. Save the file as `CSV UTF-8`."
            ) from None
    merged: dict[str, dict[str, Any]] = {}
    for where, text in sources:
        for number, row in enumerate(_records(table, where, text), start=2):
            ready = _typed(table, row, f"{where} row {number}")
            key = ready[table.key[0]]
            merged[_fold(key) if isinstance(key, str) else key.isoformat()] = ready
    return merged


def _records(table: Table, where: str, text: str) -> Iterator[dict[str, str]]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    known = [column.name for column in table.columns]
    for name in names:
        if name not in known:
            raise SettingsError(
                f"{where}: column `{name}` is unknown.{did_you_mean(name, known)} Known: {', '.join(known)}."
            )
    needed = [c.name for c in table.columns if c.required and c.name not in ("outcome", "stage_order")]
    for name in needed:
        if text.strip() and name not in names:
            raise SettingsError(f"{where}: column `{name}` is missing. It must have {', '.join(needed)}.")
    reader.fieldnames = names
    for record in reader:
        row = {k: (v or "").strip() for k, v in record.items() if k is not None}
        if any(row.values()):
            yield row


def _typed(table: Table, row: Mapping[str, str], where: str) -> dict[str, Any]:
    for column in table.columns:
        if column.required and column.name in row and not row[column.name]:
            raise SettingsError(f"{where}: `{column.name}` is empty.")
    if table.name == "company__stages":
        return _stage_row(row, where)
    if table.name == "company__interactions":
        _one_of(row["funnel_stage"], FUNNEL_STAGES, f"{where}: funnel_stage")
    return {c.name: _value(c, row.get(c.name) or None, where) for c in table.columns}


def _stage_row(row: Mapping[str, str], where: str) -> dict[str, Any]:
    stage = row["stage"].strip().lower().replace(" ", "_").replace("-", "_")
    stage = STAGE_SYNONYMS.get(stage, stage)
    _one_of(stage, tuple(STAGES), f"{where}: stage")
    implied = {"post_sale": "won", "lost": "lost"}.get(stage, "open")
    outcome = row.get("outcome") or implied
    _one_of(outcome, ("open", "won", "lost"), f"{where}: outcome")
    order = _value(_BY_NAME["stages"].column("stage_order"), row.get("stage_order") or None, where)
    return {
        "source_stage": row["source_stage"].strip(),
        "stage": stage,
        "outcome": outcome,
        "stage_order": STAGES[stage] if order is None else order,
        "probability": _value(_BY_NAME["stages"].column("probability"), row.get("probability") or None, where),
    }


def _one_of(value: str, allowed: Sequence[str], where: str) -> None:
    if value not in allowed:
        raise SettingsError(f"{where} {value!r} must be one of {', '.join(allowed)}.{did_you_mean(value, allowed)}")


def _value(column: Column, text: str | None, where: str) -> Any:
    if text is None or column.type == TEXT:
        return text
    try:
        if column.type == DATE:
            return date.fromisoformat(text)
        return int(text) if column.type == WHOLE else round(Decimal(text.rstrip("% ")), 9)
    except (ValueError, InvalidOperation):
        what = "a date such as 2026-12-25" if column.type == DATE else "a number such as 20"
        raise SettingsError(f"{where}: `{column.name}` {text!r} is not {what}.") from None
