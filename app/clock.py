"""The only reader of the clock."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant: aware, UTC, to the whole second (rules §2)."""
    return datetime.now(UTC).replace(microsecond=0)


def seconds() -> float:
    """Seconds since 1970 with the precision of the machine, for log lines."""
    return time.time()
