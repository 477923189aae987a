"""Workload over HTTP: every number against the work list, ages over Tết, officers for staff, refusals."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, HOA, act, guardianship, received
from tests.support.client import Client
from tests.support.csv_answers import csv_lines

WORKLOAD = "/api/v1/statistics/workload"
TRA_MY, TRA_SON = "20899", "20900"


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", TRA_MY)


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", TRA_MY)


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515")


def workload(client: Client, token: str | None = None, **parameters: Any) -> dict[str, Any]:
    answer = client.get(WORKLOAD, params=parameters, token=token)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def row(content: Mapping[str, Any], key: str, officer: str | None = None) -> dict[str, Any]:
    (match,) = [entry for entry in content["rows"] if (entry["key"], entry["officer"]) == (key, officer)]
    return dict(match)


def listed(client: Client, token: str, **filters: Any) -> int:
    """The number of dossiers in the work list."""
    answer = client.get(DOSSIERS, params={"limit": 500, **filters}, token=token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next_cursor"] is None
    return len(answer.json()["items"])


def at(moment: str) -> datetime:
    """A local minute like `2021-08-16 09:00`."""
    return datetime.fromisoformat(f"{moment}+07:00").astimezone(UTC)


def test_an_answer_of_an_empty_register_has_a_row_for_each_unit_that_exists_and_zeros(app_client: Client) -> None:
    content = workload(app_client, projection="true")
    head = ("by", "basis", "as_of", "due_soon_days", "idle_days", "window")
    assert {name: content[name] for name in head} == {
        "by": "unit",
        "basis": "holder",
        "as_of": "2021-08-16T08:30:00+07:00",
        "due_soon_days": 1,
        "idle_days": 5,
        "window": {"from": "2021-05-24", "to": "2021-08-15", "working_days": 60, "finished": 0},
    }
    bands = {"total": 0, "from_6_to_10": 0, "from_11_to_20": 0, "over_20": 0}
    figures = {
        "officer": None,
        "open": 0,
        "not_taken": 0,
        "due_today": 0,
        "due_soon": 0,
        "overdue": {**bands, "up_to_2": 0, "from_3_to_5": 0},
        "suspended": {**bands, "up_to_5": 0},
        "idle": 0,
        "arriving": {"received": 0, "moved_in": 0, "per_working_day": 0},
        "leaving": {"finished": 0, "withdrawn": 0, "discontinued": 0, "moved_out": 0, "per_working_day": 0},
        "projection": {
            "in_time": 0,
            "expected_late": 0,
            "by_unit_and_procedure": 0,
            "by_procedure": 0,
            "by_unit": 0,
            "by_all": 0,
            "not_compared": 0,
        },
    }
    assert {name: value for name, value in row(content, TRA_MY).items() if name not in ("key", "id", "name")} == figures
    assert content["total"] == {"key": "total", "id": None, "name": "Tổng cộng", **figures}
    today = date(2021, 8, 16)
    units = app_client.get("/api/v1/units", params={"on": today.isoformat()}).json()
    assert len(content["rows"]) == len(units["items"] if isinstance(units, dict) else units)


# --- Against the work list --------------------------------------------------------------------------------------------


def test_every_number_is_that_of_the_work_list(app_client: Client, clerk: str, officer: str, supervisor: str) -> None:
    codes = [received(app_client, clerk)["code"] for _ in range(6)]
    act(app_client, officer, codes[0], "forward", to_unit=TRA_SON)
    act(app_client, officer, codes[1], "request-supplement", reason="thiếu bản sao")
    act(app_client, officer, codes[2], "finish", outcome="granted")
    act(app_client, officer, codes[3], "suspend", reason="chờ xác minh", legal_basis="Điều 5")
    everybody = app_client.token("supervisor")
    seen = set()
    for moment in ("2021-08-16 10:00", "2021-08-18 09:00", "2021-08-19 09:00", "2021-08-21 09:00", "2021-08-27 09:00"):
        app_client.now = at(moment)
        for basis in ("holder", "responsible"):
            content = workload(app_client, basis=basis)
            for load in (row(content, TRA_MY), row(content, TRA_SON)):
                place = {f"{basis}_unit_id": load["id"]}
                today = moment[:10]
                assert load["open"] == listed(app_client, everybody, **place)
                assert load["overdue"]["total"] == listed(app_client, everybody, overdue="true", **place)
                assert load["due_soon"] == listed(app_client, everybody, due_soon="true", **place)
                assert load["suspended"]["total"] == listed(app_client, everybody, clock="suspended", **place)
                assert load["due_today"] == listed(
                    app_client, everybody, clock="running", due_from=today, due_to=today, **place
                )
                seen |= {name for name in ("open", "due_soon", "due_today") if load[name]}
                seen |= {name for name in ("overdue", "suspended") if load[name]["total"]}
                for name in ("overdue", "suspended"):
                    assert sum(load[name].values()) == 2 * load[name]["total"]
            assert content["total"]["open"] == listed(app_client, everybody) == 5
    assert seen == {"open", "due_soon", "due_today", "overdue", "suspended"}


def test_a_hand_off_is_not_taken_until_its_unit_takes_it(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    act(app_client, officer, code, "forward", to_unit=TRA_SON)
    by_holder, by_responsible = workload(app_client), workload(app_client, basis="responsible")
    assert [(load["open"], load["not_taken"]) for load in (row(by_holder, TRA_MY), row(by_holder, TRA_SON))] == [
        (0, 0),
        (1, 1),
    ]
    assert row(by_responsible, TRA_MY)["not_taken"] == 1
    act(app_client, app_client.token("officer", TRA_SON), code, "take")
    assert (row(workload(app_client), TRA_SON)["open"], row(workload(app_client), TRA_SON)["not_taken"]) == (1, 0)


def test_a_submitted_or_finished_dossier_is_no_open_work(app_client: Client, clerk: str, officer: str) -> None:
    app_client.post(DOSSIERS, guardianship(submit=True), token=clerk)
    code = received(app_client, clerk)["code"]
    assert row(workload(app_client), TRA_MY)["open"] == 1
    act(app_client, officer, code, "finish", outcome="granted")
    assert row(workload(app_client), TRA_MY)["open"] == 0


# --- Ages -------------------------------------------------------------------------------------------------------------


def banded(bands: Mapping[str, Any]) -> str | None:
    """The band with the only dossier, None for no dossier."""
    within = [band for band, number in bands.items() if band != "total" and number]
    assert len(within) == bands["total"] <= 1
    return within[0] if within else None


# Tết 2021 was off from Wednesday 10 to Tuesday 16 February: due on Friday the 5th, it is two working days late from the
# 9th to the 16th, and three on the 17th.
@pytest.mark.parametrize(
    ("moment", "band"),
    [
        ("2021-02-05 23:59", None),
        ("2021-02-06 00:00", "up_to_2"),
        ("2021-02-08 09:00", "up_to_2"),
        ("2021-02-09 09:00", "up_to_2"),
        ("2021-02-16 23:59", "up_to_2"),
        ("2021-02-17 00:00", "from_3_to_5"),
        ("2021-02-21 09:00", "from_3_to_5"),
        ("2021-02-22 09:00", "from_6_to_10"),
        ("2021-02-26 09:00", "from_6_to_10"),
        ("2021-03-01 09:00", "from_11_to_20"),
        ("2021-03-14 09:00", "from_11_to_20"),
        ("2021-03-15 09:00", "over_20"),
    ],
)
def test_overdue_dossiers_are_grouped_by_working_days_after_the_due_date(
    app_client: Client, clerk: str, moment: str, band: str | None
) -> None:
    app_client.now = at("2021-02-02 09:00")
    dossier = received(app_client, clerk, at="2021-02-02T09:00:00+07:00")
    assert dossier["due_date"] == "2021-02-05"
    app_client.now = at(moment)
    assert banded(row(workload(app_client), TRA_MY)["overdue"]) == band


def test_the_day_after_the_due_date_is_the_first_that_counts_in_midweek_too(app_client: Client, clerk: str) -> None:
    assert received(app_client, clerk)["due_date"] == "2021-08-19"
    bands = []
    for day in (20, 23, 24):
        app_client.now = at(f"2021-08-{day} 09:00")
        bands.append(banded(row(workload(app_client), TRA_MY)["overdue"]))
    assert bands == ["up_to_2", "up_to_2", "from_3_to_5"]


def test_a_limit_in_hours_runs_out_within_its_due_date(app_client: Client, clerk: str) -> None:
    body = {
        "code": "8.000001",
        "name": "Cấp bản sao",
        "field": "Văn thư",
        "level": "commune",
        "catalogue": 2,
        "versions": [{"effective_from": "2021-01-01", "limits": {"amount": 4, "unit": "working_hour"}}],
    }
    assert app_client.post("/api/v1/procedures", body, token=app_client.token("administrator")).status_code == 201
    assert received(app_client, clerk, procedure="8.000001")["due_at"] == "2021-08-16T14:30:00+07:00"
    bands = []
    for moment in ("2021-08-16 14:30", "2021-08-16 14:31", "2021-08-17 09:00"):
        app_client.now = at(moment)
        load = row(workload(app_client), TRA_MY)
        assert load["due_soon"] == listed(app_client, clerk, due_soon="true")
        assert load["overdue"]["total"] == listed(app_client, clerk, overdue="true")
        bands.append((load["due_today"], load["due_soon"], banded(load["overdue"])))
    assert bands == [(1, 1, None), (1, 1, "up_to_2"), (0, 0, "up_to_2")]


@pytest.mark.parametrize(
    ("moment", "band"),
    [
        ("2021-02-05 09:00", "up_to_5"),
        ("2021-02-18 23:59", "up_to_5"),
        ("2021-02-19 00:00", "from_6_to_10"),
        ("2021-02-25 09:00", "from_6_to_10"),
        ("2021-02-26 09:00", "from_11_to_20"),
        ("2021-03-11 09:00", "from_11_to_20"),
        ("2021-03-12 09:00", "over_20"),
    ],
)
def test_suspended_dossiers_are_grouped_by_working_days_since_the_beginning(
    app_client: Client, clerk: str, officer: str, moment: str, band: str
) -> None:
    app_client.now = at("2021-02-04 09:00")
    code = received(app_client, clerk, at="2021-02-04T09:00:00+07:00")["code"]
    act(app_client, officer, code, "request-supplement", reason="thiếu bản sao")
    app_client.now = at(moment)
    load = row(workload(app_client), TRA_MY)
    assert (banded(load["suspended"]), load["overdue"]["total"], load["due_soon"]) == (band, 0, 0)


def test_a_dossier_late_before_its_suspension_is_both(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    app_client.now = at("2021-08-23 09:00")
    act(app_client, officer, code, "request-supplement", reason="thiếu bản sao")
    load = row(workload(app_client), TRA_MY)
    assert (load["open"], banded(load["overdue"]), banded(load["suspended"])) == (1, "up_to_2", "up_to_5")


@pytest.mark.parametrize(
    ("moment", "idle_days", "idle"),
    [
        ("2021-08-16 10:00", 1, 0),
        ("2021-08-17 09:00", 1, 1),
        ("2021-08-17 09:00", 2, 0),
        ("2021-08-20 23:59", 5, 0),
        ("2021-08-22 09:00", 5, 0),
        ("2021-08-23 00:00", 5, 1),
    ],
)
def test_a_dossier_is_idle_after_some_working_days_without_an_event(
    app_client: Client, clerk: str, moment: str, idle_days: int, idle: int
) -> None:
    received(app_client, clerk)
    app_client.now = at(moment)
    assert row(workload(app_client, idle_days=idle_days), TRA_MY)["idle"] == idle


def test_a_dossier_that_waits_for_the_applicant_is_not_idle(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    act(app_client, officer, code, "request-supplement", reason="thiếu bản sao")
    app_client.now = at("2021-09-16 09:00")
    assert row(workload(app_client), TRA_MY)["idle"] == 0


def test_the_window_reaches_into_a_year_without_an_official_calendar(seeded_url: str) -> None:
    with Client(seeded_url, at("2018-01-03 09:00")) as client:
        answer = workload(client)
    assert answer["window"]["from"].startswith("2017-10")
    assert answer["total"]["open"] == 0


# --- Arrivals and departures ------------------------------------------------------------------------------------------


def test_arrivals_and_departures_are_those_of_the_full_working_days_before_today(
    app_client: Client, clerk: str, officer: str, supervisor: str
) -> None:
    codes = [received(app_client, clerk)["code"] for _ in range(4)]
    act(app_client, officer, codes[0], "finish", outcome="granted")
    act(app_client, clerk, codes[1], "withdraw", request="xin rút")
    act(app_client, supervisor, codes[2], "transfer", to_unit=TRA_SON, reason="đúng thẩm quyền", legal_basis="QĐ 1")
    assert row(workload(app_client), TRA_MY)["arriving"]["received"] == 0

    app_client.now = at("2021-08-17 09:00")
    content = workload(app_client)
    period = {"by": "unit", "from": content["window"]["from"], "to": content["window"]["to"]}
    figures = app_client.get("/api/v1/statistics/on-time", params=period).json()
    for key in (TRA_MY, TRA_SON):
        load, theirs = row(content, key), next(other for other in figures["rows"] if other["key"] == key)
        arriving, leaving = load["arriving"], load["leaving"]
        assert (arriving["received"], arriving["moved_in"]) == (theirs["received"]["total"], theirs["moved_in"])
        assert leaving["finished"] == theirs["finished"]["total"]
        assert (leaving["withdrawn"], leaving["discontinued"]) == (theirs["withdrawn"]["total"], 0)
        assert leaving["moved_out"] == theirs["moved_out"]
    assert (
        row(content, TRA_MY)["arriving"]["per_working_day"],
        row(content, TRA_MY)["leaving"]["per_working_day"],
    ) == (
        0.07,  # 4 / 60
        0.05,
    )
    assert row(content, TRA_SON)["arriving"]["per_working_day"] == 0.02


# --- The forecast -----------------------------------------------------------------------------------------------------


def finished_after(client: Client, clerk: str, officer: str, days: int, how_many: int) -> None:
    """Dossiers of three working days, received on Monday 2 August 2021 and finished some working days later."""
    first = datetime(2021, 8, 2, 2, tzinfo=UTC)
    client.now = first
    codes = [received(client, clerk, at="2021-08-02T09:00:00+07:00")["code"] for _ in range(how_many)]
    client.now = first + timedelta(days=days if days < 5 else days + 2)
    for code in codes:
        act(client, officer, code, "finish", outcome="granted")


@pytest.fixture
def experienced(app_client: Client, clerk: str, officer: str) -> Client:
    """The application on 16 August: Trà My finished 30 on the day after receipt, 40 on the due date, 10 too late."""
    for days, how_many in ((1, 30), (3, 40), (5, 10)):
        finished_after(app_client, clerk, officer, days, how_many)
    app_client.now = at("2021-08-16 09:00")
    return app_client


def projected(client: Client, moment: str, key: str = TRA_MY) -> dict[str, Any]:
    client.now = at(moment)
    forecast: dict[str, Any] = row(workload(client, projection="true"), key)["projection"]
    return forecast


def test_the_forecast_is_the_late_share_of_dossiers_finished_with_fewer_days_left(
    experienced: Client, clerk: str
) -> None:
    for _ in range(4):
        received(experienced, clerk, at="2021-08-16T09:00:00+07:00")
    # No finish had more days left: 10 of 80 were late.
    forecast = projected(experienced, "2021-08-16 09:30")
    assert (forecast["in_time"], forecast["expected_late"], forecast["by_unit_and_procedure"]) == (4, 0.5, 4)
    assert workload(experienced, projection="true")["window"]["finished"] == 80
    # Two working days later, dossiers finished with two days left are no longer comparable: 10 of 50. The same on the
    # due date, because a finish today is in time.
    assert [projected(experienced, f"2021-08-{day} 09:00")["expected_late"] for day in (17, 18, 19)] == [0.5, 0.8, 0.8]
    # From the next day on they are late, and need no forecast.
    experienced.now = at("2021-08-20 09:00")
    late = row(workload(experienced, projection="true"), TRA_MY)
    assert (late["overdue"]["total"], late["projection"]["in_time"], late["projection"]["expected_late"]) == (4, 0, 0)


def test_a_suspended_dossier_counts_as_if_it_resumed_now(experienced: Client, clerk: str, officer: str) -> None:
    experienced.now = at("2021-08-16 09:00")
    codes = [received(experienced, clerk, at="2021-08-16T09:00:00+07:00")["code"] for _ in range(4)]
    experienced.now = at("2021-08-18 09:00")
    for code in codes:
        act(experienced, officer, code, "request-supplement", reason="thiếu bản sao")
    expected = [projected(experienced, moment)["expected_late"] for moment in ("2021-08-18 10:00", "2021-09-15 09:00")]
    for code in codes:
        act(experienced, clerk, code, "supplement")
    expected.append(projected(experienced, "2021-09-16 09:00")["expected_late"])
    assert expected == [0.8, 0.8, 0.8]


def test_with_too_few_finishes_of_the_unit_others_are_compared(experienced: Client) -> None:
    received(experienced, experienced.token("clerk", TRA_SON), receiving_unit=TRA_SON)
    forecast = projected(experienced, "2021-08-16 10:00", TRA_SON)
    assert (forecast["by_unit_and_procedure"], forecast["by_procedure"], forecast["expected_late"]) == (0, 1, 0.1)


def test_the_finishes_of_a_unit_count_for_its_successor(app_client: Client) -> None:
    app_client.now = at("2025-06-27 09:00")
    clerk, officer = app_client.token("clerk", TRA_MY), app_client.token("officer", TRA_MY)
    for _ in range(50):
        code = received(app_client, clerk, at="2025-06-27T09:00:00+07:00")["code"]
        act(app_client, officer, code, "finish", outcome="granted")
    app_client.now = at("2025-07-02 09:00")
    # Trà My bears the code 20900 since July 2025.
    applicant = {**HOA, "commune": TRA_SON}
    new = {"receiving_unit": TRA_SON, "applicant": applicant, "at": "2025-07-02T09:00:00+07:00"}
    received(app_client, app_client.token("clerk", TRA_SON), **new)
    load = row(workload(app_client, projection="true", unit=TRA_SON), TRA_SON)
    assert (load["name"], load["projection"]["by_unit_and_procedure"]) == ("Trà My", 1)


def test_without_finishes_there_is_no_forecast(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    content = workload(app_client, projection="true")
    for load in (row(content, TRA_MY), content["total"]):
        assert (load["projection"]["not_compared"], load["projection"]["expected_late"]) == (1, None)
    assert row(workload(app_client), TRA_MY)["projection"] is None


# --- Officers ---------------------------------------------------------------------------------------------------------


def test_rows_for_officers_agree_with_the_work_list_of_each(app_client: Client, clerk: str) -> None:
    for name in ("Trần Văn Minh", "Trần Văn Minh", "Lê Thị Lan", None):
        received(app_client, clerk, officer=name)
    app_client.now = at("2021-08-19 09:00")
    content = workload(app_client, token=clerk, by="officer", projection="true")
    assert [(entry["key"], entry["officer"], entry["open"]) for entry in content["rows"]] == [
        (TRA_MY, None, 1),
        (TRA_MY, "Lê Thị Lan", 1),
        (TRA_MY, "Trần Văn Minh", 2),
    ]
    for load in content["rows"]:
        if load["officer"]:
            theirs = {"officer": load["officer"], "holder_unit_id": load["id"]}
            assert load["open"] == listed(app_client, clerk, **theirs) == load["due_soon"]
        assert (load["arriving"], load["leaving"]) == (None, None)
        assert load["projection"]["in_time"] == load["open"]
    assert (content["total"]["open"], content["total"]["arriving"]) == (4, None)


def test_spellings_of_a_name_are_one_officer_and_other_names_are_not(app_client: Client, clerk: str) -> None:
    for name in ("Trần Thị Hoà", "Trần Thị Hoà", "TRẦN  THỊ HÒA", "Tran Thi Hoa", "Đỗ Ân", "Ðỗ Ân", "Đỗ An"):
        received(app_client, clerk, officer=name)
    content = workload(app_client, token=clerk, by="officer")
    rows = {entry["officer"]: entry["open"] for entry in content["rows"]}
    assert rows == {"Trần Thị Hoà": 3, "Tran Thi Hoa": 1, "Ðỗ Ân": 2, "Đỗ An": 1}
    assert {name: listed(app_client, clerk, officer=name) for name in rows} == rows
    assert listed(app_client, clerk, officer="trần thị hòa") == 3


def test_staff_see_the_officers_of_their_own_units_alone(app_client: Client, clerk: str, supervisor: str) -> None:
    received(app_client, clerk)
    other = app_client.token("officer", TRA_SON)
    received(app_client, app_client.token("clerk", TRA_SON), receiving_unit=TRA_SON, officer="Hồ Văn Ba")
    assert [entry["officer"] for entry in workload(app_client, token=other, by="officer")["rows"]] == ["Hồ Văn Ba"]
    assert len(workload(app_client, token=supervisor, by="officer")["rows"]) == 2
    narrowed = workload(app_client, token=supervisor, by="officer", unit=TRA_MY)
    assert [entry["key"] for entry in narrowed["rows"]] == [TRA_MY]
    # The district's subtree holds the caller's unit among others.
    wide = workload(app_client, token=other, by="officer", unit="515")
    assert [entry["key"] for entry in wide["rows"]] == [TRA_SON]
    refused = app_client.get(WORKLOAD, params={"by": "officer", "unit": TRA_MY}, token=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "unit_of_others")


def test_officers_are_not_shown_to_the_public_or_to_reporters(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    answers = [
        app_client.get(WORKLOAD, params={"by": "officer"}),
        app_client.get(WORKLOAD, params={"by": "officer"}, token="no-such-token"),
        app_client.get(WORKLOAD, params={"by": "officer"}, token=app_client.token("reporter", TRA_MY)),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (401, "token_missing"),
        (401, "token_unknown"),
        (403, "role_may_not"),
    ]


def test_public_answers_have_no_names_of_people(app_client: Client, clerk: str, officer: str) -> None:
    received(app_client, clerk)
    for accept in ("application/json", "text/csv"):
        answer = app_client.get(WORKLOAD, params={"projection": "true"}, headers={"Accept": accept}, token=clerk)
        assert "20899" in answer.text
        for name in ("Minh", "Hoa", "0905123456", "049185001234"):
            assert name not in answer.text
        assert "private" not in answer.headers["cache-control"]
    mine = app_client.get(WORKLOAD, params={"by": "officer"}, token=clerk)
    assert "Minh" in mine.text
    assert "private" in mine.headers["cache-control"]


# --- Parameters -------------------------------------------------------------------------------------------------------


def test_a_unit_stands_for_its_subtree(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    district = workload(app_client, unit="515")
    commune = workload(app_client, unit_id=row(district, TRA_MY)["id"])
    assert (district["total"]["open"], len(commune["rows"]), commune["total"]["open"]) == (1, 1, 1)
    assert workload(app_client, unit=[TRA_SON, "20902"])["total"]["open"] == 0


def test_a_former_unit_has_a_row_while_the_window_has_a_figure_of_it(app_client: Client) -> None:
    app_client.now = at("2025-06-27 09:00")
    code = received(app_client, app_client.token("clerk", TRA_MY), at="2025-06-27T09:00:00+07:00")["code"]
    act(app_client, app_client.token("officer", TRA_MY), code, "finish", outcome="granted")
    app_client.now = at("2025-07-02 09:00")
    former = row(workload(app_client), TRA_MY)
    assert (former["open"], former["arriving"]["received"], former["leaving"]["finished"]) == (0, 1, 1)
    app_client.now = at("2025-12-02 09:00")
    assert TRA_MY not in [entry["key"] for entry in workload(app_client)["rows"]]


@pytest.mark.parametrize(
    ("parameters", "code", "pointer"),
    [
        ({"by": "field"}, "invalid", "/by"),
        ({"basis": "receiving"}, "invalid", "/basis"),
        ({"unit": "99999"}, "unknown_unit", "/unit"),
        ({"unit_id": "123456"}, "unknown_unit", "/unit_id"),
        ({"unit_id": "99999999999999999999"}, "invalid", "/unit_id/0"),
        ({"idle_days": "0"}, "invalid", "/idle_days"),
        ({"idle_days": "251"}, "invalid", "/idle_days"),
        ({"idle_days": "five"}, "invalid", "/idle_days"),
        ({"projection": "perhaps"}, "invalid", "/projection"),
        ({"on": "2021-02-30"}, "invalid", "/on"),
        ({"units": TRA_MY}, "unknown_parameter", "/units"),
        ({"from": "2021-01-01"}, "unknown_parameter", "/from"),
    ],
)
def test_an_invalid_question_is_refused(
    app_client: Client, parameters: dict[str, str], code: str, pointer: str
) -> None:
    answer = app_client.get(WORKLOAD, params=parameters)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_re_used_code_means_the_unit_of_the_date(app_client: Client) -> None:
    app_client.now = at("2025-08-01 09:00")
    assert [entry["name"] for entry in workload(app_client, unit=TRA_SON)["rows"]] == ["Trà My"]
    former = workload(app_client, unit=TRA_SON, on="2025-06-30")
    assert (former["rows"], former["total"]["open"]) == ([], 0)


def test_a_table_has_a_line_for_each_row_and_the_total(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    answer = app_client.get(WORKLOAD, params={"unit": TRA_MY}, headers={"Accept": "text/csv"})
    assert app_client.get(f"{WORKLOAD}.csv", params={"unit": TRA_MY}).content == answer.content
    lines = csv_lines(answer)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert [(line["key"], line["open"], line["overdue_up_to_2"], line["arriving_received"]) for line in lines] == [
        (TRA_MY, "1", "0", "0"),
        ("total", "1", "0", "0"),
    ]


def test_a_client_with_the_answer_gets_304(app_client: Client, clerk: str) -> None:
    first = app_client.get(WORKLOAD)
    again = app_client.get(WORKLOAD, headers={"If-None-Match": first.headers["etag"]})
    received(app_client, clerk)
    changed = app_client.get(WORKLOAD, headers={"If-None-Match": first.headers["etag"]})
    assert [answer.status_code for answer in (first, again, changed)] == [200, 304, 200]


def test_names_are_english_on_request(app_client: Client) -> None:
    answer = app_client.get(WORKLOAD, headers={"Accept-Language": "en"})
    assert answer.json()["total"]["name"] == "Total"
