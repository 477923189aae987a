"""The form by which whoever has the receipt rates, as the interface takes it."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from app.ratings.schemas import RatingIn
from app.wire import validated

_MOST_FIELDS = 10


async def rating_of(request: Request) -> RatingIn:
    """What the form says; an empty comment is none. Raises Invalid with what the interface would refuse."""
    sent = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    return validated(RatingIn, _fields({name: value for name, value in sent.items() if isinstance(value, str)}), "")


def _fields(sent: Mapping[str, str]) -> dict[str, Any]:
    score = sent.get("score", "")
    found: dict[str, Any] = {"key": sent.get("key", "")}
    if score:
        found["score"] = int(score) if len(score) == 1 and score.isascii() and score.isdigit() else score
    if sent.get("comment", "").strip():
        found["comment"] = sent["comment"]
    return found
