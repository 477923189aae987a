"""Promised dates: ahead of the day of the promise, found by lists, and moved by calendars (rules §6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.database import Connection
from app.database.tables import entries
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, corrected, received
from tests.support.client import Client
from tests.support.verification import verified


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "20899")


def promise(client: Client, token: str, code: str, day: str) -> tuple[int, str | None]:
    answer = client.post(f"{DOSSIERS}/{code}/reschedule", {"promised_date": day, "reason": "xin lỗi"}, token=token)
    return answer.status_code, answer.json().get("code") if answer.is_error else None


def test_a_promise_before_today_is_refused_although_it_is_after_the_due_date(
    app_client: Client, supervisor: str
) -> None:
    code = received(app_client, supervisor)["code"]
    app_client.now = NOW + timedelta(days=9)  # Wednesday 25 August; it was due on the 19th
    assert promise(app_client, supervisor, code, "2021-08-24") == (422, "promise_in_past")
    assert promise(app_client, supervisor, code, "2021-08-25") == (200, None)


def test_lists_and_searches_find_what_was_promised_for_a_day(app_client: Client, supervisor: str) -> None:
    codes = [received(app_client, supervisor)["code"] for _ in range(3)]
    for code, day in zip(codes, ("2021-08-24", "2021-08-25", "2021-08-26"), strict=True):
        act(app_client, supervisor, code, "reschedule", promised_date=day, reason="x")
    for fields, expected in (
        ({"promised_from": "2021-08-25", "promised_to": "2021-08-25"}, codes[1:2]),
        ({"promised_from": "2021-08-25"}, codes[1:]),
        ({"promised_to": "2021-08-24"}, codes[:1]),
    ):
        listed = app_client.get(DOSSIERS, params=fields, token=supervisor).json()["items"]
        searched = app_client.post(f"{DOSSIERS}/search", fields, token=supervisor).json()["items"]
        assert sorted(item["code"] for item in listed) == sorted(item["code"] for item in searched) == expected


# --- A calendar after the promise (rules §3, §6) ---


def day_off(client: Client, *days: str, dry_run: bool = False) -> dict[str, Any]:
    """The answer to a calendar of 2021 with more days off."""
    stored = client.get("/api/v1/calendar/2021").json()
    body = {name: stored[name] for name in ("days_off", "working_days", "names")}
    body |= {"decision": "Công điện", "days_off": sorted({*body["days_off"], *days})}
    path = "/api/v1/calendar/2021" + ("?dry_run=true" if dry_run else "")
    answer = client.put(path, body, token=client.token("administrator"))
    assert answer.status_code == 200, answer.text
    published: dict[str, Any] = answer.json()
    return published


def promised(client: Client, token: str, day: str, **fields: Any) -> str:
    code: str = received(client, token, **fields)["code"]
    assert promise(client, token, code, day) == (200, None)
    return code


def dates(client: Client, token: str, code: str) -> tuple[str, str | None]:
    dossier = client.get(f"{DOSSIERS}/{code}", token=token).json()
    return dossier["due_date"], dossier["promised_date"]


def test_a_promise_on_a_new_day_off_moves_to_the_next_working_day(
    app_client: Client, supervisor: str, seeded_url: str
) -> None:
    code = promised(app_client, supervisor, "2021-08-25")
    listed = day_off(app_client, "2021-08-25", dry_run=True)
    assert listed["moved"] == 1
    assert listed["dossiers"] == [
        {
            "code": code,
            "due_date_before": "2021-08-19",
            "due_date": "2021-08-19",
            "provisional": False,
            "promised_date_before": "2021-08-25",
            "promised_date": "2021-08-26",
        }
    ]
    assert dates(app_client, supervisor, code) == ("2021-08-19", "2021-08-25")

    assert day_off(app_client, "2021-08-25")["moved"] == 1
    assert dates(app_client, supervisor, code) == ("2021-08-19", "2021-08-26")
    entry = app_client.get(f"{DOSSIERS}/{code}/journal", token=supervisor).json()["items"][-1]
    assert (entry["type"], entry["data"]["was"]["promised_date"]) == ("redate", "2021-08-25")
    assert (entry["data"]["promise"], entry["data"]["decision"]) == ("2021-08-26", "Công điện")
    steps = app_client.get(f"/api/v1/lookup/{code}").json()["steps"]
    assert steps[-1]["text"] == "Ngày hẹn lại được chuyển sang ngày 26/08/2021 theo lịch nghỉ mới"
    assert verified(seeded_url) == []


def test_the_calendar_moves_promises_of_each_kind_as_the_rules_say(
    app_client: Client, supervisor: str, seeded_url: str
) -> None:
    suspended = promised(app_client, supervisor, "2021-08-25")
    act(app_client, supervisor, suspended, "request-supplement", reason="x")
    lapsing = promised(app_client, supervisor, "2021-08-20")
    overtaken = promised(app_client, supervisor, "2021-08-23")
    finished = promised(app_client, supervisor, "2021-08-25")
    act(app_client, supervisor, finished, "finish", outcome="granted")

    day_off(app_client, "2021-08-19", "2021-08-20", "2021-08-25")
    assert dates(app_client, supervisor, suspended) == ("2021-08-19", "2021-08-26")
    # The due date moved to Monday 23 August. A promise on or before it lapses.
    assert dates(app_client, supervisor, lapsing) == ("2021-08-23", None)
    assert dates(app_client, supervisor, overtaken) == ("2021-08-23", None)
    assert dates(app_client, supervisor, finished) == ("2021-08-19", "2021-08-25")

    app_client.now += timedelta(days=14)  # Monday 30 August: the promise of the 26th was broken
    day_off(app_client, "2021-08-26")
    assert dates(app_client, supervisor, suspended) == ("2021-08-19", "2021-08-26")
    assert verified(seeded_url) == []


def test_a_promise_follows_a_calendar_of_its_own_year_only(app_client: Client, supervisor: str) -> None:
    app_client.now = datetime(2021, 12, 27, 1, 30, tzinfo=UTC)
    code = promised(app_client, supervisor, "2022-01-05", at=None)
    assert dates(app_client, supervisor, code) == ("2021-12-30", "2022-01-05")
    stored = app_client.get("/api/v1/calendar/2022").json()
    body = {name: stored[name] for name in ("days_off", "working_days", "names")}
    body["days_off"] = [*body["days_off"], "2022-01-05", "2022-01-06"]
    answer = app_client.put("/api/v1/calendar/2022", body, token=app_client.token("administrator"))
    assert answer.json()["moved"] == 1, answer.text
    assert dates(app_client, supervisor, code) == ("2021-12-30", "2022-01-07")


def test_a_correction_of_the_promise_follows_calendars_published_since(
    app_client: Client, supervisor: str, seeded_url: str
) -> None:
    code = promised(app_client, supervisor, "2021-08-25")
    app_client.now += timedelta(hours=1)
    day_off(app_client, "2021-08-26")
    app_client.now += timedelta(hours=1)
    corrected(app_client, supervisor, code, sequence=2, changes={"promised_date": "2021-08-26"})
    assert dates(app_client, supervisor, code) == ("2021-08-19", "2021-08-27")
    assert verified(seeded_url) == []


async def an_unmoved_promise(connection: Connection) -> None:
    rows = await connection.all(select(entries).where(entries.c.type == "redate"))
    data = {**rows[0].data, "promise": "2021-08-27"}
    await connection.run(update(entries).where(entries.c.id == rows[0].id).values(data=data))


def test_the_verification_computes_moved_promises_again(app_client: Client, supervisor: str, seeded_url: str) -> None:
    promised(app_client, supervisor, "2021-08-25")
    day_off(app_client, "2021-08-25")
    differences = verified(seeded_url, an_unmoved_promise)
    assert ("promise", "2021-08-26", "2021-08-27") in [(item.field, item.expected, item.actual) for item in differences]
