"""Pure function for the wait after each failed attempt."""

from datetime import timedelta

# All attempts span some 17 hours, so a receiver that is down overnight gets its messages in the morning.
MOST_ATTEMPTS = 12
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(hours=8)


def wait_after(attempts: int, chance: float) -> timedelta | None:
    """The wait after this number of failed attempts, doubled with each; None after the last attempt.

    `chance`, from 0 up to 1, varies it by up to a fifth, so that messages that failed together are retried apart.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait: timedelta = min(_FIRST * 2 ** (attempts - 1), _LONGEST)
    return wait * (0.8 + 0.4 * chance)
