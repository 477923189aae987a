"""The short form of the crash proof, `python -m proofs.crash`: acknowledged changes survive SIGKILL."""

import asyncio
from dataclasses import replace

import pytest

from proofs.crash import rounds
from proofs.crash_clients import Answer, Change, Ledger
from proofs.crash_differences import differences
from proofs.crash_servers import register


# The third round kills PostgreSQL, the others the service.
@pytest.mark.parametrize(("database", "numbers"), [("sqlite", [0]), ("postgresql", [1, 2])])
def test_a_crash_loses_halves_and_duplicates_no_acknowledged_change(database: str, numbers: list[int]) -> None:
    with register(database) as target:
        done: list[Answer] = []
        for number, result in zip(numbers, rounds(target, numbers, seed=7, clients=8), strict=True):
            assert result.killed.startswith("PostgreSQL" if number == 2 else "the service")
            assert result.errors == []
            assert any(answer.attempts > 1 for answer in result.done), "no client was interrupted"
            done += result.done
        assert finds_errors(target.url, done)


def finds_errors(url: str, done: list[Answer]) -> bool:
    """True if the proof finds a lost change, one that was not acknowledged, and one at another place."""
    change = Change("change 0", 0, "POST", "/api/v1/dossiers", {})
    missing = [*done, replace(done[0], change=change, code="000.31.15.H47-210816-0001")]
    unacknowledged = done[1:]
    elsewhere = [replace(done[0], version=done[0].version + 1), *done[1:]]
    return all(asyncio.run(differences(url, Ledger(answers))) for answers in (missing, unacknowledged, elsewhere))
