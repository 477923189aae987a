"""Checks the rules of a single sector against the limits of their version (rules §4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.catalogue.bounds import check_route
from app.catalogue.limit_schemas import LimitIn
from app.catalogue.records import CHANNELS
from app.domain.errors import Invalid
from app.domain.limits import LARGEST_AMOUNT, LimitUnit, TimeLimit
from app.domain.terms import SpecialRules, Step

_IN_DAYS = (LimitUnit.WORKING_DAY, LimitUnit.CALENDAR_DAY)


def check_special_rules(
    limits: Mapping[str, TimeLimit | None], rules: SpecialRules, route: Iterable[Step], max_extension: int
) -> None:
    """Raises Invalid at the field for rules that do not fit the limits, which a receipt would meet too late.

    Codes: `days_not_addable`, `limit_invalid`, `limits_missing`, `route_invalid`.
    """
    offered = [*_given(limits), *(limit for local in rules.local_limits.values() for limit in _given(local.limits))]
    _check_conditions(offered, rules, max_extension)
    _check_surcharges(offered, rules)
    for number, local in enumerate(rules.local_limits.values()):
        pointer = f"/rules/local_limits/{number}"
        if not any(local.limits.values()):
            raise Invalid("limits_missing", "At least one channel needs a time limit.", pointer=f"{pointer}/limits")
        try:
            check_route(local.limits, list(route))
        except Invalid as refusal:
            raise Invalid(refusal.code, refusal.detail, pointer=f"{pointer}/limits") from None


def require_no_twins(name: str, field: str, values: Iterable[Any]) -> None:
    """Raises Invalid `rule_twice` at the second rule with the same value of its field."""
    seen: Counter[Any] = Counter()
    for number, value in enumerate(values):
        if seen[value]:
            raise Invalid("rule_twice", f"{value} has a rule already.", pointer=f"/rules/{name}/{number}/{field}")
        seen[value] += 1


def _given(limits: Mapping[str, TimeLimit | None]) -> Iterator[TimeLimit]:
    return (limit for limit in limits.values() if limit is not None)


def _check_conditions(offered: list[TimeLimit], rules: SpecialRules, max_extension: int) -> None:
    limits = [*offered, *(condition.limit for condition in rules.conditions if condition.limit)]
    in_hours = any(limit.unit is LimitUnit.WORKING_HOUR for limit in limits)
    for number, condition in enumerate(rules.conditions):
        if condition.days and in_hours:
            raise Invalid(
                "days_not_addable",
                "Days cannot be added to a limit in hours: name another limit instead.",
                pointer=f"/rules/conditions/{number}/days",
            )
    added = max_extension + sum(condition.days for condition in rules.conditions)
    if added > LARGEST_AMOUNT:
        raise Invalid(
            "limit_invalid",
            f"Conditions and extensions add {added} days together; at most {LARGEST_AMOUNT} are possible.",
            pointer="/rules/conditions",
        )


def _check_surcharges(offered: list[TimeLimit], rules: SpecialRules) -> None:
    if rules.surcharges and any(limit.unit not in _IN_DAYS for limit in offered):
        raise Invalid(
            "days_not_addable",
            "Days of areas are added to limits in working or calendar days only.",
            pointer="/rules/area_surcharges/0/days",
        )
    longest = max((limit.amount or 0 for limit in offered), default=0)
    together = longest + sum(surcharge.days for surcharge in rules.surcharges)
    if rules.surcharges and together > LARGEST_AMOUNT:
        raise Invalid(
            "limit_invalid",
            f"The longest limit has {together} days with those of all areas; at most {LARGEST_AMOUNT} are possible.",
            pointer="/rules/area_surcharges",
        )


def require_limits(limits: Iterable[tuple[str, LimitIn | None]]) -> None:
    """Raises Invalid `limit_invalid` at the pointer of a limit with an impossible amount."""
    for pointer, given in limits:
        if given is None:
            continue
        try:
            TimeLimit(given.amount, given.unit)
        except Invalid as refusal:
            raise Invalid(refusal.code, refusal.detail, pointer=pointer) from None


def channel_limits(limits: Any, pointer: str) -> Iterator[tuple[str, LimitIn | None]]:
    """The limit of each channel with its pointer."""
    return ((f"{pointer}/{channel}", getattr(limits, channel)) for channel in CHANNELS)
