"""The service without rollups, to measure their cost: `python -m benchmarks.without_rollups serve --port N`.

Figures of its database are wrong from then on.
"""

from app.cli import main
from app.rollups import service
from app.rollups.background import RollUpWorker
from app.rollups.increments import Counts


def remove_rollups() -> None:
    """Replaces the functions that count changes, and that append and roll up increments.

    Spans and occurrences are still written. Raises AttributeError if the service no longer has one of these functions,
    because the measurement would be wrong.
    """
    for owner, name, replacement in (
        (service, "increment", lambda _counts: []),
        (Counts, "add_start", lambda *_arguments: None),
        (Counts, "add_occurrence", lambda *_arguments: None),
        (RollUpWorker, "appended", lambda _self: None),
    ):
        getattr(owner, name)
        setattr(owner, name, replacement)


if __name__ == "__main__":
    remove_rollups()
    main()
