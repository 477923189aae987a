"""Checks the limits of a procedure version: the bounds of its catalogue, and the shares of its steps (rules §4, §9)."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.catalogue.records import Catalogue, Version
from app.domain.errors import Conflict, Invalid
from app.domain.limits import LimitUnit, TimeLimit
from app.domain.terms import Step

_IN_DAYS = (LimitUnit.WORKING_DAY, LimitUnit.CALENDAR_DAY)
# Provinces write one day as eight working hours in their internal processes (rules §9).
HOURS_A_DAY = 8
_INDIVISIBLE = (LimitUnit.SAME_DAY, LimitUnit.MONTH)


def check_limits(catalogue: Catalogue, limits: Mapping[str, TimeLimit | None]) -> None:
    """Checks each channel's limit against the bounds of the catalogue (rules §4).

    Raises Invalid `limits_missing` if no channel has a limit, and `limit_out_of_bounds` with the bound.
    """
    if not any(limits.values()):
        raise Invalid("limits_missing", "At least one channel needs a time limit.", pointer="/limits")
    for channel, limit in limits.items():
        if limit is not None and not within_bounds(catalogue.min_days, catalogue.max_days, limit):
            shown = limit.unit.value if limit.amount is None else f"{limit.amount} {limit.unit}"
            raise Invalid(
                "limit_out_of_bounds",
                f"The limit of {shown} is outside the bounds of {catalogue.name}: {_bounds(catalogue)}.",
                pointer=f"/limits/{channel}",
                min_days=catalogue.min_days,
                max_days=catalogue.max_days,
            )


def within_bounds(min_days: int | None, max_days: int | None, limit: TimeLimit) -> bool:
    """True if a limit is within bounds in days; with a bound, limits in other units are not (rules §4)."""
    if min_days is None and max_days is None:
        return True
    if limit.unit not in _IN_DAYS or limit.amount is None:
        return False
    return (min_days or 0) <= limit.amount and (max_days is None or limit.amount <= max_days)


def _bounds(catalogue: Catalogue) -> str:
    least = f"at least {catalogue.min_days}" if catalogue.min_days is not None else ""
    most = f"at most {catalogue.max_days}" if catalogue.max_days is not None else ""
    return " and ".join(filter(None, (least, most))) + " working or calendar days"


def check_route(limits: Mapping[str, TimeLimit | None], route: Sequence[Step]) -> None:
    """The steps' shares are in the limit's own unit and no more than the smallest limit together (rules §9).

    Raises Invalid `route_invalid`.
    """
    shares = [(number, step.limit) for number, step in enumerate(route) if step.limit is not None]
    offered = [limit for limit in limits.values() if limit is not None]
    for number, share in shares:
        pointer = f"/route/{number}/limit"
        if share.unit in _INDIVISIBLE:
            raise Invalid("route_invalid", f"A limit of {share.unit} has no shares.", pointer=pointer)
        if any(limit.unit is not share.unit and not _is_half_day(limit, share) for limit in offered):
            raise Invalid("route_invalid", "A share is in the unit of the limits themselves.", pointer=pointer)
    together = sum(_in_unit_of(offered, share) for _, share in shares)
    smallest = min((limit.amount or 0 for limit in offered), default=0)
    if shares and together > smallest:
        raise Invalid(
            "route_invalid",
            f"The shares are {together:g} together, more than the smallest limit of {smallest}.",
            pointer="/route",
        )


def _is_half_day(limit: TimeLimit, share: TimeLimit) -> bool:
    return limit.unit is LimitUnit.WORKING_DAY and share.unit is LimitUnit.WORKING_HOUR


def _in_unit_of(limits: Sequence[TimeLimit], share: TimeLimit) -> float:
    """A share's amount in the unit of the limits."""
    in_hours = any(_is_half_day(limit, share) for limit in limits)
    return (share.amount or 0) / (HOURS_A_DAY if in_hours else 1)


def ended_by(versions: Sequence[Version], start: date, end: date | None) -> Version | None:
    """The open version that ends on the day before a new one, in force from `start` to `end` (rules §4).

    Raises Invalid `period_invalid`, Conflict `versions_overlap`.
    """
    if end is not None and end < start:
        raise Invalid("period_invalid", "A version cannot end before it begins.", pointer="/effective_to")
    open_versions = (version for version in versions if version.effective_to is None)
    ended = next((version for version in open_versions if version.effective_from < start), None)
    for version in versions:
        begins_in_time = end is None or version.effective_from <= end
        if version is not ended and begins_in_time and (version.effective_to is None or start <= version.effective_to):
            until = version.effective_to or "now on"
            raise Conflict(
                "versions_overlap",
                f"Version {version.version} is in force from {version.effective_from} to {until}; "
                "periods cannot overlap.",
                pointer="/effective_from",
            )
    return ended
