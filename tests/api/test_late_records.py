"""Receipts recorded late: they count from their true time, and supervisors see them in one list."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import commands
from tests.support.bodies import DOSSIERS, HOA, act, guardianship, received
from tests.support.client import Client

LATE = "/api/v1/late-records"


def at(day: int, hour: int = 9) -> datetime:
    """A full hour of a day of August 2021, in Việt Nam."""
    return datetime(2021, 8, day, hour - 7, tzinfo=UTC)


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899", client="quầy Trà My")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515", client="phòng giám sát")


def listed(client: Client, token: str, **asked: Any) -> list[dict[str, Any]]:
    """All pages of the list, two items each."""
    records: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(LATE, params={"limit": 2, **asked, **({"cursor": cursor} if cursor else {})}, token=token)
        assert answer.status_code == 200, answer.text
        records += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return records


def codes(client: Client, token: str, **asked: Any) -> list[str]:
    return [record["code"] for record in listed(client, token, **asked)]


def refused(client: Client, token: str, **body: Any) -> tuple[int, str]:
    answer = client.post(DOSSIERS, guardianship(**body), token=token)
    return answer.status_code, answer.json()["code"]


def test_a_receipt_recorded_later_counts_from_its_true_time(app_client: Client, clerk: str, supervisor: str) -> None:
    app_client.now = at(18, 14)
    late, prompt = received(app_client, clerk), received(app_client, clerk, at=None)
    figures = app_client.get("/api/v1/statistics/on-time?by=commune&from=2021-08-16&to=2021-08-16").json()

    assert (late["flags"], prompt["flags"]) == (["backdated"], [])
    assert (late["received_at"], late["due_date"]) == ("2021-08-16T08:30:00+07:00", "2021-08-19")
    assert (prompt["received_at"], prompt["due_date"]) == ("2021-08-18T14:00:00+07:00", "2021-08-23")
    assert (figures["total"]["received"]["total"], figures["changed_since"]) == (1, "2021-08-18T14:00:00+07:00")
    assert listed(app_client, supervisor) == [
        {
            "code": late["code"],
            "sequence": 1,
            "type": "receive",
            "unit": late["receiving_unit"],
            "occurred_at": "2021-08-16T08:30:00+07:00",
            "recorded_at": "2021-08-18T14:00:00+07:00",
            "late_seconds": 53 * 3600 + 1800,
            "beyond_window": False,
            "client": "quầy Trà My",
            "client_name": None,
            "officer": "Trần Văn Minh",
            "reason": None,
        }
    ]


def test_beyond_the_window_only_a_supervisor_records_it_with_a_reason(
    app_client: Client, clerk: str, supervisor: str
) -> None:
    app_client.now = at(20)
    why = {"reason": "Mất đường truyền"}
    assert refused(app_client, clerk, **why) == (409, "too_far_back")
    assert refused(app_client, supervisor) == (409, "too_far_back")
    assert listed(app_client, supervisor) == []

    code = received(app_client, supervisor, **why)["code"]
    (record,) = listed(app_client, supervisor)
    assert (record["code"], record["beyond_window"]) == (code, True)
    assert (record["client"], record["officer"], record["reason"]) == (
        "phòng giám sát",
        "Trần Văn Minh",
        "Mất đường truyền",
    )


@pytest.mark.parametrize(
    ("happened", "recorded", "working_hours", "alone"),
    [
        ("2021-08-13T16:00", "2021-08-16T09:00", 3, True),  # a weekend
        ("2021-08-31T16:00", "2021-09-07T16:00", 24, True),  # the National Day: 2 and 3 September
        ("2021-08-31T16:00", "2021-09-07T16:01", 24.02, False),
        ("2021-02-09T16:00", "2021-02-19T16:00", 24, True),  # Tết: 10 to 16 February
        ("2021-02-09T16:00", "2021-02-22T07:00", 25, False),
        ("2021-08-14T10:00", "2021-08-18T17:00", 24, True),  # a Saturday counts from Monday
        ("2021-08-18T22:00", "2021-08-24T06:00", 24, True),  # nights do not count
        ("2020-12-30T13:30", "2021-01-05T11:30", 24, True),  # over the end of a year
        ("2020-08-14T10:00", "2021-08-16T09:00", 2000, False),
        ("2018-01-02T10:00", "2021-08-16T09:00", 7000, False),
    ],
)
def test_the_window_counts_working_hours_and_spares_days_off(
    app_client: Client,
    clerk: str,
    supervisor: str,
    happened: str,
    recorded: str,
    working_hours: float,
    alone: bool,
) -> None:
    app_client.now = datetime.fromisoformat(f"{recorded}:00+07:00").astimezone(UTC)
    event = f"{happened}:00+07:00"
    answer = app_client.post(DOSSIERS, guardianship(at=event), token=clerk)

    assert (working_hours <= 24) == alone
    assert answer.status_code == (201 if alone else 409), answer.text
    if not alone:
        assert (answer.json()["code"], answer.json()["errors"][0]["pointer"]) == ("too_far_back", "/at")
        assert "24 working hours" in answer.json()["detail"]
        received(app_client, supervisor, at=event, reason="Mất đường truyền")
    (record,) = listed(app_client, supervisor)
    assert record["beyond_window"] is not alone


@pytest.mark.parametrize(
    ("happened", "recorded", "status"),
    [
        ("2026-11-20T16:00", "2026-11-25T09:00", 201),  # the line broke on Friday; Tuesday was a holiday
        ("2026-11-20T07:00", "2026-11-25T17:00", 201),
        ("2026-11-20T07:00", "2026-11-26T07:01", 409),
        ("2026-08-28T16:00", "2026-09-03T09:00", 201),  # 31 August to 2 September
    ],
)
def test_a_counter_sends_after_a_long_weekend_what_it_received_before(
    app_client: Client, happened: str, recorded: str, status: int
) -> None:
    app_client.now = datetime.fromisoformat(f"{recorded}:00+07:00").astimezone(UTC)
    clerk = app_client.token("clerk", "20900")
    answer = app_client.post(DOSSIERS, guardianship(receiving_unit="20900", at=f"{happened}:00+07:00"), token=clerk)
    assert answer.status_code == status, answer.text
    assert answer.json().get("flags", ["backdated"]) == ["backdated"]


def test_the_window_is_that_of_the_office_hours_of_the_unit(app_client: Client, clerk: str, supervisor: str) -> None:
    units = app_client.get("/api/v1/units").json()["items"]
    unit = next(unit for unit in units if unit["code"] == "20899")
    mornings = [{"weekday": weekday, "from": "07:30", "to": "11:30"} for weekday in range(1, 6)]
    app_client.now = at(1)
    administrator = app_client.token("administrator")
    assert app_client.patch(f"/api/v1/units/{unit['id']}", {"sessions": mornings}, token=administrator).is_success
    app_client.now = at(24, 12)

    # Six mornings of four hours since Tuesday at noon; another office worked 40 hours.
    event = "2021-08-16T12:00:00+07:00"
    code = received(app_client, clerk, at=event)["code"]
    assert refused(app_client, app_client.token("clerk", "20902"), receiving_unit="20902", at=event) == (
        409,
        "too_far_back",
    )
    act(app_client, app_client.token("officer", "20899"), code, "take", at=event)
    assert [record["beyond_window"] for record in listed(app_client, supervisor, type=["receive", "take"])] == [
        False
    ] * 2


def test_receipts_are_listed_and_other_entries_on_request(app_client: Client, clerk: str, supervisor: str) -> None:
    app_client.now = at(17)
    submitted = received(app_client, clerk, submit=True)["code"]
    app_client.now = at(18)
    code = received(app_client, clerk)["code"]
    earlier = "2021-08-17T10:00:00+07:00"
    act(app_client, supervisor, code, "take", at=earlier, note="Ghi bù")
    act(app_client, supervisor, code, "finish", outcome="granted", at=earlier)
    act(app_client, clerk, code, "return", received_by="Nguyễn Thị Hoa", how="counter")

    assert codes(app_client, supervisor) == [code, submitted]
    assert codes(app_client, supervisor, type="submit") == [submitted]
    worked = listed(app_client, supervisor, type=["finish", "take", "return"])
    assert [(record["type"], record["reason"]) for record in worked] == [("finish", None), ("take", "Ghi bù")]


def test_the_list_is_of_a_period_of_recording_and_of_units(app_client: Client, clerk: str, supervisor: str) -> None:
    made: list[str] = []
    for day, unit in ((17, "20899"), (18, "20902"), (18, "20899"), (19, "515.03")):
        app_client.now = at(day)
        made.append(received(app_client, supervisor, receiving_unit=unit, at="2021-08-16T23:50:00+07:00")["code"])

    assert codes(app_client, supervisor) == made[::-1]
    assert codes(app_client, supervisor, **{"from": "2021-08-18", "to": "2021-08-18"}) == made[2:0:-1]
    assert codes(app_client, supervisor, **{"from": "2021-08-19"}) == made[3:]
    assert codes(app_client, supervisor, to="2021-08-17") == made[:1]
    assert codes(app_client, supervisor, unit="20899") == [made[2], made[0]]
    assert codes(app_client, supervisor, unit=["20902", "515.03"]) == [made[3], made[1]]
    assert codes(app_client, supervisor, unit="515") == made[::-1]
    assert codes(app_client, app_client.token("supervisor", "20902")) == [made[1]]
    assert codes(app_client, app_client.token("supervisor")) == made[::-1]


def test_a_corrected_entry_stays_in_the_list(app_client: Client, clerk: str, supervisor: str) -> None:
    app_client.now = at(18)
    code = received(app_client, clerk)["code"]
    changes = {"at": "2021-08-18T09:00:00+07:00"}
    act(app_client, supervisor, code, "correct", sequence=1, changes=changes, reason="nhầm ngày")
    other = app_client.token("supervisor", client="lãnh đạo")
    assert act(app_client, other, code, "approve-correction", sequence=2)["due_date"] == "2021-08-23"

    (record,) = listed(app_client, supervisor)
    assert record["occurred_at"] == "2021-08-16T08:30:00+07:00"


def test_imported_entries_are_not_listed(app_client: Client, seeded_url: str, tmp_path: Path, supervisor: str) -> None:
    line = {
        "code": "000.31.15.H47-210816-0007",
        "procedure": "1.004837",
        "receiving_unit": "20899",
        "applicant": HOA,
        "channel": "counter",
        "events": [{"action": "receive", "at": "2021-08-16T08:30:00+07:00"}],
    }
    file = tmp_path / "history.ndjson"
    file.write_text(json.dumps(line), encoding="utf-8")
    done = CliRunner().invoke(commands, ["import", str(file)], env={"MOTCUA_DATABASE_URL": seeded_url})
    assert done.exit_code == 0, done.output
    flags = app_client.get(f"{DOSSIERS}/{line['code']}", token=supervisor).json()["flags"]

    assert flags == ["imported"]
    assert listed(app_client, supervisor) == []


def test_the_list_is_for_supervisors_and_no_further_than_their_units(app_client: Client, supervisor: str) -> None:
    assert app_client.get(LATE).status_code == 401
    for role in ("clerk", "officer", "reporter", "administrator"):
        assert app_client.get(LATE, token=app_client.token(role)).json()["code"] == "role_may_not"
    elsewhere = app_client.get(f"{LATE}?unit=20902", token=app_client.token("supervisor", "20899"))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "unit_of_others")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2021-08-18&to=2021-08-17", 422),
        ("type=correct", 422),
        ("unit=nowhere", 422),
        ("late=true", 422),
        ("cursor=nonsense", 400),
    ],
)
def test_an_invalid_question_is_refused(app_client: Client, supervisor: str, query: str, status: int) -> None:
    assert app_client.get(f"{LATE}?{query}", token=supervisor).status_code == status
