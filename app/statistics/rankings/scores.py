"""Score tables: the rules that turn a rate into points, checks of the rules, and exact scoring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from app.domain.errors import Invalid
from app.statistics.shares import UNIT

Rate = Literal["finished", "due"]
Kind = Literal["office", "commune"]


@dataclass(frozen=True, slots=True)
class Rule:
    """The points for one rate of units of one kind; rates and points in ten-thousandths.

    A rate from `full_from` on gets `full_points`, and a rate below `threshold` gets none. The threshold itself gets
    `threshold_points`. Between the two the points are on the straight line.
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
        """The rule for a rate of units of a kind, None if the table has none."""
        return next((rule for rule in self.rules if (rule.rate, rule.kind) == (rate, kind)), None)


def score(rule: Rule, numerator: int, denominator: int) -> Fraction | None:
    """The exact points for the rate numerator / denominator; None if the denominator is zero."""
    if not denominator:
        return None
    rate = Fraction(numerator, denominator) * UNIT
    if rate >= rule.full_from:
        return Fraction(rule.full_points, UNIT)
    if rate < rule.threshold:
        return Fraction(0)
    # Here threshold ≤ rate < full_from, so the line has a length.
    share = (rate - rule.threshold) / (rule.full_from - rule.threshold)
    return (rule.threshold_points + share * (rule.full_points - rule.threshold_points)) / UNIT


def check_rules(rules: Sequence[Rule]) -> None:
    """Checks that there is one rule for each rate and kind, and that a higher rate never gets fewer points.

    Raises Invalid `score_table_invalid` with a pointer to the rule.
    """
    for number, rule in enumerate(rules):
        pointer = f"/rules/{number}"
        if any((rule.rate, rule.kind) == (other.rate, other.kind) for other in rules[:number]):
            raise _invalid(f"There are two rules for {rule.rate} of the kind {rule.kind}.", pointer)
        if rule.threshold > rule.full_from:
            raise _invalid("The threshold is above the rate that gives full points.", f"{pointer}/threshold")
        if rule.threshold_points > rule.full_points:
            raise _invalid("The threshold gives more than full points.", f"{pointer}/threshold_points")


def _invalid(detail: str, pointer: str) -> Invalid:
    return Invalid("score_table_invalid", detail, pointer=pointer)
