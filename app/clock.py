"""The only reader of the clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant: aware, UTC, to the whole second (rules §2)."""
    return datetime.now(UTC).replace(microsecond=0)
