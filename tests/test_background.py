"""Background work of a worker ends with its block, logs its failures and goes on after them."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.access import token_uses
from app.access.token_uses import SessionUses, TokenUses
from app.audit.seals import background as seals
from app.background import Rounds, running
from app.catalogue import background as near_years
from app.catalogue.cache import ReferenceCache
from app.database import Database
from app.dossiers.reforms import background as reforms
from app.dossiers.reforms.worker import ReformWorker
from app.http.idempotency import background as responses
from app.notifications.outbox import background as outbox
from app.rollups import background as rollups
from app.rollups.background import RollUpWorker
from app.rollups.roll_up import roll_up_all
from tests.support.database_access import in_database

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


def test_work_ends_before_its_block(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []

    async def work() -> None:
        try:
            events.append("begun")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            events.append("ended")

    async def block() -> None:
        async with running(work(), "nothing is done"):
            await asyncio.sleep(0)
            assert events == ["begun"]
        assert events == ["begun", "ended"]

    asyncio.run(block())
    assert caplog.records == []


def test_failed_work_logs_its_effect_and_error(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise ValueError("a defect")

    async def block() -> None:
        async with running(work(), "nothing is done"):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            [said] = caplog.records
            assert (said.levelno, said.getMessage()) == (
                logging.ERROR,
                "nothing is done until the service is restarted",
            )
            assert said.exc_info is not None
            assert isinstance(said.exc_info[1], ValueError)

    with pytest.raises(ValueError, match="a defect"):
        asyncio.run(block())


class Measured:
    """Collects the rounds of a task."""

    def __init__(self) -> None:
        self.rounds: list[tuple[str, bool]] = []

    def round_ended(self, task: str, *, succeeded: bool) -> None:
        self.rounds.append((task, succeeded))


def test_a_task_survives_every_error_and_logs_each_kind_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    measured = Measured()
    rounds = Rounds("figures", "nothing is counted", measured)

    async def work(error: Exception | None) -> None:
        if error is not None:
            raise error

    async def block() -> list[bool]:
        errors = [OSError("away"), OSError("away"), KeyError("defect"), None, OSError("again"), None, None]
        return [await rounds.attempt(work(error), (OSError,)) for error in errors]

    succeeded = asyncio.run(block())
    assert succeeded == [False, False, False, True, False, True, True]
    assert measured.rounds == [("figures", each) for each in succeeded]
    assert [(record.levelno, record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        (logging.WARNING, "figures: nothing is counted until it works again: OSError: away", False),
        (logging.ERROR, "figures: nothing is counted until it works again", True),
        (logging.INFO, "figures: works again after 3 failed attempts", False),
        (logging.WARNING, "figures: nothing is counted until it works again: OSError: again", False),
        (logging.INFO, "figures: works again after 1 failed attempts", False),
    ]


TASKS = ("roll_up", "token_uses", "session_uses", "near_years", "expired_responses", "reforms", "seals", "outbox")


class Flawed:
    """A database that fails in a way that no task expects, until `flaw` is False."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.flaw = True

    def __getattr__(self, name: str) -> Any:
        if self.flaw:
            raise RuntimeError("an error that nobody foresaw")
        return getattr(self._database, name)


def test_no_error_ends_a_task_of_the_service(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rollups, token_uses, responses, reforms, outbox, seals, near_years):
        monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setattr(near_years, "SHORT_PAUSE", 0.01)
    measured = Measured()

    async def block(database: Database) -> None:
        flawed: Any = Flawed(database)
        uses = TokenUses()
        uses.note(1, NOW)
        sessions = SessionUses()
        sessions.note("a", NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1))
        async with (
            RollUpWorker().running(flawed, measured),
            uses.running(flawed, measured),
            sessions.running(flawed, measured),
            near_years.providing_near_years(flawed, lambda: NOW, measured),
            responses.deleting_expired(flawed, lambda: NOW, measured),
            reforms.continuing_reforms(ReformWorker(flawed, ReferenceCache(), lambda: NOW), measured),
            seals.making_seals(flawed, lambda: NOW, timedelta(minutes=1), measured),
            outbox.Worker(roll_up_all).running(flawed, measured),
            asyncio.timeout(60),
        ):
            await until(lambda: all((task, False) in measured.rounds for task in TASKS))
            flawed.flaw = False
            await until(lambda: all((task, True) in measured.rounds for task in TASKS))

    in_database(database_url, block)


async def until(condition: Callable[[], bool]) -> None:
    while True:
        if condition():
            return
        await asyncio.sleep(0.01)
