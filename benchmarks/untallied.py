"""The service without the tallies, for what they cost: `python -m benchmarks.untallied serve --port N`.

Figures asked of it, and of its database ever after, are wrong.
"""

from app.cli import main


def without_tallies() -> bool:
    """Put nothing in the place of what adds to the tallies with each change; whether there was something to replace.

    Only what this process writes goes uncounted; the spans and occurrences that tallies are recounted from stay.
    """
    return False


if __name__ == "__main__":
    without_tallies()
    main()
