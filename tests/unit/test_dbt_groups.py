"""Who may build on what, and what the report depends on: groups, access and exposures against the files themselves."""

import ast
from typing import Any

from attain import transform

ROOT = transform.PROJECT.parent


def _models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def _published(manifest: dict[str, Any]) -> dict[str, str]:
    """Name in `reporting` -> unique id, of each model that is published."""
    return {node["alias"]: node["unique_id"] for node in _models(manifest) if node["config"]["meta"].get("publish")}


def test_every_model_belongs_to_a_group(manifest: dict[str, Any]) -> None:
    assert [node["name"] for node in _models(manifest) if not node["group"]] == []


def test_public_is_what_is_published_and_nothing_else(manifest: dict[str, Any]) -> None:
    """A step on the way to a figure is nobody's to build on; say so in dbt_project.yml."""
    wrong = {
        node["name"]: node["access"]
        for node in _models(manifest)
        if node["schema"] == "marts" and (node["access"] == "public") != bool(node["config"]["meta"].get("publish"))
    }
    assert wrong == {}
    assert {node["access"] for node in _models(manifest) if node["schema"] == "core"} == {"protected"}
    assert "public" not in {node["access"] for node in _models(manifest) if node["schema"] == "staging"}


def test_a_mart_is_of_its_folder_s_group(manifest: dict[str, Any]) -> None:
    for node in _models(manifest):
        _, layer, subject, *_ = node["original_file_path"].split("/")
        assert node["group"] == (subject if layer == "marts" else "warehouse"), node["name"]


def test_exposures_depend_on_what_the_report_reads(manifest: dict[str, Any]) -> None:
    """A table is read by its name: the names of published tables in a section's files are what it depends on."""
    published = _published(manifest)
    for exposure in manifest["exposures"].values():
        read: set[str] = set()
        for pattern in exposure["config"]["meta"]["modules"]:
            paths = list(ROOT.glob(pattern))
            assert paths, f"{exposure['name']}: {pattern} is no file"
            read |= {published[word] for path in paths for word in _words(path.read_text()) if word in published}
        assert set(exposure["depends_on"]["nodes"]) == read, exposure["name"]


def test_no_file_of_the_report_reads_a_mart_outside_the_exposures(manifest: dict[str, Any]) -> None:
    published = _published(manifest)
    covered = {
        path
        for exposure in manifest["exposures"].values()
        for pattern in exposure["config"]["meta"]["modules"]
        for path in ROOT.glob(pattern)
    }
    reading = {path for path in (ROOT / "report").rglob("*.py") if _words(path.read_text()) & published.keys()}
    assert reading, "no file of the report names a mart"
    assert {str(path.relative_to(ROOT)) for path in reading - covered} == set()


def _words(source: str) -> set[str]:
    """The names a module may ask `reporting` for: its constants, and what stands in a call on or with `reporting`."""
    module = ast.parse(source)
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and _asks(node)]
    constants = [node for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    return {
        node.value
        for root in (*calls, *constants)
        for node in ast.walk(root)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _asks(call: ast.Call) -> bool:
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return any(isinstance(node, ast.Name) and node.id == "reporting" for node in (receiver, *call.args))
