"""What a rate is worth in points: the rules of a score table, whether they make sense, and scoring by them exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from app.domain.errors import Invalid
from app.statistics.rankings.rounding import UNIT

Rate = Literal["finished", "due"]
Kind = Literal["office", "commune"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rate is worth for units of one kind; rates and points in ten-thousandths.

    From `full_from` on a rate gets `full_points`, below `threshold` nothing; at the threshold it gets
    `threshold_points`, and between the two what lies on the straight line.
    """

    rate: Rate
    kind: Kind
    full_points: int
    full_from: int
    threshold: int
    threshold_points: int


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """One revision of the score table."""

    revision: int
    decision: str | None
    recorded_at: datetime
    rules: frozenset[Rule]

    def rule(self, rate: Rate, kind: Kind) -> Rule | None:
        """What a rate is worth for units of a kind, None where the table does not say."""
        return next((one for one in self.rules if (one.rate, one.kind) == (rate, kind)), None)


def score(rule: Rule, numerator: int, denominator: int) -> Fraction | None:
    """The points that the rate numerator / denominator is worth, exactly; None where the denominator is zero."""
    if not denominator:
        return None
    rate = Fraction(numerator, denominator) * UNIT
    if rate >= rule.full_from:
        return Fraction(rule.full_points, UNIT)
    if rate < rule.threshold:
        return Fraction(0)
    # Here threshold ≤ rate < full_from, so that the line has a length.
    share = (rate - rule.threshold) / (rule.full_from - rule.threshold)
    return (rule.threshold_points + share * (rule.full_points - rule.threshold_points)) / UNIT


def check_rules(rules: Sequence[Rule]) -> None:
    """Each rule stands once and never gives fewer points for a higher rate.

    Raises Invalid `score_table_invalid`, naming the rule.
    """
    for number, rule in enumerate(rules):
        pointer = f"/rules/{number}"
        if any((rule.rate, rule.kind) == (other.rate, other.kind) for other in rules[:number]):
            raise _invalid(f"There are two rules for {rule.rate} of the kind {rule.kind}.", pointer)
        if rule.threshold > rule.full_from:
            raise _invalid("The threshold lies above the rate that gives full points.", f"{pointer}/threshold")
        if rule.threshold_points > rule.full_points:
            raise _invalid("At the threshold there are more than full points.", f"{pointer}/threshold_points")


def _invalid(detail: str, pointer: str) -> Invalid:
    return Invalid("score_table_invalid", detail, pointer=pointer)
