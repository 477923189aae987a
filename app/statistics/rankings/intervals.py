"""Wilson score interval: the plausible values of a rate, given the number of dossiers behind it."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.statistics.shares import cut

# Two-sided 95 % of the normal distribution.
Z = Decimal("1.959964")
# Far more digits than are shown, so the values are right for millions of dossiers too.
_DIGITS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """The rates from `low` to `high`, both within 0 and 1, with all digits."""

    low: Decimal
    high: Decimal

    @property
    def shown(self) -> tuple[float, float]:
        """Both ends as rates are shown."""
        return cut(*self.low.as_integer_ratio()), cut(*self.high.as_integer_ratio())

    def overlaps(self, other: "Interval") -> bool:
        """True if some rate is in both."""
        return self.low <= other.high and other.low <= self.high


def wilson(numerator: int, denominator: int) -> Interval | None:
    """The 95 % interval of the rate numerator / denominator, None if the denominator is zero.

    (x + z²/2 ± z·√(x(n − x)/n + z²/4)) / (n + z²), Wilson 1927. Expects 0 ≤ numerator ≤ denominator.
    """
    if not denominator:
        return None
    with localcontext() as context:
        context.prec = _DIGITS
        x, n, square = Decimal(numerator), Decimal(denominator), Z * Z
        reach = Z * (x * (n - x) / n + square / 4).sqrt()
        low = (x + square / 2 - reach) / (n + square)
        high = (x + square / 2 + reach) / (n + square)
    # At the ends the formula gives exactly 0 and 1; rounding of the last digit must not go past them.
    return Interval(max(low, Decimal(0)), min(high, Decimal(1)))
