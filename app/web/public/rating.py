"""Reads the form of a rating into the body of the API."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from app.http.wire_types import validated
from app.statistics.ratings.schemas import RatingIn
from app.web.public.parameters import form_fields

_MOST_FIELDS = 10


async def rating_of(request: Request) -> RatingIn:
    """The rating of the form; a blank comment counts as none. Raises Invalid as the API does."""
    return validated(RatingIn, _fields(await form_fields(request, _MOST_FIELDS)), "")


def _fields(form: Mapping[str, str]) -> dict[str, Any]:
    score = form.get("score", "")
    fields: dict[str, Any] = {"key": form.get("key", "")}
    if score:
        fields["score"] = int(score) if len(score) == 1 and score.isascii() and score.isdigit() else score
    if "comment" in form:
        fields["comment"] = form["comment"]
    return fields
