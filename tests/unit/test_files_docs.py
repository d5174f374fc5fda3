"""docs/files.md and docs/mapping.md say what the product does: generated parts are current, examples run."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from extract.files.check.folder import check, write_templates
from extract.files.check.templates import templates_markdown
from extract.files.mapping import document as mapping
from extract.files.mapping.document import BY_NAME, Defaults, FileMapping, Mapping
from extract.yaml_document import validated
from tests.files import land

ROOT = Path(__file__).resolve().parents[2]
FILES = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
MAPPING = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")


def test_the_templates_are_those_of_the_code() -> None:
    """Regenerate that part of docs/files.md from `extract.files.check.templates.templates_markdown` when this fails."""
    between = re.search(r"<!-- templates: [^>]*-->\n(.*)<!-- end of templates -->", FILES, re.DOTALL)
    assert between is not None
    assert between[1] == templates_markdown()


def test_every_key_is_documented_and_every_mapping_can_be_read() -> None:
    """No key of mapping.yml is missing from its page, and no example of it is wrong."""
    for model in (Mapping, FileMapping, Defaults):
        for key in model.model_fields:
            assert f"| `{key}` |" in MAPPING, key
    blocks = re.findall(r"```yaml\n(.*?)```", MAPPING, re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        validated(Mapping, yaml.safe_load(block), "docs/mapping.md")


def test_adventureworks_is_mapped_as_the_page_says() -> None:
    """The mapping tried on the real order book is the one on the page."""
    assert (ROOT / "tests" / "data" / "adventureworks_mapping.yml").read_text(encoding="utf-8") in MAPPING


def test_the_hubspot_example_runs_as_it_stands(tmp_path: Path) -> None:
    """Its files and mapping, copied from the page."""
    section = MAPPING.split("## Example: a HubSpot-like export", 1)[1].split("\n## ", 1)[0]
    for name, content in re.findall(r"`([\w.]+)`\n\n```\w+\n(.*?)```", section, re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
    landed = land(tmp_path)
    assert [
        (d["opportunity_name"], d["stage"], d["amount"], d["close_date"], d["account_id"], d["owner_id"])
        for d in landed["opportunities"]
    ] == [
        ("Pumps", "Closed Won", Decimal("12500.5"), date(2026, 3, 5), "77", "51"),
        ("Valves", "Appointment Scheduled", None, date(2026, 4, 30), "79", "52"),
    ]
    assert [(h["field"], h["old_value"], h["new_value"]) for h in landed["opportunity_field_history"]] == [
        ("stage", None, "Appointment Scheduled"), ("stage", "Appointment Scheduled", "Closed Won"), ("amount", None, "12500.5"),
    ]  # fmt: skip
    assert [r["rep_name"] for r in landed["reps"]] == ["Ann Lee", "Ben Ray"]
    assert {a["account_name"] for a in landed["accounts"]} == {"Acme", "Reseller", "Beta"}
    report = check(tmp_path)
    assert report.ok
    assert (report.company, report.account, report.unmapped_stages) == ("acme", "hubspot", ())


def test_the_smallest_example_runs(tmp_path: Path) -> None:
    """Four columns, or six."""
    content = re.search(r"```\n(Deal ID.*?)```", FILES, re.DOTALL)
    assert content is not None
    (tmp_path / "deals.csv").write_text(content[1], encoding="utf-8")
    assert [d["owner_id"] for d in land(tmp_path)["opportunities"]] == ["name:ann lee", "name:ben ray"]
    assert {m.mart: m.state for m in check(tmp_path).marts}["pipeline_current"] == "yes"


def test_empty_templates_are_what_the_source_reads(tmp_path: Path) -> None:
    """Written, they are recognised; what is there already is kept."""
    written = write_templates(tmp_path)
    assert {path.stem for path in written} == set(BY_NAME)
    report = check(tmp_path)
    assert {f.template for f in report.files} == set(BY_NAME)
    assert all(not f.ignored and not f.unused for f in report.files)
    (tmp_path / "quotas.csv").write_text("mine")
    assert write_templates(tmp_path) == ()


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_template_is_recognised_by_its_own_name(name: str) -> None:
    """What the page lists as file names is what is recognised."""
    from extract.files.recognise import FILE_NAMES, template_of

    assert all(
        (found := template_of(alias)) is not None and found.template == name for alias in (name, *FILE_NAMES[name])
    )
    assert mapping.BY_NAME[name].name == f"files__{name}"
