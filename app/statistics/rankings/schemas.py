"""Wire shapes of rankings and of the score table."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment, UnitOut, WireIn, with_example
from app.statistics.on_time.schemas import RateOut
from app.statistics.rankings.scores import Kind, Rate, Rule
from app.statistics.shares import UNIT
from app.text_input import Name

_Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4)]
_Points = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=4)]

_FULL_POINTS = "the points from `full_from` on"
_FULL_FROM = "the rate, as a share, from which on full points are given"
_THRESHOLD = "the rate below which there are no points; at it there are `threshold_points`"
_THRESHOLD_POINTS = "the points at the threshold, where the straight line to `full_points` at `full_from` begins"


class ScoreRuleIn(WireIn):
    """The points for one rate of units of one kind; numbers have at most four decimals."""

    rate: Rate = Field(description="`rate_of_finished` or `rate_of_due`", examples=["finished"])
    kind: Kind = Field(description="the kind of the units", examples=["commune"])
    full_points: _Points = Field(description=_FULL_POINTS, examples=[2.0])
    full_from: _Share = Field(description=_FULL_FROM, examples=[0.99])
    threshold: _Share = Field(description=_THRESHOLD, examples=[0.85])
    threshold_points: _Points = Field(Decimal(0), description=f"{_THRESHOLD_POINTS}; by default 0", examples=[0])

    def rule(self) -> Rule:
        """The rule in whole ten-thousandths."""
        return Rule(
            self.rate,
            self.kind,
            full_points=int(self.full_points * UNIT),
            full_from=int(self.full_from * UNIT),
            threshold=int(self.threshold * UNIT),
            threshold_points=int(self.threshold_points * UNIT),
        )


class ScoreTableIn(WireIn):
    """The whole new table; a rate and a kind without a rule get no points."""

    model_config = with_example(
        {
            "decision": "12/QĐ-UBND",
            "rules": [
                {"rate": "finished", "kind": "commune", "full_points": 2.0, "full_from": 0.99, "threshold": 0.85}
            ],
        }
    )

    decision: Name | None = Field(None, description="reference of the decision", examples=["12/QĐ-UBND"])
    rules: list[ScoreRuleIn] = Field(max_length=4, description="at most one for each rate and kind")


class ScoreRuleOut(BaseModel):
    """The points for one rate of units of one kind."""

    rate: Rate = Field(description="`rate_of_finished` or `rate_of_due`")
    kind: Kind = Field(description="the kind of the units")
    full_points: float = Field(description=_FULL_POINTS, examples=[2.0])
    full_from: float = Field(description=_FULL_FROM, examples=[0.99])
    threshold: float = Field(description=_THRESHOLD, examples=[0.85])
    threshold_points: float = Field(description=_THRESHOLD_POINTS, examples=[0.0])


class ScoreTableOut(BaseModel):
    """A revision of the score table."""

    revision: int = Field(description="its number, the highest is in force; 0 while none was set", examples=[1])
    decision: str | None = Field(description="reference of the decision", examples=["12/QĐ-UBND"])
    recorded_at: Moment | None = Field(description="when it was set; null while none was")
    rules: list[ScoreRuleOut] = Field(description="at most one for each rate and kind")


class RankingScoreTableOut(BaseModel):
    """The score table of a ranking."""

    revision: int = Field(description="its number", examples=[1])
    decision: str | None = Field(description="reference of the decision", examples=["12/QĐ-UBND"])
    recorded_at: Moment = Field(description="when it was set")
    rule: ScoreRuleOut | None = Field(description="its rule for this rate and kind; null where it has none")


class RankingDefinitionOut(BaseModel):
    """The rate as sums of on-time figures: each figure with the number of times that it is added."""

    name: str = Field(description="the rate among the on-time figures", examples=["rate_of_finished"])
    text: str = Field(
        description="in the language for people",
        examples=["Tỷ lệ hồ sơ giải quyết trước hạn và đúng hạn trên tổng số hồ sơ đã giải quyết trong kỳ."],
    )
    numerator: dict[str, int] = Field(
        description="figures of the numerator, with the times that each is added",
        examples=[{"finished.early": 1, "finished.on_time": 1}],
    )
    denominator: dict[str, int] = Field(
        description="figures of the denominator, with the times that each is added",
        examples=[{"finished.early": 1, "finished.on_time": 1, "finished.late": 1}],
    )


class RankingIntervalOut(BaseModel):
    """The Wilson 95 % interval of a rate (z = 1.959964), cut after the fourth decimal."""

    low: float | None = Field(description="its lower end; null over a denominator of 0", examples=[0.9046])
    high: float | None = Field(description="its upper end; null over a denominator of 0", examples=[0.9818])


class RankingRowOut(BaseModel):
    """A unit with its rank."""

    rank: int | None = Field(description="equal rates share one, as in 1, 2, 2, 4; null: not ranked", examples=[1])
    reason: str | None = Field(
        description="reason for no rank, `below_minimum`; null if ranked", examples=[None, "below_minimum"]
    )
    reason_text: str | None = Field(description="the same in the language for people", examples=[None])
    unit: UnitOut = Field(description="the unit")
    rate: RateOut = Field(description="the rate that it is ranked by")
    interval: RankingIntervalOut = Field(description="the plausible values of the rate, given the number of dossiers")
    distinguishable: bool | None = Field(
        description=(
            "whether its interval, with all digits, does not overlap that of the ranked unit directly above, so that "
            "the difference is hardly chance; null for the first and the unranked"
        ),
        examples=[None],
    )
    score: float | None = Field(
        description="the points, to four decimals, halves up; null without a rule or a rate", examples=[1.5375]
    )
    volume: int = Field(description="the denominator of the rate", examples=[118])


class RankingOut(BaseModel):
    """Offices or communes in the order of a rate."""

    model_config = ConfigDict(populate_by_name=True)

    of: Kind = Field(description="which units are ranked")
    rate: Rate = Field(description="the rate that they are ranked by")
    definition: RankingDefinitionOut = Field(description="the rate in words and as sums of figures")
    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-08-16"])
    as_of: Moment = Field(description="when the open dossiers are counted: the period's end, or now if earlier")
    minimum: int = Field(description="the volume below which a unit is not ranked", examples=[10])
    score_table: RankingScoreTableOut | None = Field(description="the score table; null if none is set")
    rows: list[RankingRowOut] = Field(description="the ranked, best first, then the others by code")
    changed_since: Moment | None = Field(
        description="last change of this period by a correction, a backdated entry or an import; null without one",
        examples=[None],
    )
