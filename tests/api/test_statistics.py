"""On-time figures over HTTP: shape, rows, the unit and the instant that a dossier counts for, and refusals."""

import asyncio
import io
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from app.database.tables import recount_due
from app.rollups.roll_up import roll_up_all
from app.statistics.formats import CSV, JSON, XLSX, preferred
from app.statistics.on_time.presenting import rate
from tests.support.bodies import DOSSIERS, act, corrected, guardianship, received
from tests.support.client import Client
from tests.support.csv_answers import csv_lines
from tests.support.database_access import open_database

ON_TIME = "/api/v1/statistics/on-time"
AUGUST = {"from": "2021-08-01", "to": "2021-08-31"}
ADMINISTRATION = "515.03"
FIGURES = {
    "received": {"total": 0, "counter": 0, "online": 0, "postal": 0},
    "carried_over": 0,
    "finished": {"total": 0, "early": 0, "on_time": 0, "late": 0},
    "moved_in": 0,
    "moved_out": 0,
    "withdrawn": {"total": 0, "overdue": 0},
    "discontinued": {"total": 0, "overdue": 0},
    "open": {"total": 0, "in_time": 0, "overdue": 0, "suspended": 0},
    "rate_of_finished": {"value": None, "numerator": 0, "denominator": 0},
    "rate_of_due": {"value": None, "numerator": 0, "denominator": 0},
    "late_without_apology": 0,
    "submitted": {"new": 0, "declined": 0, "withdrawn": 0, "waiting": 0, "waiting_over_one_working_day": 0},
}


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515")


def on_time(client: Client, **parameters: Any) -> dict[str, Any]:
    """The figures, by default of the communes in August 2021."""
    answer = client.get(ON_TIME, params={"by": "commune", **AUGUST, **parameters})
    assert answer.status_code == 200, answer.text
    figures: dict[str, Any] = answer.json()
    return figures


def row(figures: dict[str, Any], key: str) -> dict[str, Any]:
    """The one row of a key."""
    (match,) = [entry for entry in figures["rows"] if entry["key"] == key]
    return dict(match)


def at(day: int, hour: int = 9) -> datetime:
    """An hour of a day of August 2021 at the counter: the 16th is a Monday."""
    return datetime(2021, 8, day, hour, tzinfo=UTC) - timedelta(hours=7)


def test_an_answer_has_the_shape_of_the_contract_and_adds_up(app_client: Client, clerk: str, officer: str) -> None:
    first, second = received(app_client, clerk), received(app_client, clerk)
    act(app_client, officer, first["code"], "finish", outcome="granted")
    figures = on_time(app_client)

    assert {name: figures[name] for name in ("by", "basis", "from", "to", "as_of", "changed_since")} == {
        "by": "commune",
        "basis": "responsible",
        "from": "2021-08-01",
        "to": "2021-08-31",
        "as_of": "2021-08-16T08:30:00+07:00",
        "changed_since": None,
    }
    expected = {
        **FIGURES,
        "received": {"total": 2, "counter": 2, "online": 0, "postal": 0},
        "finished": {"total": 1, "early": 1, "on_time": 0, "late": 0},
        "open": {"total": 1, "in_time": 1, "overdue": 0, "suspended": 0},
        "rate_of_finished": {"value": 1.0, "numerator": 1, "denominator": 1},
        "rate_of_due": {"value": 1.0, "numerator": 2, "denominator": 2},
    }
    unit = second["responsible_unit"]
    assert row(figures, "20899") == {"key": "20899", "id": unit["id"], "name": "Trà My", **expected}
    assert figures["total"] == {"key": "total", "id": None, "name": "Tổng cộng", **expected}


def test_every_unit_of_the_kind_that_existed_in_the_period_has_a_row(app_client: Client) -> None:
    assert len(on_time(app_client, by="commune")["rows"]) == 13
    assert len(on_time(app_client, by="office")["rows"]) == 13
    app_client.now = datetime(2025, 8, 1, tzinfo=UTC)
    over_the_reform = on_time(app_client, **{"from": "2025-06-30", "to": "2025-07-01"})
    assert len(over_the_reform["rows"]) == 18
    # The code 20900 was Trà Sơn's until 30 June 2025 and is Trà My's since.
    assert [entry["name"] for entry in over_the_reform["rows"] if entry["key"] == "20900"] == ["Trà Sơn", "Trà My"]
    assert len(on_time(app_client, **{"from": "2025-07-01", "to": "2025-07-31"})["rows"]) == 5
    assert {name: over_the_reform["rows"][0][name] for name in FIGURES} == FIGURES


