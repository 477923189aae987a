"""Reforms in short transactions: their result, what happens in between, and after a worker was killed."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from app.catalogue.cache import ReferenceCache
from app.catalogue.calendars import YearContent
from app.database import Database
from app.domain.errors import Conflict
from app.domain.working_days import CalendarStatus
from app.dossiers.outages import Outage
from app.dossiers.reforms import background, routes
from app.dossiers.reforms.outages import recording_of
from app.dossiers.reforms.publishing import publication
from app.dossiers.reforms.schemas import DossierByHandIn, SuccessionIn
from app.dossiers.reforms.succession import Succession, succession
from app.dossiers.reforms.worker import Plan, ReformWorker, begin, running
from app.dossiers.service import follow_succession
from tests.conftest import NOW, _new
from tests.support.bodies import DOSSIERS, new_procedure, received
from tests.support.client import Client
from tests.support.database_access import in_database, open_database
from tests.support.databases import Databases, Templates
from tests.support.reference import seed
from tests.support.verification import verified

KINDS = ("succession", "division", "publication", "outage")
DAY = "2021-08-17"
ACTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("take", {}),
    ("forward", {"to_unit": "515.04"}),
    ("request-supplement", {"reason": "thiếu"}),
    ("supplement", {}),
    ("suspend", {"reason": "-", "legal_basis": "-"}),
    ("extend", {"days": 1, "legal_basis": "-"}),
    ("finish", {"outcome": "granted"}),
    ("withdraw", {"request": "đơn"}),
    ("transfer", {"to_unit": "515.04", "reason": "-", "legal_basis": "-"}),
)


class Office:
    """A register with open dossiers of a unit that a reform is about to change."""

    def __init__(self, url: str, client: Client, dossiers: int) -> None:
        self.url, self.client = url, client
        client.now = NOW - timedelta(days=4)
        self.supervisor, self.administrator = client.token("supervisor"), client.token("administrator")
        units = client.get("/api/v1/units", params={"on": "2021-08-16", "limit": 500}).json()["items"]
        self.unit = next(int(unit["id"]) for unit in units if unit["code"] == "515.03")
        reopened = client.patch(f"/api/v1/units/{self.unit}", {"valid_to": None}, token=self.administrator)
        assert reopened.status_code == 200, reopened.text
        procedure = new_procedure(client, rules={"outage_suspends": True})
        body = {"procedure": procedure, "at": "2021-08-12T08:30:00+07:00", "responsible_unit": "515.03"}
        self.codes = [
            received(client, self.supervisor, receiving_unit=unit, **body)["code"]
            for unit in (("515.03", "20899") * dossiers)[:dossiers]
        ]
        client.now = NOW

    def plan(self, kind: str) -> Plan:
        if kind == "succession":
            return self.into("515.02")
        if kind == "division":
            by_hand = [DossierByHandIn(code=code, into="515.04") for code in self.codes[::3]]
            return self.into(["515.02", "515.04"], dossiers=by_hand)
        if kind == "publication":
            content = self.calendar
            year = YearContent(
                year=2021,
                status=CalendarStatus(content["status"]),
                decision="nghỉ bổ sung",
                days_off=frozenset(map(date.fromisoformat, content["days_off"])),
                working_days=frozenset(map(date.fromisoformat, content["working_days"])),
            )
            return publication("tests", year, lambda _revision: None)
        span = NOW - timedelta(days=3, hours=1), NOW - timedelta(days=2, hours=18)
        return recording_of("tests", lambda _reference: Outage(frozenset({self.unit}), None, *span, "12/TB-A06"))

    def into(self, into: Any, **fields: Any) -> Plan:
        body = SuccessionIn(into=into, on=date(2021, 8, 16), **fields)
        return succession("tests", Succession(self.unit, body, lambda _version: None))

    @property
    def calendar(self) -> dict[str, Any]:
        """The year with one more day off."""
        stored = self.client.get("/api/v1/calendar/2021").json()
        kept = {name: stored[name] for name in ("status", "decision", "days_off", "working_days")}
        return {**kept, "days_off": sorted({*kept["days_off"], DAY})}

    def begin(self, kind: str, batches: int = 0, size: int = 2) -> int:
        """Begins the reform, and brings up some batches, as a worker that is killed then."""
        plan = self.plan(kind)

        async def work(database: Database) -> int:
            async with database.writing() as connection:
                reform = await begin(connection, plan, self.client.now)
            for _batch in range(batches):
                await self.worker(database, size).advance(reform)
            return reform

        return in_database(self.url, work)

    def worker(self, database: Database, size: int = 2) -> ReformWorker:
        return ReformWorker(database, ReferenceCache(), lambda: self.client.now, size=size)

    def advance(self, reform: int) -> bool:
        return in_database(self.url, lambda database: self.worker(database).advance(reform))

    def finish(self, reform: int, size: int = 2) -> None:
        in_database(self.url, lambda database: self.worker(database, size).finish(reform))

    def act(self, code: str, action: str, body: dict[str, Any]) -> tuple[int, Any]:
        answer = self.client.post(f"{DOSSIERS}/{code}/{action}", body, token=self.supervisor)
        if answer.status_code != 200:
            return answer.status_code, answer.json()["code"]
        # The hash depends on the ids of the register.
        return answer.status_code, {name: value for name, value in answer.json().items() if name != "recorded"}

    def dossier(self, code: str) -> Any:
        return self.client.get(f"{DOSSIERS}/{code}", token=self.supervisor).json()

    def journal(self, code: str) -> Any:
        return self.client.get(f"{DOSSIERS}/{code}/journal", token=self.supervisor).json()["items"]

    def succeed(self, into: str = "515.02", **options: Any) -> Any:
        body = {"into": into, "on": "2021-08-16"}
        return self.client.post(f"/api/v1/units/{self.unit}/succeed", body, token=self.administrator, **options)

    def runs(self) -> bool:
        return in_database(self.url, running) is not None


@pytest.fixture(autouse=True)
def nothing_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAUSE", 3600)


@pytest.fixture
def new_office(databases: Databases, templates: Templates) -> Iterator[Callable[[int], Office]]:
    with ExitStack() as stack:

        def new(dossiers: int) -> Office:
            url = stack.enter_context(contextmanager(_new)(databases, templates.prepared_by(seed)))
            return Office(url, stack.enter_context(Client(url, NOW)), dossiers)

        yield new


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed_of_actions", [1, 2])
def test_batches_with_actions_between_give_what_one_transaction_before_the_actions_gives(
    new_office: Callable[[int], Office], kind: str, seed_of_actions: int
) -> None:
    random = Random(seed_of_actions)
    whole, parts = new_office(8), new_office(8)
    whole.finish(whole.begin(kind), size=1000)
    assert whole.codes == parts.codes
    assert any(len(whole.journal(code)) > 1 for code in whole.codes), "the reform moves nothing"
    reform = parts.begin(kind)
    for number in range(10):
        code, (action, body) = random.choice(parts.codes), random.choice(ACTIONS)
        assert parts.act(code, action, body) == whole.act(code, action, body)
        if number in (2, 5):
            assert verified(parts.url) == []
            parts.advance(reform)
    parts.finish(reform)

    for code in whole.codes:
        assert parts.dossier(code) == whole.dossier(code)
        assert parts.journal(code) == whole.journal(code)
    assert verified(parts.url) == []
    assert not parts.runs()


def test_a_dossier_that_is_not_reached_follows_before_its_next_action(new_office: Callable[[int], Office]) -> None:
    office = new_office(3)
    reform = office.begin("succession")
    code = office.codes[-1]

    assert office.dossier(code)["responsible_unit"]["code"] == "515.03"
    status, after = office.act(code, "take", {})
    assert (status, after["responsible_unit"]["code"], after["version"]) == (200, "515.02", 3)
    assert [entry["type"] for entry in office.journal(code)] == ["receive", "succeed", "take"]
    office.finish(reform)
    assert len(office.journal(code)) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_another_process_continues_a_reform_whose_worker_was_killed(
    new_office: Callable[[int], Office], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    office = new_office(5)
    office.begin(kind, batches=1)
    assert office.runs()
    assert verified(office.url) == []
    monkeypatch.setattr(background, "PAUSE", 0.01)
    with Client(office.url, NOW) as other:
        for _try in range(500):
            other.get("/api/v1/calendar/2021")
            if not office.runs():
                break

    assert not office.runs()
    assert [len(office.journal(code)) for code in office.codes] == [2] * 5
    assert verified(office.url) == []


def test_a_repeated_request_joins_the_reform_and_answers_for_all_dossiers(new_office: Callable[[int], Office]) -> None:
    office = new_office(5)
    office.begin("succession", batches=1)
    answer = office.succeed()

    assert (answer.status_code, answer.json()["moved"]) == (200, 5)
    assert office.succeed().json()["code"] == "unit_has_ended"


def test_another_succession_of_the_unit_is_refused_after_the_running_one(new_office: Callable[[int], Office]) -> None:
    office = new_office(3)
    office.begin("succession")
    answer = office.succeed("515.04")

    assert (answer.status_code, answer.json()["code"]) == (409, "unit_has_ended")
    assert office.dossier(office.codes[0])["responsible_unit"]["code"] == "515.02"


def test_a_key_gives_the_answer_of_a_reform_that_ended_before_it_was_stored(
    new_office: Callable[[int], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = new_office(3)
    headers = {"Idempotency-Key": "k"}

    async def killed(*_arguments: Any) -> int:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(routes, "moved_into", killed)
        assert office.succeed(headers=headers).status_code == 500
    answer = office.succeed(headers=headers)
    again = office.succeed(headers=headers)

    assert (answer.status_code, answer.json()["moved"]) == (200, 3)
    assert again.json() == answer.json()
    assert office.succeed("515.04", headers=headers).json()["code"] == "key_reused"


def test_a_publication_follows_the_running_succession_in_order(new_office: Callable[[int], Office]) -> None:
    office = new_office(3)
    office.begin("succession", batches=1)
    answer = office.client.put("/api/v1/calendar/2021", office.calendar, token=office.administrator)

    assert (answer.status_code, answer.json()["moved"]) == (200, 3)
    for code in office.codes:
        assert [entry["type"] for entry in office.journal(code)] == ["receive", "succeed", "redate"]


def test_two_workers_share_a_reform_and_move_each_dossier_once(new_office: Callable[[int], Office]) -> None:
    office = new_office(9)
    reform = office.begin("succession")

    async def work(database: Database) -> None:
        other = await open_database(office.url)
        try:
            await asyncio.gather(*(office.worker(each, 1).finish(reform) for each in (database, other)))
        finally:
            await other.close()

    in_database(office.url, work)
    for code in office.codes:
        assert [entry["type"] for entry in office.journal(code)] == ["receive", "succeed"]
    assert verified(office.url) == []


def test_a_unit_does_not_end_while_dossiers_may_still_move_to_it(new_office: Callable[[int], Office]) -> None:
    office = new_office(1)
    heir = office.client.get("/api/v1/units", params={"on": "2021-08-16", "limit": 500}).json()["items"]
    unit = next(unit["id"] for unit in heir if unit["code"] == "515.02")
    office.begin("succession")
    answer = office.client.patch(f"/api/v1/units/{unit}", {"valid_to": "2021-12-31"}, token=office.administrator)

    assert (answer.status_code, answer.json()["code"]) == (409, "reform_running")


def test_a_dossier_that_cannot_follow_is_logged_and_keeps_no_other_from_it(
    new_office: Callable[[int], Office], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office = new_office(3)
    flawed, follow = office.codes[1], follow_succession

    async def refusing(connection: Any, reference: Any, dossier: Any, *more: Any, **options: Any) -> Any:
        if dossier.code == flawed:
            raise Conflict("x", "the reason")
        return await follow(connection, reference, dossier, *more, **options)

    with monkeypatch.context() as patch:
        patch.setattr("app.dossiers.settling.follow_succession", refusing)
        assert office.succeed().json()["moved"] == 2
    assert f"dossier {flawed} does not follow: the reason" in caplog.text
    assert not office.runs()
    assert office.act(flawed, "take", {})[1]["responsible_unit"]["code"] == "515.02"
    assert verified(office.url) == []
