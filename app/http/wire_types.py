"""Types on the wire: instants, dates, references to units, and the base of request bodies."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from app.domain.errors import Invalid
from app.domain.localtime import TZ
from app.http.field_errors import of_pydantic

Model = TypeVar("Model", bound=BaseModel)

# Years outside this range are mistakes, and arithmetic near the ends of the calendar would overflow.
FIRST_YEAR, LAST_YEAR = 1900, 2200


# As ISO 8601 and RFC 3339 allow it: PHP and Java write +0700, Python and SQL a blank for T.
_WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


def _not_a_time() -> PydanticCustomError:
    return PydanticCustomError("not_a_time", "an instant is written like 2021-08-16T08:30:00+07:00")


def _not_a_date() -> PydanticCustomError:
    return PydanticCustomError("not_a_date", "a date is written YYYY-MM-DD and must exist")


def _instant(value: Any) -> datetime:
    if isinstance(value, str):
        written = _WRITTEN.fullmatch(value)
        if written is None:
            raise _not_a_time()
        day, time, offset = written.groups(default="")
        try:
            value = datetime.fromisoformat(f"{day}T{time}{offset.upper()}")
        except ValueError:
            raise _not_a_time() from None
    if not isinstance(value, datetime):
        raise _not_a_time()
    if value.tzinfo is None:
        raise PydanticCustomError("offset_missing", "an instant needs an offset, as in 2021-08-16T08:30:00+07:00")
    _check_year(value.year)
    return value.astimezone(UTC).replace(microsecond=0)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) != len("YYYY-MM-DD"):
        raise _not_a_date()
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise _not_a_date() from None
    _check_year(day.year)
    return day


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise PydanticCustomError("year_out_of_range", f"the year must be from {FIRST_YEAR} to {LAST_YEAR}")


def shown(instant: datetime) -> str:
    """The instant in ISO 8601 with Việt Nam's offset (contract, Dates and instants)."""
    return instant.astimezone(TZ).isoformat()


_INSTANT_SCHEMA = Field(json_schema_extra={"format": "date-time"}, examples=["2021-08-16T08:30:00+07:00"])

# UTC with whole seconds in Python, +07:00 on the wire.
Moment = Annotated[
    datetime,
    BeforeValidator(_instant, json_schema_input_type=str),
    PlainSerializer(shown, return_type=str),
    _INSTANT_SCHEMA,
]
# Computed instants and dates. Only those of requests are restricted to certain years.
Shown = Annotated[datetime, PlainSerializer(shown, return_type=str), _INSTANT_SCHEMA]
ShownDay = Annotated[date, Field(examples=["2021-08-16"])]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date), Field(examples=["2021-08-16"])]

# The code of a unit (a string, resolved on the date of the event) or its id (a number).
UnitReference = (
    Annotated[str, StringConstraints(strict=True, min_length=1, max_length=40)]
    | Annotated[StrictInt, Field(ge=1, lt=2**31)]
)


class WireIn(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def with_example(*bodies: Mapping[str, Any]) -> ConfigDict:
    """A configuration with example bodies for the OpenAPI document; a subclass with other fields needs its own."""
    return ConfigDict(json_schema_extra={"examples": [dict(body) for body in bodies]})


class UnitOut(BaseModel):
    """A unit, as other resources refer to it."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="the unit's id; codes are re-used", examples=[18])
    code: str = Field(description="its official code", examples=["20899"])
    name: str = Field(description="its name without its type", examples=["Trà My"])
    kind: str = Field(description="province, district, office or commune", examples=["commune"])


def validated(model: type[Model], data: Any, prefix: str) -> Model:
    """The data as a model, for bodies with a dynamic shape; raises Invalid with the pointer of each error."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors = [of_pydantic("/".join([prefix, *map(str, item["loc"])]), item) for item in error.errors()]
        raise Invalid("invalid", "The body is invalid.", errors=errors) from None
