"""The terms of a procedure version, and all that a deadline is computed with (rules §4, §5, §9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.calendar import WorkingCalendar, WorkingSessions
from app.domain.limits import ClockPolicy, CutOff, LimitUnit, TimeLimit


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: its name and its share of the limit (rules §9); `unit` is an id, or names a role."""

    unit: int | str
    name: str
    limit: TimeLimit | None


@dataclass(frozen=True, slots=True)
class Condition:
    """A named condition of a procedure version that lengthens the limit (rules §4).

    Either `limit` takes the place of the dossier's limit, or `days` of the limit's own unit are added to it.
    """

    code: str
    name: str
    limit: TimeLimit | None
    days: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Surcharge:
    """Days of the limit's own unit that are added in areas with a trait, as mountain communes (rules §4)."""

    trait: str
    days: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class LocalLimits:
    """Limits by channel that a province has set for its own subtree, with its decision (rules §4)."""

    limits: Mapping[str, TimeLimit | None]
    decision: str


@dataclass(frozen=True, slots=True)
class SpecialRules:
    """Rules of single sectors (rules §4, §5); by default the general rules apply.

    `supplement_within`: the applicant's time to answer a supplement request. `outage_suspends`: an
    announced outage of a system suspends the limit. `local_limits` are by the id of the province.
    """

    cut_off: CutOff | None = None
    conditions: tuple[Condition, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    local_limits: Mapping[int, LocalLimits] = field(default_factory=dict)
    supplement_within: TimeLimit | None = None
    outage_suspends: bool = False


GENERAL = SpecialRules()


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits and bounds of a procedure version (rules §4, §5)."""

    version: int
    limits: Mapping[str, TimeLimit | None]
    clock_policy: ClockPolicy
    max_supplement_requests: int
    max_extension: int
    route: tuple[Step, ...] = ()
    special: SpecialRules = GENERAL

    def condition(self, code: str) -> Condition | None:
        """The condition with the code; None if the version has no such condition."""
        return next((condition for condition in self.special.conditions if condition.code == code), None)

    def limit_of(self, channel: str, limits_of: int | None = None, traits: Iterable[str] = ()) -> TimeLimit | None:
        """The limit of a receipt (rules §4): by channel, by the province `limits_of`, longer in areas with `traits`.

        None: the channel is not offered.
        """
        local = None if limits_of is None else self.special.local_limits.get(limits_of)
        limits = local.limits if local else self.limits
        limit = limits.get(channel)
        if limit is None or limit.amount is None or limit.unit is LimitUnit.WORKING_HOUR:
            return limit
        more = sum(surcharge.days for surcharge in self.special.surcharges if surcharge.trait in traits)
        return TimeLimit(limit.amount + more, limit.unit) if more else limit


@dataclass(frozen=True, slots=True)
class Law:
    """Calendar, sessions of the counter with their revision, and terms: the basis of a deadline (rules §3 to §5)."""

    calendar: WorkingCalendar
    sessions: WorkingSessions
    sessions_revision: int | None
    terms: Terms
