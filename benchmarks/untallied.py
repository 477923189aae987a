"""The service without the tallies, for what they cost: `python -m benchmarks.untallied serve --port N`.

Figures asked of it, and of its database ever after, are wrong.
"""

from app.cli import main
from app.rollups import service
from app.rollups.background import RollUpWorker
from app.rollups.increments import Counts


def without_tallies() -> None:
    """Nothing is counted of a change, appended or folded: the one place where the tallies are left out.

    The spans and occurrences that they are recounted from are kept all the same. Raises AttributeError where the
    service counts in another way by now, rather than measure the same thing twice.
    """
    for place, name, instead in (
        (service, "increment", lambda _counts: []),
        (Counts, "begin", lambda *_counted: None),
        (Counts, "happen", lambda *_counted: None),
        (RollUpWorker, "appended", lambda _self: None),
    ):
        getattr(place, name)
        setattr(place, name, instead)


if __name__ == "__main__":
    without_tallies()
    main()
