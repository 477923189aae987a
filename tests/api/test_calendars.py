"""Calendar years through HTTP: the official ones with their names, provisional ones made when needed (rules §3)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.catalogue.provisional import provisional_year
from app.domain.errors import Invalid
from app.domain.working_days import CalendarStatus
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Call, Client

CALENDAR, DEADLINE = "/api/v1/calendar", "/api/v1/deadline"


def deadline_of(received: str, amount: int = 3) -> dict[str, Any]:
    return {"limit": {"amount": amount, "unit": "working_day"}, "received_at": f"{received}T08:00:00+07:00"}


def test_an_official_year_names_each_day_off_and_each_make_up_day(app_client: Client) -> None:
    year = app_client.get(f"{CALENDAR}/2026").json()
    assert (year["status"], year["revision"], year["source"]) == ("official", 1, None)
    assert {"2026-01-02", "2026-11-24"} <= set(year["days_off"])
    assert year["working_days"] == ["2026-01-10", "2026-08-22"]
    assert set(year["names"]) == {*year["days_off"], *year["working_days"]}
    assert year["names"]["2026-11-24"] == "Ngày Văn hóa Việt Nam 24/11"
    assert year["names"]["2026-01-10"] == "Làm bù ngày 2/1/2026"
    assert "12729/VPCP-KGVX" in year["decision"]


def test_a_reported_year_is_provisional_and_says_that_its_letter_was_not_read(app_client: Client) -> None:
    year = app_client.get(f"{CALENDAR}/2027").json()
    assert (year["status"], year["revision"], year["source"]) == ("provisional", 1, None)
    assert "chưa đối chiếu bản gốc" in year["decision"]
    answer = app_client.post(DEADLINE, deadline_of("2027-02-03")).json()
    assert (answer["due_date"], answer["provisional"]) == ("2027-02-15", True)


def test_a_year_that_was_not_needed_yet_is_not_found(app_client: Client) -> None:
    for year in ("2028", "2017", "0", "-5", str(10**20)):
        answer = app_client.get(f"{CALENDAR}/{year}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_calendar")
    assert app_client.get(f"{CALENDAR}/next").status_code == 422


def test_a_client_with_the_present_etag_of_the_year_gets_304(app_client: Client) -> None:
    tag = app_client.get(f"{CALENDAR}/2021").headers["ETag"]
    assert app_client.get(f"{CALENDAR}/2021", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("year", "received", "due"), [(2028, "2028-01-03", "2028-01-06"), (2017, "2017-04-28", "2017-05-05")]
)
def test_a_computation_that_needs_a_year_without_a_calendar_stores_a_provisional_one(
    app_client: Client, year: int, received: str, due: str
) -> None:
    answer = app_client.post(DEADLINE, deadline_of(received))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["due_date"], answer.json()["provisional"]) == (due, True)
    stored = app_client.get(f"{CALENDAR}/{year}").json()
    assert (stored["status"], stored["revision"], stored["decision"]) == ("provisional", 1, None)
    assert stored["source"].startswith("holidays ")


def test_a_computation_over_several_missing_years_stores_each(app_client: Client) -> None:
    answer = app_client.post(DEADLINE, deadline_of("2028-06-01", amount=366))
    assert answer.status_code == 200, answer.text
    assert answer.json()["due_date"][:4] == "2029"
    assert [app_client.get(f"{CALENDAR}/{year}").status_code for year in (2028, 2029)] == [200, 200]


def test_requests_that_need_the_same_year_at_once_store_it_once(app_client: Client) -> None:
    answers = app_client.together([Call("POST", DEADLINE, deadline_of("2028-01-03")) for _ in range(8)])
    assert [answer.status_code for answer in answers] == [200] * 8
    assert app_client.get(f"{CALENDAR}/2028").json()["revision"] == 1


def test_a_year_that_not_even_the_library_knows_is_refused(app_client: Client) -> None:
    answer = app_client.post(DEADLINE, deadline_of("2101-01-03"))
    assert (answer.status_code, answer.json()["code"]) == (422, "calendar_unknown")
    assert app_client.get(f"{CALENDAR}/2101").status_code == 404


class TestNearYears:
    """Near years have a calendar before the first request (rules §3)."""

    @staticmethod
    def stored(client: Client, years: range) -> list[int]:
        return [year for year in years if client.get(f"{CALENDAR}/{year}").status_code == 200]

    def test_a_start_stores_last_year_to_four_years_from_now(self, seeded_url: str) -> None:
        with Client(seeded_url, datetime(2026, 12, 31, 1, tzinfo=UTC)) as client:
            assert self.stored(client, range(2024, 2033)) == [2024, 2025, 2026, 2027, 2028, 2029, 2030]
            year = client.get(f"{CALENDAR}/2030").json()
        assert (year["status"], year["revision"], year["decision"]) == ("provisional", 1, None)

    def test_a_start_years_later_leaves_no_gap(self, seeded_url: str) -> None:
        with Client(seeded_url, datetime(2031, 5, 5, 1, tzinfo=UTC)) as client:
            assert self.stored(client, range(2026, 2037)) == list(range(2026, 2036))

    def test_a_second_start_changes_nothing(self, seeded_url: str) -> None:
        now = datetime(2026, 12, 31, 1, tzinfo=UTC)
        with Client(seeded_url, now) as client:
            before = client.get(f"{CALENDAR}/2028")
        with Client(seeded_url, now) as client:
            after = client.get(f"{CALENDAR}/2028")
        assert (after.json(), after.headers["ETag"]) == (before.json(), before.headers["ETag"])

    def test_a_start_beyond_the_years_of_the_library_serves_all_the_same(self, seeded_url: str) -> None:
        with Client(seeded_url, datetime(2098, 5, 5, 1, tzinfo=UTC)) as client:
            assert client.get("/readyz").status_code == 200


def test_a_late_receipt_stores_the_years_from_its_own_to_the_first_stored_one(app_client: Client) -> None:
    administrator, supervisor = app_client.token("administrator"), app_client.token("supervisor")
    version = {"effective_from": "2010-01-01", "limits": {"amount": 3, "unit": "working_day"}}
    procedure = {"code": "7.1", "name": "Thủ tục", "field": "Hộ tịch", "level": "commune", "catalogue": 1}
    body = {**procedure, "versions": [version]}
    assert app_client.post("/api/v1/procedures", body, token=administrator).status_code == 201
    unit = {"code": "7", "name": "Cũ", "kind": "commune", "type": "Xã", "agency_identifier": "H17.07"}
    old_unit = app_client.post("/api/v1/units", {**unit, "valid_from": "2010-01-01"}, token=administrator)
    assert old_unit.status_code == 201, old_unit.text
    late = {"procedure": "7.1", "receiving_unit": "7", "at": "2014-03-03T09:00:00+07:00", "reason": "sổ cũ"}

    answer = app_client.post(DOSSIERS, guardianship(**late), token=supervisor)

    assert answer.status_code == 201, answer.text
    assert (answer.json()["due_date"], answer.json()["provisional"]) == ("2014-03-06", True)
    # The dossier is open, so each look compares its due date with today.
    assert app_client.get(f"{DOSSIERS}/{answer.json()['code']}", token=supervisor).json()["working_days_left"] < -1000
    assert app_client.get(f"{CALENDAR}/2015").status_code == 200


def test_an_action_that_misses_a_year_is_done_once_under_its_key(app_client: Client) -> None:
    clerk, supervisor = app_client.token("clerk", "20899"), app_client.token("supervisor", "20899")
    code = received(app_client, clerk)["code"]
    body = {"promised_date": "2028-02-16", "reason": "phức tạp"}
    path, key = f"{DOSSIERS}/{code}/reschedule", {"Idempotency-Key": "hen-lai"}

    first = app_client.post(path, body, token=supervisor, headers=key)
    again = app_client.post(path, body, token=supervisor, headers=key)

    assert first.status_code == 200, first.text
    assert first.json()["promised_date"] == "2028-02-16"
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert app_client.get(f"{CALENDAR}/2028").status_code == 200


def test_a_provisional_year_has_the_holidays_that_the_law_names() -> None:
    year = provisional_year(2027)
    assert year.status is CalendarStatus.PROVISIONAL
    assert {date(2027, 1, 1), date(2027, 4, 30), date(2027, 9, 2), date(2027, 11, 24)} <= year.days_off
    assert all(day.weekday() < 5 for day in year.days_off)
    assert set(year.names) == year.days_off | year.working_days


def test_a_year_beyond_the_library_is_never_a_year_without_holidays() -> None:
    for year in (1850, 2150):
        with pytest.raises(Invalid) as refusal:
            provisional_year(year)
        assert refusal.value.code == "calendar_unknown"
