"""Turns what pydantic says about a YAML file into words a person can act on."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from attain.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)

_WORDS = {
    "extra_forbidden": "is not a key of this file",
    "missing": "is missing",
    "string_type": "must be text (put it in quotes)",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "dict_type": "must be a list of `key: value` lines",
    "model_type": "must be a list of `key: value` lines",
}
_SCALARS = ("str", "int", "float", "bool")


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping a YAML file holds; empty when the file is.

    Raises:
        SettingsError: it is not UTF-8, not YAML, or not a mapping.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise SettingsError(f"{path.name}: byte {problem.start} is not UTF-8. Save the file as UTF-8.") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(problem, "problem", None) or "not valid YAML"
        raise SettingsError(
            f"{path.name}{where}: {what}. Nothing was read. Put texts with `:`, `#`, `[` or `{{` in quotes."
        ) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SettingsError(f"{path.name}: expected lines of `key: value`, found a {type(data).__name__}.")
    return data


def validated(model: type[Model], data: object, where: str) -> Model:
    """The model of the data.

    Args:
        where: file name that starts each sentence.

    Raises:
        SettingsError: one sentence per problem: file, key, what is wrong, what is allowed.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        first_by_key: dict[str, str] = {}
        for error in problem.errors(include_url=False):
            place = [part for part in error["loc"] if not _is_variant(part)]
            first_by_key.setdefault(str(place), _sentence(model, data, error, where))
        raise SettingsError("\n".join(first_by_key.values())) from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean X?`, or nothing when no known word is near."""
    by_lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean `{by_lower[near[0]]}`?" if near else ""


def listed(names: Iterable[str], most: int = 30) -> str:
    """The names in one line, cut where they are many."""
    everything = list(names)
    more = f" and {len(everything) - most} more" if len(everything) > most else ""
    return ", ".join(everything[:most]) + more


def _sentence(model: type[BaseModel], data: object, error: Any, where: str) -> str:
    place = [part for part in error["loc"] if not _is_variant(part)]
    key = _key(place, data) or "the file"
    kind = error["type"]
    if kind == "extra_forbidden":
        known = tuple(_fields_at(model, place[:-1]))
        listed = f" Known keys: {', '.join(known)}." if known else ""
        return f"{where}: `{key}` {_WORDS[kind]}.{did_you_mean(str(place[-1]), known)}{listed}"
    if kind == "literal_error":
        return f"{where}: `{key}` must be {error['ctx']['expected']}; found {error['input']!r}."
    message = _WORDS.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: `{key}`: {message}".rstrip(".") + ("" if message.endswith("?") else ".")


def _key(place: list[Any], data: object) -> str:
    """The key as a person finds it: entries of a list are counted from 1 and named by their file."""
    words: list[str] = []
    for part in place:
        data = data[part] if isinstance(data, dict | list | tuple) and _has(data, part) else None
        if isinstance(part, int):
            named = f" ({data['file']})" if isinstance(data, dict) and "file" in data else ""
            words[-1:] = [f"{words[-1] if words else ''}[{part + 1}]{named}"]
        else:
            words.append(str(part))
    return ".".join(words)


def _has(data: Any, part: Any) -> bool:
    return part in data if isinstance(data, dict) else isinstance(part, int) and part < len(data)


def _is_variant(part: object) -> bool:
    """Pydantic puts the names of union members and validators into the place; they are not keys of the file."""
    return isinstance(part, str) and (
        part.startswith(("function-", "tagged-union", "lax-or", "json-or")) or "[" in part
    )


def _fields_at(model: type[BaseModel], place: list[Any]) -> Iterable[str]:
    current: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        field = getattr(current, "model_fields", {}).get(part)
        current = _model_in(field.annotation) if field else current
        if current is None:
            return ()
    return getattr(current, "model_fields", {})


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, getattr(annotation, "__args__", ())) if m is not None), None)
