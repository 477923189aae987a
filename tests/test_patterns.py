"""Irregularities of a register of random lives against a naive count, dossier by dossier."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from app.domain.localtime import TZ
from app.loading.simulation.service import simulate
from app.statistics.irregularities.definitions import Irregularity
from tests.support.bodies import DOSSIERS, received
from tests.support.client import Client
from tests.support.database_access import open_database
from tests.support.naive_irregularities import ByHand, Counts, journals

PATTERNS = "/api/v1/statistics/patterns"
COMMUNES = ("20899", "20900", "20902")
BODIES: dict[str, dict[str, Any]] = {
    "take": {},
    "forward": {"to_unit": "515.03"},
    "request-supplement": {"reason": "thiếu", "legal_basis": "Nghị định"},
    "supplement": {},
    "request-payment": {"amount": 1000},
    "pay": {},
    "suspend": {"reason": "xác minh", "legal_basis": "Nghị định"},
    "resume": {},
    "reschedule": {"reason": "quá tải", "promised_date": "2021-09-30"},
    "transfer": {"to_unit": "515.03", "reason": "lý do", "legal_basis": "Nghị định"},
    "finish": {"outcome": "granted"},
    "return": {"received_by": "Nguyễn Thị Hoa"},
}


class Desks:
    """Counters of three communes with every possible action, now and then recorded late."""

    def __init__(self, client: Client, random: Random) -> None:
        self.client, self.random, self.deciding = client, random, Random(5)
        self.token = client.token("supervisor", client="một cửa")
        self.other = client.token("supervisor", client="kiểm tra")

    def live(self) -> None:
        begin = datetime(2021, 8, 2, 7, tzinfo=TZ) + timedelta(hours=self.random.randint(0, 600))
        self.client.now = begin.astimezone(UTC)
        submit = self.random.random() < 0.2
        unit = self.random.choice(COMMUNES)
        dossier = received(self.client, self.token, at=begin.isoformat(), receiving_unit=unit, submit=submit)
        if submit:
            self.act(dossier["code"], "request-supplement")
            self.act(dossier["code"], "receive")
        for _ in range(self.random.randint(3, 12)):
            self.step(dossier["code"])
        if self.random.random() < 0.3:
            self.client.now += timedelta(days=self.random.randint(0, 9))
            self.act(dossier["code"], "finish", dated=False)
            self.act(dossier["code"], "return", dated=False)
        if self.random.random() < 0.7:
            self.correct(dossier["code"])
        if self.deciding.random() < 0.3:
            self.void(dossier["code"])

    def batch(self, number: int, pause: timedelta) -> None:
        """Finishes recorded one after the other, at a fixed distance."""
        self.client.now = datetime(2021, 8, 25, 2, tzinfo=UTC)
        codes = [received(self.client, self.token, at=None)["code"] for _ in range(number)]
        for code in codes:
            self.client.now += pause
            self.client.post(f"{DOSSIERS}/{code}/finish", BODIES["finish"], token=self.token)

    def step(self, code: str) -> None:
        self.client.now += self.random.choice([timedelta(), timedelta(hours=5), timedelta(days=1), timedelta(days=2)])
        self.act(code, self.random.choice(list(BODIES)))

    def act(self, code: str, action: str, *, dated: bool = True) -> None:
        late = self.random.choice([timedelta(), timedelta(), timedelta(minutes=1), timedelta(days=1, seconds=1)])
        at = self.client.now.astimezone(TZ) - late
        body = {**BODIES.get(action, {}), **({"at": at.isoformat()} if dated else {})}
        answer = self.client.post(f"{DOSSIERS}/{code}/{action}", body, token=self.token)
        assert answer.status_code in (200, 409, 422), answer.text

    def void(self, code: str) -> None:
        """Voids one of its entries at once, or with the approval of the other supervisor."""
        written = self.client.get(f"{DOSSIERS}/{code}/journal", token=self.token).json()["items"]
        body = {"sequence": self.deciding.choice(written)["sequence"], "reason": "nhập nhầm"}
        answer = self.client.post(f"{DOSSIERS}/{code}/void", body, token=self.token)
        assert answer.status_code in (200, 404, 409), answer.text
        if answer.status_code == 200 and "undone" not in answer.json()["flags"]:
            decision = {"sequence": answer.json()["version"]}
            answer = self.client.post(f"{DOSSIERS}/{code}/approve-correction", decision, token=self.other)
            assert answer.status_code == 200, answer.text

    def correct(self, code: str) -> None:
        """Corrects the time of one of its entries if the journal stays lawful."""
        written = self.client.get(f"{DOSSIERS}/{code}/journal", token=self.token).json()["items"]
        finishes = [entry for entry in written if entry["type"] == "finish"]
        entry = finishes[0] if finishes and self.random.random() < 0.7 else self.random.choice(written)
        shift = self.random.choice([-96, -72, -24, -1, 1, 24])
        at = datetime.fromisoformat(entry["occurred_at"]) + timedelta(hours=shift)
        body = {"sequence": entry["sequence"], "changes": {"at": at.isoformat()}, "reason": "nhập nhầm"}
        self.client.now += timedelta(minutes=1)
        asked = self.client.post(f"{DOSSIERS}/{code}/correct", body, token=self.token)
        assert asked.status_code in (200, 409, 422), asked.text
        if asked.status_code == 200 and self.deciding.random() < 0.9:
            self.client.now += self.deciding.choice([timedelta(), timedelta(days=1)])
            decision = {"sequence": asked.json()["version"]}
            answer = self.client.post(f"{DOSSIERS}/{code}/approve-correction", decision, token=self.other)
            assert answer.status_code == 200, answer.text


def report(client: Client, token: str, first: date, last: date) -> Counts:
    parameters = {"by": "unit", "from": first.isoformat(), "to": last.isoformat()}
    answer = client.get(PATTERNS, params=parameters, token=token)
    assert answer.status_code == 200, answer.text
    return {
        (row["id"], share["pattern"]): (share["share"]["numerator"], share["share"]["denominator"])
        for row in answer.json()["rows"]
        for share in row["patterns"]
        if share["share"]["denominator"]
    }


def simulated(url: str) -> None:
    async def run() -> None:
        database = await open_database(url)
        try:
            first, last = date(2021, 5, 3), date(2021, 7, 30)
            await simulate(database, dossiers=250, start=first, end=last, seed=4, now=datetime(2022, 1, 3, tzinfo=UTC))
        finally:
            await database.close()

    asyncio.run(run())


def test_each_pattern_of_each_unit_is_that_of_a_naive_count(app_client: Client, seeded_url: str) -> None:
    simulated(seeded_url)
    desks = Desks(app_client, Random(11))
    for _ in range(60):
        desks.live()
    desks.batch(11, timedelta(seconds=66))
    desks.batch(9, timedelta(seconds=1))
    app_client.now = datetime(2021, 12, 20, 3, tzinfo=UTC)
    written, reporter = journals(seeded_url), app_client.token("reporter")
    seen: Counter[str] = Counter()
    for first, last in ((date(2021, 8, 1), date(2021, 9, 30)), (date(2021, 6, 10), date(2021, 8, 20))):
        reported = report(app_client, reporter, first, last)
        expected = {key: counts for key, counts in ByHand(written, first, last).shares.items() if counts[1]}
        assert reported == expected
        for (_, pattern), (fitting, _) in reported.items():
            seen[pattern] += fitting
    assert [name for name in Irregularity if not seen[name]] == []
