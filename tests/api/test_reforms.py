"""Published calendars re-date open dossiers, and a succeeded unit passes its dossiers on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, corrected, guardianship, received
from tests.support.client import Client


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator")


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


def calendar(client: Client, year: int, **changes: Any) -> dict[str, Any]:
    """The year as published, to be published again with changes."""
    stored = client.get(f"/api/v1/calendar/{year}").json()
    kept = {name: stored[name] for name in ("status", "decision", "days_off", "working_days")}
    return {**kept, **changes}


def with_day_off(client: Client, day: str) -> dict[str, Any]:
    body = calendar(client, 2021, decision="nghỉ bổ sung")
    return {**body, "days_off": [*body["days_off"], day]}


class TestPublishing:
    def test_an_open_dossier_is_re_dated_with_a_journal_entry_that_keeps_both_dates(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        answer = app_client.put("/api/v1/calendar/2021", with_day_off(app_client, "2021-08-18"), token=administrator)
        dossier = app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()
        entry = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"][1]

        assert (answer.status_code, answer.json()["moved"]) == (200, 1)
        assert (dossier["due_date"], dossier["version"]) == ("2021-08-20", 2)
        assert (entry["type"], entry["data"]["was"]["due_date"]) == ("redate", "2021-08-19")
        assert (entry["data"]["deadline"]["due_date"], entry["data"]["decision"]) == ("2021-08-20", "nghỉ bổ sung")

    def test_a_dry_run_lists_the_changes_and_makes_none(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        body = with_day_off(app_client, "2021-08-18")
        answer = app_client.put("/api/v1/calendar/2021?dry_run=true", body, token=administrator)

        assert answer.json() == {
            "year": 2021,
            "dry_run": True,
            "moved": 1,
            "dossiers": [
                {
                    "code": code,
                    "due_date_before": "2021-08-19",
                    "due_date": "2021-08-20",
                    "provisional": False,
                    "promised_date_before": None,
                    "promised_date": None,
                }
            ],
        }
        assert app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["due_date"] == "2021-08-19"
        assert "2021-08-18" not in app_client.get("/api/v1/calendar/2021").json()["days_off"]

    def test_a_dry_run_is_refused_for_another_revision_as_the_publication_would_be(
        self, app_client: Client, administrator: str
    ) -> None:
        body = with_day_off(app_client, "2021-08-18")
        for query in ("?dry_run=true", ""):
            for version, status in (('"99"', 412), ("99", 400)):
                path = f"/api/v1/calendar/2021{query}"
                answer = app_client.put(path, body, token=administrator, headers={"If-Match": version})
                assert answer.status_code == status, answer.text

    def test_finished_dossiers_never_change(self, app_client: Client, clerk: str, administrator: str) -> None:
        officer = app_client.token("officer", "20899")
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "finish", outcome="granted")
        body = with_day_off(app_client, "2021-08-18")

        assert app_client.put("/api/v1/calendar/2021", body, token=administrator).json()["moved"] == 0
        assert app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["due_date"] == "2021-08-19"

    def test_one_under_suspension_follows_when_it_ends(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        officer = app_client.token("officer", "20899")
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-supplement", reason="thiếu")
        body = with_day_off(app_client, "2021-08-18")
        moved = app_client.put("/api/v1/calendar/2021", body, token=administrator).json()["moved"]
        waiting = app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["due_date"]
        back = act(app_client, clerk, code, "supplement")

        assert (moved, waiting, back["due_date"]) == (0, "2021-08-19", "2021-08-20")

    def test_a_dossier_corrected_onto_days_published_since_follows_them(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        supervisor = app_client.token("supervisor", "20899")
        code = received(app_client, clerk)["code"]
        app_client.now += timedelta(days=2)
        body = with_day_off(app_client, "2021-08-20")
        moved = app_client.put("/api/v1/calendar/2021", body, token=administrator).json()["moved"]
        correction = {"sequence": 1, "reason": "x", "changes": {"at": "2021-08-17T08:30:00+07:00"}}
        after = corrected(app_client, supervisor, code, **correction)
        rehearsed = app_client.put("/api/v1/calendar/2021?dry_run=true", body, token=administrator).json()["moved"]

        assert (moved, after["due_date"], rehearsed) == (0, "2021-08-23", 0)

    def test_a_correction_of_words_brings_no_later_decision_into_a_finished_dossier(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        supervisor = app_client.token("supervisor", "20899")
        code = received(app_client, clerk)["code"]
        act(app_client, supervisor, code, "reschedule", reason="bão", promised_date="2021-08-25")
        act(app_client, supervisor, code, "finish", outcome="granted")
        app_client.now += timedelta(hours=1)
        body = with_day_off(app_client, "2021-08-25")
        app_client.put("/api/v1/calendar/2021", body, token=administrator)
        correction = {"sequence": 1, "reason": "x", "changes": {"officer": "Lê Văn Tám"}}
        after = corrected(app_client, supervisor, code, **correction)

        assert (after["promised_date"], after["flags"]) == ("2021-08-25", ["corrected"])

    def test_publishing_the_same_again_changes_nothing(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        before = app_client.get("/api/v1/calendar/2021").json()
        answer = app_client.put("/api/v1/calendar/2021", calendar(app_client, 2021), token=administrator)

        assert answer.json()["moved"] == 0
        assert app_client.get("/api/v1/calendar/2021").json() == before
        assert app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["version"] == 1

    def test_an_official_list_takes_the_provisional_mark_away(self, app_client: Client, administrator: str) -> None:
        app_client.now = datetime(2026, 12, 30, 2, tzinfo=UTC)
        clerk = app_client.token("clerk", "20900")
        body = guardianship(receiving_unit="20900", at="2026-12-30T09:00:00+07:00")
        first = app_client.post(DOSSIERS, body, token=clerk).json()
        year = {"status": "official", "decision": "x", "days_off": ["2027-01-01"], "working_days": []}
        moved = app_client.put("/api/v1/calendar/2027", year, token=administrator).json()["moved"]
        after = app_client.get(f"{DOSSIERS}/{first['code']}", token=clerk).json()

        assert (first["due_date"], first["provisional"]) == ("2027-01-05", True)
        assert (moved, after["due_date"], after["provisional"]) == (1, "2027-01-05", False)

    def test_a_client_with_another_revision_publishes_nothing(
        self, app_client: Client, clerk: str, administrator: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        tag = app_client.get("/api/v1/calendar/2021").headers["etag"]
        body, path = with_day_off(app_client, "2021-08-18"), "/api/v1/calendar/2021"
        refused = app_client.put(path, body, token=administrator, headers={"If-Match": '"77"'})
        due = app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["due_date"]
        done = app_client.put(path, body, token=administrator, headers={"If-Match": tag})

        assert (refused.status_code, due) == (412, "2021-08-19")
        assert (done.status_code, done.json()["moved"]) == (200, 1)

    @pytest.mark.parametrize(
        "changes",
        [
            {"days_off": ["2022-01-03"]},
            {"days_off": ["2021-05-08"], "working_days": ["2021-05-08"]},
            {"working_days": ["2021-05-05"]},
            {"days_off": ["2021-02-30"]},
            {"status": "maybe"},
        ],
    )
    def test_a_calendar_that_contradicts_itself_is_refused(
        self, app_client: Client, administrator: str, changes: dict[str, Any]
    ) -> None:
        body = calendar(app_client, 2021, **changes)

        assert app_client.put("/api/v1/calendar/2021", body, token=administrator).status_code == 422

    def test_only_an_administrator_publishes(self, app_client: Client, clerk: str) -> None:
        body = calendar(app_client, 2021)

        assert app_client.put("/api/v1/calendar/2021", body).status_code == 401
        assert app_client.put("/api/v1/calendar/2021", body, token=clerk).status_code == 403


class TestSuccession:
    def unit_id(self, client: Client, code: str) -> int:
        units = client.get("/api/v1/units", params={"on": "2021-08-16", "limit": 500}).json()["items"]
        return next(int(unit["id"]) for unit in units if unit["code"] == code)

    def test_dossiers_that_are_not_closed_move_and_history_stays(self, app_client: Client, administrator: str) -> None:
        clerk, officer = app_client.token("clerk", "515.03"), app_client.token("officer", "515.03")
        heir = app_client.token("clerk", "515.02")
        body = {"receiving_unit": "515.03", "responsible_unit": "515.03"}
        open_one = received(app_client, clerk, **body)["code"]
        done = received(app_client, clerk, **body)["code"]
        act(app_client, officer, done, "finish", outcome="granted")
        act(app_client, clerk, done, "return", received_by="Hoa")
        self._end_seeded(app_client, administrator)
        after = app_client.get(f"{DOSSIERS}/{open_one}", token=heir).json()
        old = app_client.get(f"{DOSSIERS}/{done}", token=heir).json()

        for name in ("responsible_unit", "holder_unit", "counter_unit"):
            assert after[name]["code"] == "515.02", name
            assert old[name]["code"] == "515.03", name
        assert after["receiving_unit"]["code"] == "515.03"
        assert after["code"] == open_one
        entries = app_client.get(f"{DOSSIERS}/{open_one}/journal", token=heir).json()["items"]
        assert entries[-1]["type"] == "succeed"

    def test_the_old_units_token_acts_for_the_successor(self, app_client: Client, administrator: str) -> None:
        clerk = app_client.token("clerk", "515.03")
        code = received(app_client, clerk, receiving_unit="515.03", responsible_unit="515.03")["code"]
        self._end_seeded(app_client, administrator)

        assert act(app_client, clerk, code, "withdraw", request="đơn")["status"] == "withdrawn"

    def test_a_receipt_backdated_to_the_old_unit_moves_at_once(self, app_client: Client, administrator: str) -> None:
        clerk = app_client.token("clerk", "515.03")
        self._end_seeded(app_client, administrator)
        body = guardianship(receiving_unit="515.03", responsible_unit="515.03", at="2021-08-15T09:00:00+07:00")
        dossier = app_client.post(DOSSIERS, body, token=clerk).json()

        assert dossier["receiving_unit"]["code"] == "515.03"
        assert (dossier["holder_unit"]["code"], dossier["version"]) == ("515.02", 2)

    def test_a_correction_to_a_unit_that_is_gone_moves_on_at_once(self, app_client: Client, administrator: str) -> None:
        supervisor = app_client.token("supervisor", "515")
        code = received(app_client, supervisor, at="2021-08-15T09:00:00+07:00")["code"]
        self._end_seeded(app_client, administrator)
        body = {"sequence": 1, "reason": "x", "changes": {"responsible_unit": "515.03"}}
        after = corrected(app_client, supervisor, code, **body)

        assert after["responsible_unit"]["code"] == "515.02"

    def test_a_successor_cannot_end_before_it_took_over(self, app_client: Client, administrator: str) -> None:
        heir = self.unit_id(app_client, "515.02")
        self._end_seeded(app_client, administrator)
        answer = app_client.patch(f"/api/v1/units/{heir}", {"valid_to": "2021-03-01"}, token=administrator)

        assert (answer.status_code, answer.json()["code"]) == (422, "period_invalid")

    def test_a_client_with_another_version_of_the_unit_changes_nothing(
        self, app_client: Client, administrator: str
    ) -> None:
        unit = self._new_office(app_client, administrator)
        body, path = {"into": "515.02", "on": "2021-08-16"}, f"/api/v1/units/{unit}/succeed"

        assert app_client.post(path, body, token=administrator, headers={"If-Match": '"9"'}).status_code == 412
        assert app_client.post(path, body, token=administrator, headers={"If-Match": '"1"'}).status_code == 200

    def test_units_cannot_succeed_each_other_in_a_circle(self, app_client: Client, administrator: str) -> None:
        gone, heir = self.unit_id(app_client, "515.03"), self.unit_id(app_client, "515.02")
        clerk = app_client.token("clerk", "515.03")
        self._end_seeded(app_client, administrator)
        app_client.patch(f"/api/v1/units/{heir}", {"valid_to": None}, token=administrator)
        for body in ({"into": gone, "on": "2021-08-10"}, {"into": "515.04", "on": "2021-08-16"}):
            answer = app_client.post(f"/api/v1/units/{heir}/succeed", body, token=administrator)
            assert answer.status_code == 422, answer.text
        assert app_client.get(DOSSIERS, token=clerk).status_code == 200

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"on": "2021-08-17"}, 422),
            ({"on": "2018-01-01"}, 422),
            ({"into": "515.99"}, 422),
            ({"into": "9999"}, 422),
        ],
    )
    def test_a_succession_that_cannot_be_is_refused(
        self, app_client: Client, administrator: str, changes: dict[str, Any], status: int
    ) -> None:
        unit = self._new_office(app_client, administrator)
        body = {"into": "515.02", "on": "2021-08-16", **changes}
        path = f"/api/v1/units/{unit}/succeed"

        assert app_client.post(path, body, token=administrator).status_code == status

    def _new_office(self, client: Client, administrator: str) -> int:
        body = {
            "code": "515.99",
            "name": "Phòng thử",
            "kind": "office",
            "type": "Phòng ban",
            "agency_identifier": "000.99.15.H47",
            "parent": "515",
            "valid_from": "2021-01-01",
        }
        answer = client.post("/api/v1/units", body, token=administrator)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def _end_seeded(self, client: Client, administrator: str) -> None:
        """The seeded offices end in 2025 without a successor; this one is succeeded already on 16 August 2021."""
        unit = self.unit_id(client, "515.03")
        reopened = client.patch(f"/api/v1/units/{unit}", {"valid_to": None}, token=administrator)
        assert reopened.status_code == 200, reopened.text
        client.now += timedelta(minutes=1)
        body = {"into": "515.02", "on": "2021-08-16"}
        answer = client.post(f"/api/v1/units/{unit}/succeed", body, token=administrator)
        assert answer.status_code == 200, answer.text
