"""The form by which whoever has the receipt rates, as the interface takes it."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from app.http.wire_types import validated
from app.statistics.ratings.schemas import RatingIn
from app.web.public.parameters import sent

_MOST_FIELDS = 10


async def rating_of(request: Request) -> RatingIn:
    """What the form says; an empty comment is none. Raises Invalid with what the interface would refuse."""
    return validated(RatingIn, _fields(await sent(request, _MOST_FIELDS)), "")


def _fields(form: Mapping[str, str]) -> dict[str, Any]:
    score = form.get("score", "")
    found: dict[str, Any] = {"key": form.get("key", "")}
    if score:
        found["score"] = int(score) if len(score) == 1 and score.isascii() and score.isdigit() else score
    if "comment" in form:
        found["comment"] = form["comment"]
    return found
