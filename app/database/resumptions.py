"""Expressions of what changes after a restore to a moment: higher ordinals, other ids of messages (rules §10)."""

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, Text, cast, func, literal, select

from app.database.tables import resumptions


def lift_of(day: BindParameter[date]) -> ScalarSelect[Any]:
    """The number by which the ordinals of a day are lifted, 0 without a restore since."""
    lift = func.coalesce(func.sum(resumptions.c.margin), 0)
    return select(lift).where(resumptions.c.last_day >= day).scalar_subquery()


def generation() -> ScalarSelect[Any]:
    """A suffix for ids that others may know from before a restore: empty, `:r1` after the first one, and so on."""
    suffix = literal(":r", Text()).concat(cast(func.max(resumptions.c.number), Text()))
    return select(func.coalesce(suffix, literal("", Text()))).scalar_subquery()
