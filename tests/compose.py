"""docker-compose.yml as Docker Compose reads it: anchors merged, variables put in, defaults of the long forms known."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
FILE = PROJECT / "docker-compose.yml"

_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?[-?+])(?P<word>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*))"
)


class Unset(Exception):
    """A variable that must be set is not; the message is the file's own."""


def raw(path: Path = FILE) -> dict[str, Any]:
    """The file with its anchors merged and its variables as they stand."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def interpolated(node: Any, variables: Mapping[str, str]) -> Any:
    """Every text of a node with its variables put in, by Compose's rules.

    Raises:
        Unset: for `${NAME:?message}` without a value.
    """
    if isinstance(node, dict):
        return {key: interpolated(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [interpolated(value, variables) for value in node]
    return _VARIABLE.sub(lambda found: _value(found, variables), node) if isinstance(node, str) else node


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["escaped"]:
        return "$"
    name, operator, word = found["name"] or found["bare"], found["operator"] or "", found["word"] or ""
    value = variables.get(name)
    there = value is not None and (value != "" or not operator.startswith(":"))
    if operator.endswith("?") and not there:
        raise Unset(f"{name}: {word}")
    if operator.endswith("+"):
        return word if there else ""
    if operator.endswith("-") and not there:
        return word
    return value or ""


@dataclass(frozen=True)
class Variable:
    """A variable as the file asks for it."""

    name: str
    operator: str
    word: str


def variables_of(node: Any) -> Iterator[Variable]:
    """Every variable that a node names."""
    for text in texts(node):
        for found in _VARIABLE.finditer(text):
            if not found["escaped"]:
                yield Variable(found["name"] or found["bare"], found["operator"] or "", found["word"] or "")


def texts(node: Any) -> Iterator[str]:
    """Every text of a node; of mappings, the values."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def env_file(text: str) -> dict[str, str]:
    """An .env file: NAME=value a line; no quotes are used in ours."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def services(variables: Mapping[str, str], path: Path = FILE) -> dict[str, dict[str, Any]]:
    """Every service, its variables put in."""
    return dict(interpolated(raw(path), variables)["services"])


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """A service's environment as its processes see it."""
    return {name: str(value) for name, value in (service.get("environment") or {}).items()}


def health(service: Mapping[str, Any]) -> list[str] | None:
    """A service's health check as a command; None where it is switched off or missing."""
    check = service.get("healthcheck") or {}
    if check.get("disable") or not check.get("test"):
        return None
    kind, *words = check["test"]
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else list(words)
