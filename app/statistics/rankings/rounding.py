"""Rounding of exact rates, bounds and points: four decimals, halves up."""

from decimal import Decimal
from fractions import Fraction

# Rates and points are stored as whole numbers of these: 0.99 is 9900, two points are 20000.
UNIT = 10_000


def four_decimals(exact: Fraction | Decimal) -> float:
    """A number that is not negative with four decimals, halves rounded up as the rates are (rules §11)."""
    numerator, denominator = exact.as_integer_ratio()
    return (2 * UNIT * numerator + denominator) // (2 * denominator) / UNIT
