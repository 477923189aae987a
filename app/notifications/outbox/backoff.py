"""How long a message waits after each attempt that failed: pure."""

from datetime import timedelta

# The whole lasts some 17 hours: a receiver that is down over night is told in the morning.
MOST_ATTEMPTS = 12
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(hours=8)


def wait_after(attempts: int, chance: float) -> timedelta | None:
    """The wait after so many failed attempts, doubled with each; None where there is no other.

    `chance`, from 0 up to 1, spreads it by a fifth to either side, so that what failed together does not come together.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait: timedelta = min(_FIRST * 2 ** (attempts - 1), _LONGEST)
    return wait * (0.8 + 0.4 * chance)
