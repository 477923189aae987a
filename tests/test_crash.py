"""The short form of the crash proof, `python -m proofs.crash`: what was acknowledged outlives SIGKILL."""

import asyncio
from dataclasses import replace

import pytest

from proofs.crash import rounds
from proofs.crash_clients import Answer, Change, Ledger
from proofs.crash_reckoning import differences
from proofs.crash_running import register


# In the third round PostgreSQL itself is killed, else the service.
@pytest.mark.parametrize(("database", "numbers"), [("sqlite", [0]), ("postgresql", [1, 2])])
def test_nothing_acknowledged_is_lost_halved_or_doubled_by_a_crash(database: str, numbers: list[int]) -> None:
    with register(database) as one:
        done: list[Answer] = []
        for number, each in zip(numbers, rounds(one, numbers, seed=7, clients=8), strict=True):
            assert each.killed.startswith("PostgreSQL" if number == 2 else "the service")
            assert each.wrong == []
            assert any(answer.attempts > 1 for answer in each.done), "nobody was interrupted"
            done += each.done
        assert sees_what_is_wrong(one.url, done)


def sees_what_is_wrong(url: str, done: list[Answer]) -> bool:
    """Whether the proof sees a change that is missing, one that nobody was told of, and one that stands elsewhere."""
    change = Change("change 0", 0, "POST", "/api/v1/dossiers", {})
    missing = [*done, replace(done[0], change=change, code="000.31.15.H47-210816-0001")]
    unknown = done[1:]
    elsewhere = [replace(done[0], version=done[0].version + 1), *done[1:]]
    return all(asyncio.run(differences(url, Ledger(told))) for told in (missing, unknown, elsewhere))
