"""`mapping.yml` beside a company's files: which file is which template, and how its columns become ours."""

import codecs
from collections.abc import Mapping as Dict
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from attain.table import Table
from extract.files.mapping.value_models import Conditions, Unpivot, Value
from extract.files.parsing.column import Formats
from extract.files.parsing.dates import order_of
from extract.templates import TEMPLATES
from extract.yaml_document import did_you_mean, read_yaml, validated

FILE_NAME = "mapping.yml"

BY_NAME: dict[str, Table] = {table.name.removeprefix("files__"): table for table in TEMPLATES}

LONG_FORMS = {"opportunity_history": "opportunity_field_history"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(value: str) -> str:
    if value not in available_timezones():
        known = did_you_mean(value, available_timezones())
        raise ValueError(f"{value!r} is not a time zone, such as Europe/Berlin.{known}")
    return value


def _encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError:
        raise ValueError(f"{value!r} is not an encoding, such as utf-8, cp1252 or latin-1") from None


def _delimiter(value: str) -> str:
    value = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(value.lower(), value)
    if len(value) != 1:
        raise ValueError("must be one character, or tab, comma, semicolon, pipe")
    return value


def _date_format(value: Any) -> Any:
    if isinstance(value, dict):
        return {column: _date_format(pattern) for column, pattern in value.items()}
    if not isinstance(value, str) or order_of(value) is None:
        raise ValueError(
            f"{value!r} does not say the order of day, month and year; write DD/MM/YY, MM/DD/YY or YYYY-MM-DD"
        )
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
DateFormat = Annotated[str | dict[str, str], BeforeValidator(_date_format)]


def _known(value: str, known: Dict[str, Any], what: str) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is not a {what}.{did_you_mean(value, known)} Known: {', '.join(known)}")
    return value


class Defaults(_Strict):
    """What may be said for all files at once and, differently, for one."""

    time_zone: Zone | None = None
    decimal: Literal[".", ","] | None = None
    date_format: DateFormat | None = None
    percent: Literal["percent", "fraction"] | None = None
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    load: Literal["full", "append"] | None = None
    max_rejected: float | None = Field(default=None, ge=0, le=1)
    refers_to: str | dict[str, str] | None = None


class FileMapping(Defaults):
    """One file (or several of one shape) and the template it fills."""

    file: str
    template: str
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1)
    form: Literal["wide", "long"] | None = None
    columns: dict[str, Value] = Field(default_factory=dict)
    define: dict[str, Value] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    where: Conditions = Field(default_factory=dict)
    unpivot: Unpivot | None = None

    @field_validator("template")
    @classmethod
    def _known_template(cls, value: str) -> str:
        return _known(value, BY_NAME, "template")

    @model_validator(mode="after")
    def _known_columns(self) -> "FileMapping":
        known = {column.name: column for column in self.table.columns}
        for name in self.columns:
            _known(name, known, f"column of {self.table_name}")
        if isinstance(self.date_format, dict):
            for name in self.date_format:
                _known(name, known, f"column of {self.table_name}")
        if self.fields and self.table_name != "opportunity_field_history":
            raise ValueError("`fields` is for the long form: template opportunity_field_history")
        return self

    @property
    def table_name(self) -> str:
        """The template's name, the long form's own where `form: long` says so."""
        return LONG_FORMS.get(self.template, self.template) if self.form == "long" else self.template

    @property
    def table(self) -> Table:
        return BY_NAME[self.table_name]


def _listed(files: Any) -> Any:
    """`files` may be a list of entries, or a mapping of file -> entry or entries."""
    if not isinstance(files, dict):
        return files
    pairs = [
        (name, entry)
        for name, entries in files.items()
        for entry in (entries if isinstance(entries, list) else [entries])
    ]
    return [{"file": name, **entry} if isinstance(entry, dict) else entry for name, entry in pairs]


class Mapping(Defaults):
    """The whole of `mapping.yml`."""

    company: str | None = None
    account: str = "files"
    stages: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    files: Annotated[tuple[FileMapping, ...], BeforeValidator(_listed)] = ()

    def formats(self, file: FileMapping, column: str, company_zone: str) -> Formats:
        """How the texts of a file's column are to be read."""
        pattern = file.date_format if file.date_format is not None else self.date_format
        if isinstance(pattern, dict):
            pattern = pattern.get(column) or (self.date_format if isinstance(self.date_format, str) else None)
        return Formats(
            decimal=file.decimal or self.decimal,
            order=order_of(pattern) if pattern else None,
            time_zone=file.time_zone or self.time_zone or company_zone,
            percent=file.percent or self.percent,
        )

    def account_of(self, file: FileMapping, column: str, refers_to: str) -> str:
        """The source account whose ids a column holds."""
        for said in (file.refers_to, self.refers_to):
            if isinstance(said, str):
                return said
            if said is not None:
                found = said.get(column) or said.get(refers_to)
                if found:
                    return found
        return self.account


def load(folder: Path) -> Mapping:
    """The mapping beside the files; an empty one where there is none.

    Raises:
        SettingsError: one sentence per problem, with the key, what is allowed, and the nearest known word.
    """
    path = next((p for p in (folder / FILE_NAME, folder / "mapping.yaml") if p.is_file()), None)
    return validated(Mapping, read_yaml(path), path.name) if path else Mapping()


def company_name(folder: Path) -> str:
    """The company the files are of: `company:` in mapping.yml, else the folder's name."""
    return load(folder).company or folder.resolve().name