def test_a_past_period_has_the_same_answer_later(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    app_client.now = at(20)
    first_week = {"from": "2021-08-16", "to": "2021-08-18"}
    before = on_time(app_client, **first_week)
    act(app_client, officer, code, "finish", outcome="granted")
    app_client.now = at(27)

    assert row(before, "20899")["open"] == {"total": 1, "in_time": 1, "overdue": 0, "suspended": 0}
    assert on_time(app_client, **first_week) == before
    later = row(on_time(app_client, **{"from": "2021-08-19", "to": "2021-08-26"}), "20899")
    assert (later["carried_over"], later["finished"]["late"], later["open"]["total"]) == (1, 1, 0)
    assert (later["late_without_apology"], later["rate_of_due"]["value"]) == (1, 0)


def test_a_dossier_is_overdue_at_the_end_of_its_due_date(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    app_client.now = at(27)
    open_then = [row(on_time(app_client, to=f"2021-08-{day}"), "20899")["open"]["overdue"] for day in (18, 19, 20)]
    assert open_then == [0, 1, 1]


def test_a_correction_changes_the_past_and_the_answer_dates_the_change(
    app_client: Client, clerk: str, supervisor: str
) -> None:
    code = received(app_client, clerk)["code"]
    past = {"from": "2021-08-01", "to": "2021-08-16"}
    app_client.now = at(18)
    assert (
        on_time(app_client, **past)["changed_since"],
        on_time(app_client, **past)["total"]["received"]["total"],
    ) == (
        None,
        1,
    )
    corrected(app_client, supervisor, code, sequence=1, changes={"channel": "online"})
    app_client.now = at(20)
    after = on_time(app_client, **past)

    assert after["changed_since"] == "2021-08-18T09:00:00+07:00"
    assert after["total"]["received"] == {"total": 1, "counter": 0, "online": 1, "postal": 0}
    # The figures of the counter have changed too: the dossier is no longer among them.
    gone = on_time(app_client, **past, channel="counter")
    assert (gone["total"]["received"]["total"], gone["changed_since"]) == (0, "2021-08-18T09:00:00+07:00")
    # Other units and earlier periods have not changed.
    assert on_time(app_client, **past, unit="20902")["changed_since"] is None
    assert on_time(app_client, to="2021-08-15")["changed_since"] is None


def test_a_transfer_moves_an_open_dossier_from_row_to_row(app_client: Client, clerk: str, supervisor: str) -> None:
    code = received(app_client, clerk)["code"]
    app_client.now = at(17)
    act(app_client, supervisor, code, "transfer", to_unit="20902", reason="đúng thẩm quyền", legal_basis="QĐ 1")
    app_client.now = at(18)
    figures = on_time(app_client)
    left, reached = row(figures, "20899"), row(figures, "20902")

    assert (left["received"]["total"], left["moved_out"], left["open"]["total"]) == (1, 1, 0)
    assert (reached["received"]["total"], reached["moved_in"], reached["open"]["total"]) == (0, 1, 1)
    assert (left["rate_of_due"]["denominator"], reached["rate_of_due"]["denominator"]) == (0, 1)
    assert (figures["total"]["moved_in"], figures["total"]["moved_out"]) == (1, 1)
    # Nothing moves among units that count together; it moves from one of them alone.
    by_field = on_time(app_client, by="field")["total"]
    assert (by_field["moved_in"], by_field["moved_out"], by_field["open"]["total"]) == (0, 0, 1)
    assert row(on_time(app_client, by="field", unit="20899"), "Hộ tịch")["moved_out"] == 1
    received_at = row(on_time(app_client, basis="receiving"), "20899")
    assert (received_at["moved_out"], received_at["open"]["total"]) == (0, 1)


def test_predecessors_are_added_to_their_successor_on_request(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    as_it_was = on_time(app_client)
    added = on_time(app_client, successors="true")

    assert row(as_it_was, "20899")["received"]["total"] == 1
    # Thirteen communes became five; Trà My with its neighbours is the new 20900.
    assert [entry["key"] for entry in added["rows"]] == ["20900", "20908", "20920", "20923", "20929"]
    assert (row(added, "20900")["name"], row(added, "20900")["received"]["total"]) == ("Trà My", 1)
    assert added["total"] == as_it_was["total"]


def test_months_are_periods_of_their_own_and_the_total_is_of_the_whole(
    app_client: Client, clerk: str, officer: str
) -> None:
    code = received(app_client, clerk)["code"]
    app_client.now = datetime(2021, 9, 15, 2, tzinfo=UTC)
    act(app_client, officer, code, "finish", outcome="granted")
    received(app_client, clerk, at="2021-09-15T09:00:00+07:00")
    figures = on_time(app_client, by="month", **{"from": "2021-08-10", "to": "2021-12-31"})
    august, september = figures["rows"]

    assert (august["key"], august["carried_over"], august["open"]["total"]) == ("2021-08", 0, 1)
    assert (september["key"], september["carried_over"], september["finished"]["late"]) == ("2021-09", 1, 1)
    total = figures["total"]
    assert (total["received"]["total"], total["carried_over"], total["open"]["total"]) == (2, 0, 1)


@pytest.mark.parametrize(
    ("by", "key", "name"),
    [
        ("field", "Hộ tịch", "Hộ tịch"),
        ("procedure", "1.004837", "Thủ tục đăng ký giám hộ"),
        ("channel", "counter", "Trực tiếp"),
        ("level", "commune", "Cấp xã"),
        ("unit", "20899", "Trà My"),
        ("month", "2021-08", "Tháng 08/2021"),
    ],
)
def test_rows_may_be_other_things_than_offices(app_client: Client, clerk: str, by: str, key: str, name: str) -> None:
    received(app_client, clerk)
    figures = on_time(app_client, by=by)
    assert row(figures, key)["name"] == name
    assert row(figures, key)["received"]["total"] == figures["total"]["received"]["total"] == 1


def test_all_three_channels_have_a_row(app_client: Client) -> None:
    assert [entry["key"] for entry in on_time(app_client, by="channel")["rows"]] == ["counter", "online", "postal"]


def test_filters_narrow_and_a_repeated_filter_matches_either_value(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    received(app_client, clerk, channel="online")

    def count(**filters: Any) -> int:
        return int(on_time(app_client, **filters)["total"]["received"]["total"])

    assert (count(channel="online"), count(channel=["online", "counter"]), count(channel="postal")) == (1, 2, 0)
    assert (count(procedure="1.004837"), count(procedure="1.004873"), count(unit="20902")) == (2, 0, 0)
    assert (count(unit="515"), count(unit=["20902", "20899"])) == (2, 2)
    # Written with separate accents, as some systems do.
    assert (count(field=unicodedata.normalize("NFD", "Hộ tịch")), count(field="Đất đai")) == (2, 0)


def test_submitted_dossiers_have_figures_of_their_own(app_client: Client, clerk: str) -> None:
    def submitted(when: datetime) -> str:
        app_client.now = when
        body = guardianship(submit=True, channel="online", at=when.isoformat())
        answer = app_client.post(DOSSIERS, body, token=clerk)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["code"])

    act(app_client, clerk, submitted(at(12)), "decline", reason="ngoài thẩm quyền")
    act(app_client, clerk, submitted(at(12)), "withdraw", request="đơn xin rút")
    submitted(at(13))  # a Friday
    submitted(at(16, 0))  # the Monday after, its first second
    app_client.now = at(17)
    figures = on_time(app_client)["total"]

    assert figures["submitted"] == {
        "new": 4,
        "declined": 1,
        "withdrawn": 1,
        "waiting": 2,
        "waiting_over_one_working_day": 1,
    }
    assert (figures["received"]["total"], figures["open"]["total"], figures["withdrawn"]["total"]) == (0, 0, 0)
    # On Monday evening the dossier of Friday has waited a whole working day: a limit of one day has lapsed.
    waiting = {day: on_time(app_client, to=f"2021-08-{day}")["total"]["submitted"] for day in (15, 16)}
    assert waiting[15]["waiting_over_one_working_day"] == 0
    assert (waiting[16]["waiting"], waiting[16]["waiting_over_one_working_day"]) == (2, 1)


def test_the_default_is_the_year_until_today_by_office(app_client: Client) -> None:
    figures = app_client.get(ON_TIME).json()
    assert (figures["by"], figures["from"], figures["to"]) == ("office", "2021-01-01", "2021-08-16")


def test_a_period_of_long_ago_needs_no_calendar(app_client: Client) -> None:
    figures = on_time(app_client, by="unit", **{"from": "1900-01-01", "to": "1900-12-31"})
    assert (figures["rows"], figures["as_of"]) == ([], "1901-01-01T00:00:00+07:00")


@pytest.mark.parametrize(
    ("parameters", "code", "pointer"),
    [
        ({"by": "village"}, "invalid", "/by"),
        ({"basis": "steps"}, "invalid", "/basis"),
        ({"from": "2021-08-02", "to": "2021-08-01"}, "period_invalid", "/from"),
        ({"from": "2021-08-17", "to": "2021-08-31"}, "period_in_future", "/from"),
        ({"from": "2021-08-17"}, "period_in_future", "/from"),
        ({"from": "2021-8-1"}, "invalid", "/from"),
        ({"to": "2021-02-30"}, "invalid", "/to"),
        ({"by": "month", "from": "1999-01-01"}, "period_too_long", "/from"),
        ({"unit": "99999"}, "unknown_unit", "/unit"),
        ({"unit_id": "123456"}, "unknown_unit", "/unit_id"),
        ({"unit_id": "99999999999999999999"}, "invalid", "/unit_id/0"),
        ({"field": "Hàng hải"}, "unknown_field", "/field"),
        ({"procedure": "9.999999"}, "unknown_procedure", "/procedure"),
        ({"channel": "fax"}, "invalid", "/channel/0"),
        ({"channels": "online"}, "unknown_parameter", "/channels"),
    ],
)
def test_an_invalid_question_is_refused(
    app_client: Client, parameters: dict[str, str], code: str, pointer: str
) -> None:
    answer = app_client.get(ON_TIME, params={**AUGUST, **parameters})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_names_are_english_on_request(app_client: Client) -> None:
    answer = app_client.get(ON_TIME, params={"by": "channel"}, headers={"Accept-Language": "en"}).json()
    assert (answer["rows"][0]["name"], answer["total"]["name"]) == ("At the counter", "Total")


class TestRepresentation:
    def test_a_table_has_a_line_for_each_row_and_the_total(self, app_client: Client, clerk: str) -> None:
        received(app_client, clerk)
        answer = app_client.get(ON_TIME, params={"by": "commune", **AUGUST}, headers={"Accept": "text/csv"})
        lines = csv_lines(answer)

        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert [line["key"] for line in lines[:2]] == ["20899", "20900"]
        assert (lines[0]["name"], lines[0]["received_total"], lines[0]["rate_of_due_value"]) == ("Trà My", "1", "1.0")
        assert (len(lines), lines[-1]["key"], lines[-1]["open_total"]) == (14, "total", "1")
        assert lines[1]["rate_of_finished_value"] == ""

    def test_a_workbook_has_the_figures_of_the_answer(self, app_client: Client, clerk: str) -> None:
        received(app_client, clerk)
        asked = {"by": "commune", **AUGUST}
        figures = app_client.get(ON_TIME, params=asked, headers={"Accept-Language": "en"}).json()
        answer = app_client.get(f"{ON_TIME}.xlsx", params=asked, headers={"Accept-Language": "en"})
        assert answer.headers["content-type"] == XLSX
        assert "on-time_commune_2021-08-01_2021-08-31.xlsx" in answer.headers["content-disposition"]
        assert app_client.get(ON_TIME, params=asked, headers={"Accept": XLSX}).headers["content-type"] == XLSX

        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        heading, *lines = list(sheet.iter_rows(min_row=5, values_only=True))
        assert heading[:4] == ("Code", "Name", "Validity of the unit", "Received")
        rows = [*figures["rows"], figures["total"]]
        assert [(line[1], line[3], line[9], line[20]) for line in lines] == [
            (row["name"], row["received"]["total"], row["finished"]["total"], row["rate_of_due"]["value"])
            for row in rows
        ]

    def test_a_name_is_no_formula_in_a_spreadsheet(self, app_client: Client) -> None:
        body = {
            "code": "515.98",
            "name": '=HYPERLINK("http://example.org")',
            "kind": "office",
            "type": "Phòng ban",
            "agency_identifier": "000.98.15.H47",
            "parent": "515",
            "valid_from": "2021-01-01",
        }
        made = app_client.post("/api/v1/units", body, token=app_client.token("administrator"))
        assert made.status_code == 201, made.text
        answer = app_client.get(ON_TIME, params=AUGUST, headers={"Accept": "text/csv"})
        lines = {line["key"]: line["name"] for line in csv_lines(answer)}
        assert lines["515.98"] == '\'=HYPERLINK("http://example.org")'

    def test_an_etag_tells_nothing_of_changes_that_no_figure_shows(self, app_client: Client) -> None:
        paths = (f"{ON_TIME}?to=2021-08-15", "/board?to=2021-08-15", "/procedures")
        tags = [app_client.get(path).headers["etag"] for path in paths]
        subscription = {"url": "https://example.vn/motcua"}
        administrator = app_client.token("administrator")
        assert app_client.post("/api/v1/webhooks", subscription, token=administrator).status_code == 201
        assert [app_client.get(path).headers["etag"] for path in paths] == tags

    def test_an_etag_is_valid_until_a_figure_changes(self, app_client: Client, clerk: str) -> None:
        past = {"by": "commune", "from": "2021-08-01", "to": "2021-08-15"}
        tag = app_client.get(ON_TIME, params=past).headers["etag"]
        app_client.now += timedelta(hours=1)
        again = app_client.get(ON_TIME, params=past, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        as_table = app_client.get(ON_TIME, params=past, headers={"If-None-Match": tag, "Accept": "text/csv"})
        assert as_table.status_code == 200

        received(app_client, clerk, at="2021-08-14T09:00:00+07:00")
        changed = app_client.get(ON_TIME, params=past, headers={"If-None-Match": tag})
        assert (changed.status_code, changed.json()["total"]["received"]["total"]) == (200, 1)
        assert changed.json()["changed_since"] == "2021-08-16T09:30:00+07:00"

    @pytest.mark.parametrize(
        ("accept", "media"),
        [
            (None, JSON),
            ("*/*", JSON),
            ("application/json", JSON),
            ("text/csv", CSV),
            ("text/*", CSV),
            ("Text/CSV; charset=utf-8", CSV),
            ("application/json;q=0.5, text/csv", CSV),
            ("text/csv;q=0.2, application/*;q=0.3", JSON),
            ("text/csv, */*;q=0.1", CSV),
            ("text/csv;q=0, */*", JSON),
            ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ],
    )
    def test_the_preference_of_the_client_decides(self, accept: str | None, media: str) -> None:
        assert preferred(accept) == media

    @pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "application/json;q=none"])
    def test_an_unknown_format_is_not_acceptable(self, app_client: Client, accept: str) -> None:
        answer = app_client.get(ON_TIME, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        (0, 0, None),
        (0, 3, 0.0),
        (3, 3, 1.0),
        (2, 3, 0.6666),
        (1, 32, 0.0312),
        (122, 129, 0.9457),
        (2499, 2500, 0.9996),
        (99_999, 100_000, 0.9999),
        (10**9 - 1, 10**9, 0.9999),
    ],
)
def test_rates_are_cut_and_zero_over_zero_is_null(numerator: int, denominator: int, value: float | None) -> None:
    assert rate(numerator, denominator).value == value


def test_a_single_parameter_given_twice_is_refused(app_client: Client) -> None:
    refused = app_client.get(f"{ON_TIME}?by=office&from=2021-01-01&from=2021-02-01")
    assert (refused.status_code, refused.json()["code"]) == (422, "parameter_twice")
    assert app_client.get(f"{ON_TIME}?by=office&field=Hộ tịch&field=Đất đai").status_code == 200


def test_rolling_up_changes_no_figure(app_client: Client, seeded_url: str) -> None:
    received(app_client, app_client.token("clerk", "20899"))
    before = app_client.get(f"{ON_TIME}?by=commune").text

    async def folded() -> None:
        database = await open_database(seeded_url)
        try:
            await roll_up_all(database)
        finally:
            await database.close()

    asyncio.run(folded())
    after = app_client.get(f"{ON_TIME}?by=commune")
    assert after.text == before
    assert after.json()["total"]["received"] == {"total": 1, "counter": 1, "online": 0, "postal": 0}


def test_a_day_off_decided_later_changes_no_past_waiting_time(app_client: Client) -> None:
    clerk, administrator = app_client.token("clerk", "20899"), app_client.token("administrator")
    received(app_client, clerk, submit=True, channel="online", at="2021-08-16T08:00:00+07:00")
    app_client.now += timedelta(days=4)
    asked = f"{ON_TIME}?by=commune&from=2021-08-01&to=2021-08-17"
    before = app_client.get(asked).json()["total"]["submitted"]
    assert before["waiting_over_one_working_day"] == 1
    calendar = app_client.get("/api/v1/calendar/2021").json()
    decided = {**{key: calendar[key] for key in ("status", "decision", "working_days")}}
    decided["days_off"] = [*calendar["days_off"], "2021-08-17"]
    assert app_client.put("/api/v1/calendar/2021", decided, token=administrator).status_code == 200
    assert app_client.get(asked).json()["total"]["submitted"] == before


def test_figures_that_wait_for_a_recount_are_refused(app_client: Client, seeded_url: str) -> None:
    async def leave_to_be_recounted() -> None:
        database = await open_database(seeded_url)
        try:
            async with database.writing() as connection:
                await connection.insert(recount_due, {"id": 1, "why": "a test"})
        finally:
            await database.close()

    asyncio.run(leave_to_be_recounted())
    refused = app_client.get(ON_TIME)
    assert (refused.status_code, refused.json()["code"]) == (503, "figures_behind")
