"""Masks identity numbers in lists: the end distinguishes two applicants and cannot be used."""

MASK = "*"
# Characters that stay of a long number; of a shorter one a quarter stays.
_SHOWN = 3


def masked(number: str | None) -> str | None:
    """The number with all but its last characters masked; its length stays."""
    if number is None:
        return None
    shown = min(_SHOWN, len(number) // 4)
    return MASK * (len(number) - shown) + number[len(number) - shown :]
