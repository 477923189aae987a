"""Rules of single sectors: cut-off, conditional limits, areas, limits of provinces, time to answer (rules §4, §5)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, StrictInt, StringConstraints, model_validator

from app.catalogue.limit_schemas import Hour, LimitIn, LimitsIn
from app.catalogue.special_checks import channel_limits, require_limits, require_no_twins
from app.domain.limits import CutOff, TimeLimit
from app.domain.state import limit_from
from app.domain.terms import Condition, LocalLimits, SpecialRules, Surcharge
from app.http.wire_types import UnitReference, WireIn
from app.text_input import Name, Text

RuleCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Trait = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z_]{0,39}$")]
MoreDays = Annotated[StrictInt, Field(ge=1, le=366)]


class CutOffIn(WireIn):
    """A time of day after which the next working day is day 0: a time, or minutes before closing."""

    time: Hour | None = Field(None, description="local time", examples=["15:00"])
    minutes_before_closing: Annotated[StrictInt, Field(ge=1, le=480)] | None = Field(
        None, description="before the end of the day's last session", examples=[None]
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.time is None) is (self.minutes_before_closing is None):
            raise ValueError("give either a time or minutes before closing")
        return self


class ConditionIn(WireIn):
    """A named condition that lengthens the limit: by another limit, or by days of the limit's own unit."""

    code: RuleCode = Field(description="its code within the version", examples=["verification"])
    name: Name = Field(description="its name for people", examples=["Cần xác minh"])
    limit: LimitIn | None = Field(None, description="takes the place of the limit")
    days: MoreDays | None = Field(None, description="are added to the limit", examples=[2])
    legal_basis: Text = Field(description="the provision", examples=["Nghị định 63/2024/NĐ-CP, Điều 7"])

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.limit is None) is (self.days is None):
            raise ValueError("give either a limit or days")
        return self


class SurchargeIn(WireIn):
    """Days of the limit's own unit that are added in areas with a trait."""

    trait: Trait = Field(description="a trait that units have", examples=["mountain"])
    days: MoreDays = Field(description="how many", examples=[10])
    legal_basis: Text = Field(description="the provision", examples=["Nghị định 151/2025/NĐ-CP, Phụ lục, Phần V"])


class LocalLimitsIn(WireIn):
    """Limits that a province has set for its own units."""

    unit: UnitReference = Field(description="the province", examples=["48"])
    limits: LimitsIn = Field(description="the limit of each channel")
    decision: Name = Field(description="its decision", examples=["12/2026/QĐ-UBND"])


class SpecialRulesIn(WireIn):
    """Rules of single sectors; without them the general rules apply."""

    cut_off: CutOffIn | None = Field(None, description="receipts after it are counted from the next working day")
    conditions: Annotated[list[ConditionIn], Field(max_length=20)] = Field(
        default_factory=list, description="named conditions that lengthen the limit"
    )
    area_surcharges: Annotated[list[SurchargeIn], Field(max_length=20)] = Field(
        default_factory=list, description="days that are added in areas with a trait"
    )
    local_limits: Annotated[list[LocalLimitsIn], Field(max_length=64)] = Field(
        default_factory=list, description="limits that provinces have set"
    )
    supplement_within: LimitIn | None = Field(
        None, description="time in which the applicant has to answer a supplement request; later the office may end it"
    )
    outage_suspends: StrictBool = Field(False, description="an announced outage of a system suspends the limit")


def stored(rules: SpecialRulesIn, unit_id: Callable[[str | int, str], int]) -> dict[str, Any]:
    """The rules as JSON for the database, with units as ids and without empty values.

    `unit_id` gives the id of a unit reference at a pointer. Raises Invalid `limit_invalid` and `rule_twice`.
    """
    require_limits(_limits_of(rules))
    data = rules.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    for number, local in enumerate(rules.local_limits):
        data["local_limits"][number]["unit"] = unit_id(local.unit, f"/rules/local_limits/{number}/unit")
    require_no_twins("conditions", "code", (condition.code for condition in rules.conditions))
    require_no_twins("area_surcharges", "trait", (surcharge.trait for surcharge in rules.area_surcharges))
    require_no_twins("local_limits", "unit", (local["unit"] for local in data.get("local_limits", ())))
    return data


def _limits_of(rules: SpecialRulesIn) -> Iterator[tuple[str, LimitIn | None]]:
    """All limits with their pointers."""
    yield "/rules/supplement_within", rules.supplement_within
    for number, condition in enumerate(rules.conditions):
        yield f"/rules/conditions/{number}/limit", condition.limit
    for number, local in enumerate(rules.local_limits):
        yield from channel_limits(local.limits, f"/rules/local_limits/{number}/limits")


def rules_from(data: Mapping[str, Any]) -> SpecialRules:
    """The rules from JSON as `stored` made it. Raises Invalid `limit_invalid`, `cut_off_invalid`."""
    within = data.get("supplement_within")
    return SpecialRules(
        cut_off=_cut_off(data["cut_off"]) if "cut_off" in data else None,
        conditions=tuple(_condition(condition) for condition in data.get("conditions", ())),
        surcharges=tuple(
            Surcharge(surcharge["trait"], surcharge["days"], surcharge["legal_basis"])
            for surcharge in data.get("area_surcharges", ())
        ),
        local_limits={
            local["unit"]: LocalLimits(
                {channel: _limit(limit) for channel, limit in local["limits"].items()}, local["decision"]
            )
            for local in data.get("local_limits", ())
        },
        supplement_within=_limit(within),
        outage_suspends=data.get("outage_suspends", False),
    )


def _cut_off(data: Mapping[str, Any]) -> CutOff:
    if "time" not in data:
        return CutOff(before_closing=data["minutes_before_closing"])
    hour, minute = data["time"].split(":")
    return CutOff(minute=60 * int(hour) + int(minute))


def _condition(data: Mapping[str, Any]) -> Condition:
    return Condition(data["code"], data["name"], _limit(data.get("limit")), data.get("days", 0), data["legal_basis"])


def _limit(data: Mapping[str, Any] | None) -> TimeLimit | None:
    return None if data is None else limit_from({"amount": data.get("amount"), "unit": data["unit"]})
