"""Irregularities over HTTP: each at its boundaries, with the dossiers behind it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.localtime import TZ
from app.loading.imports.service import import_file
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.database_access import open_database

PATTERNS = "/api/v1/statistics/patterns"
PERIOD = {"from": "2021-08-01", "to": "2021-08-31"}
HANDED_OUT = {"received_by": "Nguyễn Thị Hoa"}


def at(text: str) -> datetime:
    """An instant at the counter in 2021: `08-16 09:00`."""
    return datetime.strptime(f"2021-{text} +0700", f"%Y-%m-%d %H:%M{':%S' if text.count(':') == 2 else ''} %z")


class Counter:
    """The counter of Trà My as days pass; 16 August 2021 is a Monday, and a guardianship takes three days."""

    def __init__(self, client: Client) -> None:
        self.client, self.token = client, client.token("supervisor", client="một cửa")
        self.reporter = client.token("reporter", "20899")

    def receive(self, when: str, **changes: Any) -> str:
        self.client.now = at(when).astimezone(UTC)
        return str(received(self.client, self.token, at=at(when).isoformat(), **changes)["code"])

    def do(self, when: str, code: str, action: str, dated: str | None = None, **body: Any) -> None:
        """An action recorded at one instant, and dated at it or at another."""
        self.client.now = at(when).astimezone(UTC)
        act(self.client, self.token, code, action, **body, **({"at": at(dated).isoformat()} if dated else {}))

    def finish(self, when: str, dated: str | None = None, received: str = "08-16 08:30", **changes: Any) -> str:
        code = self.receive(received, **changes)
        late = {"reason": "ghi nhận muộn"} if dated else {}
        self.do(when, code, "finish", dated, outcome="granted", **late)
        return code

    def ask(self, path: str = PATTERNS, **parameters: Any) -> httpx.Response:
        asked = {"by": "commune", "unit": "20899", **PERIOD, **parameters}
        return self.client.get(path, params=asked, token=self.reporter)

    def share(self, pattern: str, **parameters: Any) -> tuple[int, int]:
        """Numerator and denominator; the dossiers behind the pattern must be of the same number."""
        answer = self.ask(**parameters)
        assert answer.status_code == 200, answer.text
        (share,) = [share for share in answer.json()["total"]["patterns"] if share["pattern"] == pattern]
        opened = self.ask(f"{PATTERNS}/dossiers", pattern=pattern, **parameters).json()
        assert opened["count"] == len(opened["items"])
        assert pattern == "time_suspended" or opened["count"] == share["share"]["numerator"]
        return share["share"]["numerator"], share["share"]["denominator"]

    def behind(self, pattern: str, **parameters: Any) -> list[str]:
        return [
            item["code"] for item in self.ask(f"{PATTERNS}/dossiers", pattern=pattern, **parameters).json()["items"]
        ]


@pytest.fixture
def counter(app_client: Client) -> Counter:
    return Counter(app_client)


# --- Each pattern -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "matches"), [((0, 5, 10), 3), ((0, 5, 10.02), 0), ((0, 5, 10, 20.5), 3)])
def test_finishes_recorded_together_reach_a_number_within_some_minutes(
    counter: Counter, minutes: tuple[float, ...], matches: int
) -> None:
    codes = [counter.receive("08-16 08:30") for _ in minutes]
    for code, minute in zip(codes, minutes, strict=True):
        recorded = at("08-17 09:00") + timedelta(minutes=minute)
        counter.do(f"{recorded:%m-%d %H:%M:%S}", code, "finish", "08-17 08:00", outcome="granted")
    assert counter.share("finished_in_bulk", bulk_finishes=3) == (matches, len(minutes))
    assert counter.behind("finished_in_bulk", bulk_finishes=3) == codes[:matches]


def test_finishes_of_other_clients_and_units_are_not_recorded_together(counter: Counter, app_client: Client) -> None:
    here, elsewhere = counter.receive("08-16 08:30"), counter.receive("08-16 08:30", receiving_unit="20900")
    other = counter.receive("08-16 08:30")
    counter.do("08-17 09:00", here, "finish", outcome="granted")
    counter.do("08-17 09:00", elsewhere, "finish", outcome="granted")
    act(app_client, app_client.token("officer", "20899", client="máy khác"), other, "finish", outcome="granted")
    assert counter.share("finished_in_bulk", bulk_finishes=2) == (0, 2)


@pytest.mark.parametrize(("recorded", "matches"), [("08-18 09:00:00", 0), ("08-18 09:00:01", 1)])
def test_a_finish_is_recorded_late_after_some_hours(counter: Counter, recorded: str, matches: int) -> None:
    counter.finish(recorded, "08-17 09:00")
    assert counter.share("finish_recorded_late") == (matches, 1)
    assert counter.share("finish_recorded_late", recorded_hours=25) == (0, 1)


@pytest.mark.parametrize(
    ("finished", "matches"),
    [
        ("08-17 06:59:59", 1),
        ("08-17 07:00", 0),
        ("08-17 11:30:59", 0),
        ("08-17 11:31", 1),
        ("08-17 17:00", 0),
        ("08-17 17:01", 1),
        ("08-21 09:00", 1),  # a Saturday
        ("09-02 09:00", 1),  # the National Day, a Thursday
    ],
)
def test_office_hours_are_the_sessions_of_working_days(counter: Counter, finished: str, matches: int) -> None:
    counter.finish(finished)
    assert counter.share("finished_outside_hours", to="2021-09-30") == (matches, 1)


@pytest.mark.parametrize(("finished", "matches"), [("08-16 08:31:00", 1), ("08-16 08:31:01", 0)])
def test_received_and_finished_at_once_is_within_sixty_seconds(counter: Counter, finished: str, matches: int) -> None:
    counter.finish(finished)
    assert counter.share("finished_at_once") == (matches, 1)


@pytest.mark.parametrize(("returned", "matches"), [("08-17 09:00:59", 1), ("08-17 09:01:00", 0)])
def test_returned_at_once_is_in_the_same_minute(counter: Counter, returned: str, matches: int) -> None:
    counter.do(returned, counter.finish("08-17 09:00:30"), "return", **HANDED_OUT)
    assert counter.share("returned_at_once") == (matches, 1)


def test_results_count_in_the_period_of_their_due_return(counter: Counter) -> None:
    code = counter.finish("08-16 09:00")  # the fifth working day after it is the 23rd
    counter.client.now = at("09-30 09:00")
    assert counter.share("not_returned", unreturned_days=5, to="2021-08-22") == (0, 0)
    assert counter.share("not_returned", unreturned_days=5, to="2021-08-23") == (1, 1)
    assert counter.share("not_returned", unreturned_days=5, **{"from": "2021-08-23"}) == (1, 1)
    assert counter.share("not_returned", unreturned_days=5, **{"from": "2021-08-24"}) == (0, 0)
    counter.do("09-30 10:00", code, "return", **HANDED_OUT)
    assert counter.share("not_returned", unreturned_days=5) == (1, 1), "at the end of August it was not"
    assert counter.share("not_returned", unreturned_days=5, to="2021-09-30") == (0, 1)


def test_the_share_of_time_suspended_is_that_of_the_dossiers_finished(counter: Counter) -> None:
    code = counter.receive("08-16 08:30")
    counter.do("08-17 08:30", code, "request-supplement", reason="thiếu tờ khai")
    counter.do("08-18 08:30", code, "supplement")
    assert counter.share("time_suspended") == (0, 0), "it is not finished yet"
    counter.do("08-20 08:30", code, "finish", outcome="granted")
    counter.do("08-20 09:30", counter.receive("08-20 08:30"), "finish", outcome="granted")
    assert counter.share("time_suspended") == (86_400, 4 * 86_400 + 3600)
    (item,) = counter.ask(f"{PATTERNS}/dossiers", pattern="time_suspended").json()["items"]
    assert (item["code"], item["suspended_seconds"]) == (code, 86_400)


@pytest.mark.parametrize(("asked", "matches"), [("08-18 16:00", 0), ("08-19 07:30", 1), ("08-20 09:00", 1)])
def test_a_supplement_request_at_the_end_is_one_on_the_due_date_of_that_time(
    counter: Counter, asked: str, matches: int
) -> None:
    code = counter.receive("08-16 08:30")  # due on the 19th
    counter.do(asked, code, "request-supplement", reason="thiếu tờ khai")
    counter.do("08-23 09:00", code, "supplement")  # which may move the due date
    assert counter.share("supplement_at_the_end") == (matches, 1)


def test_a_supplement_request_before_the_clock_starts_is_not_at_the_end(counter: Counter) -> None:
    """The limit of a dossier for another area does not run before the competent agency has it (rules §15)."""
    supervisor, now = counter.token, datetime(2026, 8, 10, 9, tzinfo=TZ)
    counter.client.now = now.astimezone(UTC)
    code = received(
        counter.client,
        supervisor,
        at=now.isoformat(),
        receiving_unit="20908",
        responsible_unit="20900",
        another_area=True,
    )["code"]
    act(counter.client, supervisor, code, "request-supplement", reason="thiếu tờ khai")
    parameters = {"by": "commune", "from": "2026-08-01", "to": "2026-08-31", "unit": "20900"}
    answer = counter.client.get(PATTERNS, params=parameters, token=counter.client.token("reporter"))
    assert answer.status_code == 200, answer.text
    shares = {share["pattern"]: share["share"] for share in answer.json()["total"]["patterns"]}
    assert (shares["supplement_at_the_end"]["numerator"], shares["supplement_at_the_end"]["denominator"]) == (0, 1)


def test_a_repeated_supplement_request_counts_after_the_receipt(counter: Counter) -> None:
    code = counter.receive("08-16 08:30", submit=True)
    counter.do("08-16 09:00", code, "request-supplement", reason="thiếu tờ khai")
    counter.do("08-16 09:30", code, "receive")
    for day in ("17", "18"):
        counter.do(f"08-{day} 09:00", code, "request-supplement", reason="thiếu", legal_basis="Nghị định")
        counter.do(f"08-{day} 10:00", code, "supplement")
    assert counter.share("supplement_again") == (1, 2)
    assert counter.share("supplement_again", **{"from": "2021-08-18"}) == (1, 1)


@pytest.mark.parametrize(("recorded", "matches"), [("08-18 17:30", 0), ("08-19 08:00", 1)])
def test_a_reschedule_is_recorded_late_after_the_working_day_before(
    counter: Counter, recorded: str, matches: int
) -> None:
    code = counter.receive("08-16 08:30")
    counter.do(recorded, code, "reschedule", reason="quá tải", promised_date="2021-08-24")
    assert counter.share("reschedule_recorded_late") == (matches, 1)


def put_right(counter: Counter, code: str, sequence: int, when: str) -> None:
    counter.client.now = at("08-24 09:00")
    changes = {"at": at(when).isoformat()}
    corrected(counter.client, counter.token, code, sequence=sequence, changes=changes)


@pytest.mark.parametrize(
    ("finished", "corrected_to", "matches"),
    [("08-20 09:00", "08-19 16:00", 1), ("08-23 09:00", "08-20 09:00", 0), ("08-19 09:00", "08-18 09:00", 0)],
)
def test_a_correction_from_late_to_in_time_is_counted(
    counter: Counter, finished: str, corrected_to: str, matches: int
) -> None:
    put_right(counter, counter.finish(finished), 2, corrected_to)
    assert counter.share("late_corrected", to="2021-08-23") == (0, 0), "it counts when it took effect"
    assert counter.share("late_corrected") == (matches, 1)


def test_a_corrected_dossier_counts_as_corrected(counter: Counter) -> None:
    code = counter.receive("08-16 08:30")
    counter.do("08-18 09:00", code, "request-supplement", reason="thiếu tờ khai")
    counter.do("08-24 08:00", code, "supplement")
    put_right(counter, code, 2, "08-19 09:00")
    assert counter.share("supplement_at_the_end") == (1, 1)
    assert counter.share("supplement_at_the_end", to="2021-08-18") == (0, 0)


def test_imported_entries_are_counted_apart(counter: Counter, seeded_url: str, tmp_path: Path) -> None:
    file = tmp_path / "history.ndjson"
    events = f'[{{"action": "receive", "at": "{at("08-10 09:00").isoformat()}"}}, '
    events += f'{{"action": "finish", "at": "{at("08-10 20:00").isoformat()}", "outcome": "granted"}}]'
    file.write_text(
        '{"external": [{"system": "cũ", "code": "1"}], "procedure": "1.004837", "receiving_unit": "20899", '
        f'"applicant": {{"kind": "person", "name": "Nguyễn Thị Hoa"}}, "channel": "counter", "events": {events}}}\n',
        encoding="utf-8",
    )
    counter.finish("08-17 20:00")
    counter.client.now = at("08-24 09:00").astimezone(UTC)
    asyncio.run(imported(seeded_url, file, counter.client.now))
    assert counter.share("finish_recorded_late") == (0, 1)
    assert counter.share("finished_in_bulk") == (0, 1)
    assert counter.share("finished_outside_hours") == (2, 2)
    shares = {share["pattern"]: share for share in counter.ask().json()["total"]["patterns"]}
    assert shares["finished_outside_hours"]["imported"] == 1
    opened = counter.ask(f"{PATTERNS}/dossiers", pattern="finished_outside_hours").json()["items"]
    assert [item["imported"] for item in opened] == [True, False]


async def imported(url: str, file: Path, now: datetime) -> None:
    database = await open_database(url)
    try:
        summary = await import_file(database, file, now=now, rejects=None, dry_run=False, progress=None)
        assert summary.loaded == 1
    finally:
        await database.close()
