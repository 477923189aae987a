"""Runs the service without rollups, to measure their cost: `python -m benchmarks.without_rollups serve --port N`.

Figures of its database are wrong from then on.
"""

from app.cli import main
from app.rollups import service
from app.rollups.background import RollUpWorker
from app.rollups.increments import Counts


def without_rollups() -> None:
    """Replaces the functions that count changes, append increments and roll them up.

    Spans and occurrences are still written. Raises AttributeError if a function has another name by now, because the
    benchmark would then measure the same service twice.
    """
    for place, name, instead in (
        (service, "increment", lambda _counts: []),
        (Counts, "add_start", lambda *_counted: None),
        (Counts, "add_occurrence", lambda *_counted: None),
        (RollUpWorker, "appended", lambda _self: None),
    ):
        getattr(place, name)
        setattr(place, name, instead)


if __name__ == "__main__":
    without_rollups()
    main()
