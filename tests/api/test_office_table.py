"""Office table through HTTP: the columns that offices are asked for, their forms by date, waiting in time or late."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.database import schema
from app.database.json_conditions import has_key
from app.database.tables import dossiers
from app.statistics.office_table.forms import FORMS, form_on
from tests.support.bodies import DOSSIERS, act, corrected, guardianship
from tests.support.client import Client

TABLE = "/api/v1/statistics/office-table"
HERE, THERE = "20900", "20908"


def table(client: Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get(TABLE, params={"from": "2026-09-01", "to": "2026-09-30", **parameters})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def figures(client: Client, code: str = "total", **parameters: Any) -> dict[str, int]:
    """The columns of a unit that are not zero."""
    answer = table(client, **parameters)
    (row,) = [row for row in (*answer["rows"], answer["total"]) if row["key"] == code]
    return {name: number for name, number in row["figures"].items() if number}


def new(client: Client, at: str, token: str, **changes: Any) -> str:
    client.now = datetime.fromisoformat(f"{at}:00+07:00").astimezone(UTC)
    body = guardianship(**{"receiving_unit": HERE, "at": f"{at}:00+07:00", **changes})
    answer = client.post(DOSSIERS, body, token=token)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


@pytest.fixture
def supervisor(app_client: Client) -> str:
    app_client.now = datetime(2026, 9, 7, 1, tzinfo=UTC)
    return app_client.token("supervisor")


def test_late_dossiers_are_told_apart_by_their_apology(app_client: Client, supervisor: str) -> None:
    apologised, silent, open_one = (new(app_client, "2026-09-07T08:00", supervisor) for _ in range(3))
    app_client.now = datetime(2026, 9, 9, 2, tzinfo=UTC)
    apology = {"reason": "phức tạp", "promised_date": "2026-09-14"}
    for code in (apologised, open_one):
        act(app_client, supervisor, code, "reschedule", **apology)
    app_client.now = datetime(2026, 9, 11, 2, tzinfo=UTC)
    for code in (apologised, silent):
        act(app_client, supervisor, code, "finish", outcome="granted")

    assert figures(app_client, HERE) == {
        "received_total": 3,
        "received_counter": 3,
        "resolved_total": 2,
        "resolved_late_with_apology": 1,
        "resolved_late_without_apology": 1,
        "open_total": 1,
        "open_overdue_with_apology": 1,
    }
    # At the end of 9 September, the day before the due date, nothing was late yet.
    assert figures(app_client, HERE, to="2026-09-09")["open_not_due"] == 3


def test_receipts_for_another_area_count_for_the_responsible_unit(app_client: Client, supervisor: str) -> None:
    new(app_client, "2026-09-07T08:00", supervisor, responsible_unit=THERE)
    new(app_client, "2026-09-07T08:00", supervisor, receiving_unit=THERE)
    assert figures(app_client, THERE)["received_another_area"] == 1
    assert figures(app_client, THERE)["received_counter"] == 2
    assert "received_another_area" not in figures(app_client, THERE, **{"from": "2026-09-01", "to": "2026-09-06"})
    assert figures(app_client, HERE) == {}


@pytest.mark.parametrize(
    ("channel", "in_time", "late"),
    [
        # Submitted on Monday 7 September at 10:00. Online: 8 working hours end on Tuesday at 10:00.
        ("online", "2026-09-08T10:00:00", "2026-09-08T10:00:01"),
        # By post: one working day ends on Tuesday at 17:00.
        ("postal", "2026-09-08T17:00:00", "2026-09-08T17:00:01"),
    ],
)
def test_waiting_for_reception_is_in_time_or_late(
    app_client: Client, supervisor: str, channel: str, in_time: str, late: str
) -> None:
    new(app_client, "2026-09-07T10:00", supervisor, channel=channel, submit=True)
    for now, column in ((in_time, "waiting_in_time"), (late, "waiting_late")):
        app_client.now = datetime.fromisoformat(f"{now}+07:00").astimezone(UTC)
        assert figures(app_client, HERE) == {column: 1}
    # Later too, and as of the end of a day that has passed.
    app_client.now = datetime(2026, 9, 25, 1, tzinfo=UTC)
    assert figures(app_client, HERE) == {"waiting_late": 1}
    assert figures(app_client, HERE, to="2026-09-07") == {"waiting_in_time": 1}


def test_late_duties_count_for_the_counter_by_the_date_of_the_act(app_client: Client, supervisor: str) -> None:
    """One dossier handed on late, one in time, and one whose papers were asked for late."""
    late, in_time, asked = (new(app_client, "2026-09-07T08:00", supervisor, responsible_unit=THERE) for _ in range(3))
    app_client.now = datetime(2026, 9, 7, 9, tzinfo=UTC)
    act(app_client, supervisor, in_time, "forward", to_unit=THERE)
    app_client.now = datetime(2026, 9, 9, 2, tzinfo=UTC)
    act(app_client, supervisor, late, "forward", to_unit=THERE)
    act(app_client, supervisor, asked, "request-supplement", reason="thiếu tờ khai")
    duties = {"hand_ons_late": 1, "requests_late": 1}

    assert figures(app_client, HERE) == duties
    assert figures(app_client, HERE, to="2026-09-08") == {}
    assert duties.keys().isdisjoint(figures(app_client, THERE))
    # A correction to the day of the receipt takes the flag away.
    changes = {"at": "2026-09-07T16:30:00+07:00"}
    corrected(app_client, supervisor, late, sequence=2, changes=changes)
    assert figures(app_client, HERE) == {"requests_late": 1}


def test_short_opening_hours_leave_more_days_for_eight_hours(app_client: Client, supervisor: str) -> None:
    app_client.now = datetime(2026, 9, 7, 0, tzinfo=UTC)
    administrator = app_client.token("administrator")
    mornings = [{"weekday": day, "from": "08:00", "to": "10:00"} for day in range(1, 6)]
    units = app_client.get("/api/v1/units").json()["items"]
    unit = next(unit for unit in units if unit["code"] == HERE and unit["valid_to"] is None)
    answer = app_client.patch(f"/api/v1/units/{unit['id']}", {"sessions": mornings}, token=administrator)
    assert answer.status_code == 200, answer.text
    new(app_client, "2026-09-07T08:00", supervisor, channel="online", submit=True)
    # Two hours on each of four days, up to Thursday at 10:00.
    app_client.now = datetime(2026, 9, 10, 3, tzinfo=UTC)
    assert figures(app_client, HERE) == {"waiting_in_time": 1}
    app_client.now = datetime(2026, 9, 10, 3, 1, tzinfo=UTC)
    assert figures(app_client, HERE) == {"waiting_late": 1}


def test_ends_without_a_result_have_columns_of_their_own(app_client: Client, supervisor: str) -> None:
    withdrawn, stopped = (new(app_client, "2026-09-07T08:00", supervisor) for _ in range(2))
    declined, given_up = (
        new(app_client, "2026-09-07T08:00", supervisor, channel="online", submit=True) for _ in range(2)
    )
    act(app_client, supervisor, withdrawn, "withdraw", request="đổi ý")
    act(app_client, supervisor, stopped, "discontinue", reason="không bổ sung", legal_basis="NĐ 101/2024 Điều 19.2")
    act(app_client, supervisor, declined, "decline", reason="không thuộc thẩm quyền")
    act(app_client, supervisor, given_up, "withdraw", request="đổi ý")
    assert figures(app_client) == {
        "received_total": 2,
        "received_counter": 2,
        "withdrawn": 1,
        "stopped": 1,
        "declined": 1,
        "withdrawn_before_reception": 1,
    }


@pytest.mark.usefixtures("supervisor")
def test_the_columns_are_those_of_the_form_of_the_date(app_client: Client) -> None:
    assert form_on(date(2018, 1, 1)) is FORMS[0]
    assert form_on(date(2026, 12, 31)) is FORMS[-1]
    assert [form.since for form in FORMS] == sorted({form.since for form in FORMS})
    answer = table(app_client)
    assert (answer["form"], answer["since"]) == (FORMS[0].code, FORMS[0].since.isoformat())
    assert [column["name"] for column in answer["columns"]] == list(answer["total"]["figures"])
    english = app_client.get(TABLE, params={"from": "2026-09-01"}, headers={"Accept-Language": "en"}).json()
    assert english["columns"][0]["label"] == "Received, total"


def test_an_unknown_parameter_is_refused(app_client: Client) -> None:
    assert app_client.get(TABLE, params={"basis": "step"}).status_code == 422


def test_dossiers_for_another_area_are_found_by_their_own_index(seeded_url: str) -> None:
    def plan(connection: Connection) -> str:
        is_sqlite = connection.dialect.name == "sqlite"
        condition = has_key(dossiers.c.details, "another_area")
        query = str(select(dossiers.c.id).where(condition).compile(dialect=connection.dialect))
        period = "dossiers.received_date BETWEEN '2026-09-01' AND '2026-09-30'"
        if not is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        return str(connection.exec_driver_sql(f"{explain} {query} AND {period}").all())

    assert "ix_dossiers_another_area" in schema.in_transaction(seeded_url, plan)
