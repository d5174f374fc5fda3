"""What may stand on the right of one of our columns in `mapping.yml`."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator


def _dates_as_text(value: Any) -> Any:
    """YAML reads an unquoted 2026-03-04 as a date."""
    return value.isoformat() if isinstance(value, date) else value


Scalar = Annotated[str | int | float | bool | None, BeforeValidator(_dates_as_text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Not(_Strict):
    """`{not: x}` or `{not: [x, y]}` in a condition."""

    not_: Scalar | list[Scalar] = Field(alias="not")


class Unpivot(_Strict):
    """`{columns: ["* 2026"], name: Month, value: Quota}`: columns become rows."""

    columns: list[str] = Field(min_length=1)
    name: str
    value: str


Conditions = dict[str, Scalar | list[Scalar] | Not]
"""Column -> the value, or one of the values, it must have; compared as text without case."""


class Constant(_Strict):
    """`{value: x}`, or a date alone: the same for every row."""

    value: Scalar

    @model_validator(mode="before")
    @classmethod
    def _date_alone(cls, data: Any) -> Any:
        return {"value": data} if isinstance(data, date) else data


class Taken(_Strict):
    """`{column: theirs, ...}`: a column, narrowed or translated."""

    column: str
    starts_with: str | None = None
    equals: Scalar | list[Scalar] = None
    map: dict[str, Scalar] = Field(default_factory=dict)
    default: Scalar = None


class FirstOf(_Strict):
    """`{first_of: [a, b]}`: the first that is not empty."""

    first_of: list["Value"]


class Joined(_Strict):
    """`{join: [a, b], with: " "}`: texts put together; empty ones left out."""

    join: list["Value"]
    with_: str = Field(" ", alias="with")


class Lookup(_Strict):
    """`{file: f, match: key, take: column}`: from the row of another file with the same key."""

    file: str
    match: str | dict[str, str]
    take: "Value"
    where: Conditions = Field(default_factory=dict)
    pick: Literal["first", "last"] | None = None


def _kind(value: Any) -> str:
    if isinstance(value, date):
        return "[value]"
    if isinstance(value, _Strict):
        return {Constant: "[value]", Taken: "[column]", FirstOf: "[first_of]", Joined: "[join]", Lookup: "[file]"}[
            type(value)
        ]
    if isinstance(value, dict):
        return next((f"[{key}]" for key in ("value", "column", "first_of", "join", "file") if key in value), "none")
    return "[plain]" if value is None or isinstance(value, str | int | float | bool) else "none"


Value = Annotated[
    Annotated[Scalar, Tag("[plain]")]
    | Annotated[Constant, Tag("[value]")]
    | Annotated[Taken, Tag("[column]")]
    | Annotated[FirstOf, Tag("[first_of]")]
    | Annotated[Joined, Tag("[join]")]
    | Annotated[Lookup, Tag("[file]")],
    Discriminator(
        _kind,
        custom_error_type="value_kind",
        custom_error_message=(
            "must be a column name, a number, an expression, or one of {value: ..}, {column: ..}, {first_of: [..]}, "
            "{join: [..]}, {file: .., match: .., take: ..}"
        ),
    ),
]
"""A column's name or an expression (text), a number, or one of the forms above; null: leave our column empty."""

for _model in (FirstOf, Joined, Lookup):
    _model.model_rebuild()
