"""Identity numbers as lists show them: enough to tell two apart at the counter, not enough to be used."""

MASK = "*"
# Of a long number so many characters stay, of a shorter one a quarter.
_SHOWN = 3


def masked(number: str | None) -> str | None:
    """The number with all but its last characters masked; its length stays."""
    if number is None:
        return None
    shown = min(_SHOWN, len(number) // 4)
    return MASK * (len(number) - shown) + number[len(number) - shown :]
