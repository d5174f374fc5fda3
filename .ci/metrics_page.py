"""docs/metrics.md from the definitions: the semantic layer's metrics, the marts' columns and dbt's doc blocks.

`--write` writes the page; without it, the exit code says whether the page is what the definitions give.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "metrics.md"
SUBJECTS = ("pipeline", "kpi", "goals", "funnel", "compensation")

_HEAD = """# What each number means

One definition each, written from the definitions themselves (`.venv/bin/python .ci/metrics_page.py --write`): change them
there. The same words stand as column descriptions in the database.
"""
_ASKED = """Defined once in the semantic layer; where a mart has a column of the name, both are equal (a test asks both):

| name | meaning | formula |
| --- | --- | --- |"""
_ALONE = """In the marts alone:

| name | meaning | in |
| --- | --- | --- |"""
_NUMBER = re.compile(r"^(numeric|bigint|integer|double)")
_NO_FIGURE = re.compile(r"(_key|_id|_order|_number|_name)$|^(_run_id|fiscal_\w+|stage_order)$")

Node = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/metrics.md")
    parser.add_argument("--artifacts", type=Path, help="read the manifest in this folder instead of parsing anew")
    asked = parser.parse_args()
    text = page(_manifest(asked.artifacts))
    if asked.write:
        PAGE.write_text(text)
    elif PAGE.read_text() != text:
        sys.stderr.write("docs/metrics.md is not what the definitions give. Run: .ci/metrics_page.py --write\n")
        return 1
    return 0


def page(manifest: Node) -> str:
    """The whole page."""
    blocks = {block["name"]: _linked(block["block_contents"].strip()) for block in manifest["docs"].values()}
    parts = [_HEAD.strip(), blocks["metrics_rules"]]
    for subject in SUBJECTS:
        parts.append(blocks[f"metrics_{subject}"])
        parts.extend(_tables(manifest, subject))
    return "\n\n".join(parts) + "\n"


def _manifest(artifacts: Path | None) -> Node:
    with tempfile.TemporaryDirectory(prefix="attain-metrics-") as folder:
        if artifacts is None:
            parse = [sys.executable, str(HERE / "strict_parse.py"), "--target", folder]
            subprocess.run(parse, check=True, stdout=subprocess.DEVNULL)
        made: Node = json.loads((Path(artifacts or folder) / "manifest.json").read_text())
        return made


def _tables(manifest: Node, subject: str) -> Iterator[str]:
    """The subject's metrics with their formulas; then what stands in its marts alone, and why."""
    metrics = [metric for metric in manifest["metrics"].values() if _subject(manifest, metric) == subject]
    if metrics:
        lines = (f"| `{m['name']}` | {_cell(m['description'])} | {_formula(m)} |" for m in metrics)
        yield "\n".join((_ASKED, *lines))
    names = {metric["name"] for metric in manifest["metrics"].values()}
    marts = [mart for mart in _marts(manifest, subject) if mart["config"]["meta"].get("marts_alone")]
    figures = list(_figures(marts, names))
    if figures:
        reasons = dict.fromkeys(mart["config"]["meta"]["marts_alone"] for mart in marts)
        lines = (f"| `{name}` | {_cell(meaning)} | {', '.join(where)} |" for name, meaning, where in figures)
        yield "\n\n".join((" ".join(reasons), "\n".join((_ALONE, *lines))))


def _figures(marts: Iterable[Node], but: set[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Numbers of the marts that no metric is named after; one meaning once, with all marts that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for mart in marts:
        for column in mart["columns"].values():
            number = _NUMBER.match(column["data_type"] or "")
            if number and column["name"] not in but and not _NO_FIGURE.search(column["name"]):
                found.setdefault((column["name"], column["description"]), []).append(mart["alias"])
    for (name, meaning), where in found.items():
        yield name, meaning, where


def _marts(manifest: Node, subject: str) -> list[Node]:
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(
        (m for m in models if m["access"] == "public" and m["group"] == subject), key=lambda m: str(m["alias"])
    )


def _subject(manifest: Node, metric: Node) -> str:
    """The group of the mart that the metric, or its numerator, is summed over."""
    parameters = metric["type_params"]
    if metric["type"] != "simple":
        upper = (parameters["numerator"] or parameters["metrics"][0])["name"]
        return _subject(manifest, next(m for m in manifest["metrics"].values() if m["name"] == upper))
    name = parameters["metric_aggregation_params"]["semantic_model"]
    model = next(s for s in manifest["semantic_models"].values() if s["name"] == name)
    return str(manifest["nodes"][model["depends_on"]["nodes"][0]]["group"])


def _formula(metric: Node) -> str:
    parameters = metric["type_params"]
    if metric["type"] == "ratio":
        return f"`{parameters['numerator']['name']}` / `{parameters['denominator']['name']}`"
    if metric["type"] == "derived":
        return f"`{parameters['expr']}`"
    how = parameters["metric_aggregation_params"]
    return f"`{how['agg']}({parameters['expr']})` of {how['semantic_model']} by `{how['agg_time_dimension']}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _linked(text: str) -> str:
    """docs/pipeline.md becomes a link to the page beside this one."""
    return re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", text)


if __name__ == "__main__":
    sys.exit(main())
