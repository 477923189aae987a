"""Rates and shares as they are shown: cut, never rounded, so that only all of them are 100 % (rules §11)."""

# Rates and points are stored as whole numbers of these: 0.99 is 9900, two points are 20000.
UNIT = 10_000
_DECIMALS_OF_PERCENT = 2


def cut(numerator: int, denominator: int) -> float:
    """The share numerator / denominator of 0 or more, cut after the fourth decimal; the denominator is not 0."""
    return UNIT * numerator // denominator / UNIT


def percent(share: float, decimals: int = _DECIMALS_OF_PERCENT) -> str:
    """A share that was cut, in percent with a decimal point and without the sign, cut to at most two decimals."""
    scale: int = 10 ** (_DECIMALS_OF_PERCENT - decimals)
    # The share is the nearest float to whole units.
    return f"{round(share * UNIT) // scale / 10**decimals:.{decimals}f}"
