"""Units through HTTP: codes that are re-used, validity, opening hours, and rights to change them (rules §3, §12)."""

import unicodedata
from typing import Any

import pytest

from tests.support.bodies import NEW_UNIT
from tests.support.client import Client

UNITS = "/api/v1/units"

DOSSIER = {
    "procedure": "1.004837",
    "receiving_unit": "20899",
    "applicant": {"name": "Nguyễn Thị Hoa"},
    "at": "2021-08-16T08:30:00+07:00",
}


def items(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(UNITS, params={"limit": 500, **query})
    assert answer.status_code == 200, answer.text
    content: list[dict[str, Any]] = answer.json()["items"]
    return content


def unit(client: Client, code: str, on: str = "2021-08-16") -> dict[str, Any]:
    (match,) = [item for item in items(client, on=on) if item["code"] == code]
    return match


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    return problem


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "communes", "offices"), [("2021-08-16", 13, 13), ("2025-07-01", 5, 0), ("2017-12-31", 0, 0)]
)
def test_units_of_a_date_are_those_that_exist_on_it(app_client: Client, on: str, communes: int, offices: int) -> None:
    assert len(items(app_client, kind="commune", on=on)) == communes
    assert len(items(app_client, kind="office", on=on)) == offices


def test_without_a_date_all_units_there_ever_were_are_listed(app_client: Client) -> None:
    assert len(items(app_client)) == 34
    assert len(items(app_client, kind=["commune", "office"])) == 31


def test_a_code_that_was_used_again_belongs_to_two_units_with_ids_of_their_own(app_client: Client) -> None:
    old, new = unit(app_client, "20900", "2025-06-30"), unit(app_client, "20900", "2025-07-01")
    assert (old["name"], new["name"]) == ("Trà Sơn", "Trà My")
    assert old["successor"] == {"id": new["id"], "code": "20900", "name": "Trà My"}
    assert old["valid_to"] == "2025-06-30"
    assert new["valid_to"] is None


def test_a_unit_shows_its_parent_and_the_usual_opening_hours(app_client: Client) -> None:
    office = unit(app_client, "515.03")
    assert app_client.get(f"{UNITS}/{office['id']}").json() == office
    assert office["parent"]["name"] == "Bắc Trà My"
    assert office["sessions"][:2] == [
        {"weekday": 1, "from": "07:00", "to": "11:30", "reception_only": False},
        {"weekday": 1, "from": "13:30", "to": "17:00", "reception_only": False},
    ]
    assert {session["weekday"] for session in office["sessions"]} == {1, 2, 3, 4, 5}


def test_units_beneath_a_parent_are_named_by_its_code_or_its_id(app_client: Client) -> None:
    district = unit(app_client, "515")
    assert len(items(app_client, parent="515")) == 26
    assert items(app_client, parent_id=district["id"]) == items(app_client, parent="515")


def test_pages_cover_the_whole_list_once_and_in_order(app_client: Client) -> None:
    seen: list[tuple[str, int]] = []
    query: dict[str, Any] = {"limit": 7}
    while True:
        page = app_client.get(UNITS, params=query).json()
        assert len(page["items"]) <= 7
        seen += [(item["code"], item["id"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == 34


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"kind": "village"}, 422, "invalid"),
        ({"on": "2021-02-30"}, 422, "invalid"),
        ({"limit": 0}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
        ({"cursor": "nonsense"}, 400, "bad_cursor"),
        ({"parent": "99999"}, 422, "unknown_unit"),
        ({"parent_id": 999}, 422, "unknown_unit"),
        ({"parent": "20908", "on": "2017-01-01"}, 422, "ambiguous_unit"),
    ],
)
def test_a_query_that_means_nothing_is_refused(app_client: Client, query: Any, status: int, code: str) -> None:
    refused(app_client.get(UNITS, params=query), status, code)


def test_an_unknown_id_is_not_found(app_client: Client) -> None:
    refused(app_client.get(f"{UNITS}/999"), 404, "unknown_unit")
    refused(app_client.get(f"{UNITS}/{10**30}"), 404, "unknown_unit")


def test_a_client_with_the_present_etag_of_the_list_gets_304(app_client: Client) -> None:
    path = f"{UNITS}/{unit(app_client, '20899')['id']}"
    tag = app_client.get(path).headers["ETag"]
    again = app_client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    app_client.patch(path, {"phone": "0235 3882 123"}, token=app_client.token("administrator"))
    assert app_client.get(path, headers={"If-None-Match": tag}).status_code == 200


# --- Adding -----------------------------------------------------------------------------------------------------------


def test_a_new_unit_can_be_read_where_its_answer_says(app_client: Client) -> None:
    made = app_client.post(UNITS, NEW_UNIT, token=app_client.token("administrator"))
    assert made.status_code == 201, made.text
    assert made.json()["parent"]["code"] == "515"
    assert app_client.get(made.headers["Location"]).json() == made.json()


def test_a_name_sent_decomposed_is_stored_composed(app_client: Client) -> None:
    name = unicodedata.normalize("NFD", "Trà Nóc")
    made = app_client.post(UNITS, {**NEW_UNIT, "name": name}, token=app_client.token("administrator"))
    assert made.json()["name"] == "Trà Nóc"


@pytest.mark.parametrize("role", ["clerk", "officer", "supervisor", "reporter"])
def test_only_administrators_change_reference_data(app_client: Client, role: str) -> None:
    before = items(app_client)
    refused(app_client.post(UNITS, NEW_UNIT), 401, "token_missing")
    refused(app_client.post(UNITS, NEW_UNIT, token=app_client.token(role)), 403, "administrators_only")
    path = f"{UNITS}/{before[0]['id']}"
    refused(app_client.patch(path, {"name": "X"}, token=app_client.token(role)), 403, "administrators_only")
    assert items(app_client) == before


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "Trà\u202eMy"}, 422, "direction_marks"),
        ({"name": "Trà\u0000My"}, 422, "control_characters"),
        ({"name": ""}, 422, "invalid"),
        ({"kind": "village"}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
        ({"valid_from": "2021-02-30"}, 422, "invalid"),
        ({"valid_to": "2020-12-31"}, 422, "period_invalid"),
        ({"agency_identifier": "H47-1"}, 422, "agency_identifier_invalid"),
        ({"parent": "99999"}, 422, "unknown_unit"),
        ({"parent": "48", "valid_from": "2017-01-01"}, 422, "unit_not_valid"),
        ({"parent": "515", "valid_from": "2025-07-01"}, 422, "unit_not_valid"),
        ({"parent": "20899"}, 422, "parent_invalid"),
        ({"code": "20899"}, 409, "code_in_use"),
        ({"code": "20900", "parent": "48", "valid_from": "2026-01-01"}, 409, "code_in_use"),
        ({"code": "../x"}, 422, "invalid"),
        ({"sessions": []}, 422, "sessions_invalid"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused_and_leaves_no_trace(
    app_client: Client, change: Any, status: int, code: str
) -> None:
    before = items(app_client)
    refused(app_client.post(UNITS, {**NEW_UNIT, **change}, token=app_client.token("administrator")), status, code)
    assert items(app_client) == before


def test_a_code_may_be_used_again_once_its_unit_has_ended(app_client: Client) -> None:
    body = {**NEW_UNIT, "code": "20899", "parent": "48", "valid_from": "2025-07-01"}
    made = app_client.post(UNITS, body, token=app_client.token("administrator"))
    assert made.status_code == 201, made.text
    assert made.json()["id"] != unit(app_client, "20899")["id"]


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_a_change_leaves_the_fields_that_it_does_not_name(app_client: Client) -> None:
    before = unit(app_client, "20899")
    change = {"address": "Tổ dân phố Đồng Bàu", "phone": "0235 3882 123"}
    after = app_client.patch(f"{UNITS}/{before['id']}", change, token=app_client.token("administrator"))
    assert after.status_code == 200, after.text
    assert after.json() == {**before, **change}
    cleared = app_client.patch(f"{UNITS}/{before['id']}", {"phone": None}, token=app_client.token("administrator"))
    assert cleared.json() == {**before, "address": change["address"]}


def test_a_change_of_another_version_than_there_is_now_is_refused(app_client: Client) -> None:
    token, path = app_client.token("administrator"), f"{UNITS}/{unit(app_client, '20899')['id']}"
    tag = app_client.get(path).headers["ETag"]
    changed = app_client.patch(path, {"phone": "1"}, token=token, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    refused(app_client.patch(path, {"phone": "2"}, token=token, headers={"If-Match": tag}), 412, "version_changed")
    assert app_client.get(path).json()["phone"] == "1"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": None}, 422, "field_needed"),
        ({"code": "1"}, 422, "invalid"),
        ({"valid_from": "2020-01-01"}, 422, "invalid"),
        ({"agency_identifier": "x"}, 422, "agency_identifier_invalid"),
        ({"parent": "515.03"}, 422, "parent_invalid"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(app_client: Client, change: Any, status: int, code: str) -> None:
    before = unit(app_client, "515.01")
    path = f"{UNITS}/{before['id']}"
    refused(app_client.patch(path, change, token=app_client.token("administrator")), status, code)
    assert app_client.get(path).json() == before


def test_an_unknown_unit_cannot_be_changed(app_client: Client) -> None:
    answer = app_client.patch(f"{UNITS}/999", {"name": "X"}, token=app_client.token("administrator"))
    refused(answer, 404, "unknown_unit")


def test_a_unit_without_dossiers_may_end(app_client: Client) -> None:
    token = app_client.token("administrator")
    made = app_client.post(UNITS, NEW_UNIT, token=token).json()
    ended = app_client.patch(f"{UNITS}/{made['id']}", {"valid_to": "2021-06-30"}, token=token)
    assert ended.json()["valid_to"] == "2021-06-30"
    assert "20935" not in {item["code"] for item in items(app_client, on="2021-07-01")}


def test_a_unit_with_dossiers_that_are_not_closed_cannot_end(app_client: Client) -> None:
    clerk, token = app_client.token("clerk", "20899"), app_client.token("administrator")
    received = app_client.post("/api/v1/dossiers", DOSSIER, token=clerk)
    assert received.status_code == 201, received.text
    before = unit(app_client, "20899")
    # Its end was set when it was succeeded; a unit of today has none.
    made = app_client.post(UNITS, NEW_UNIT, token=token).json()
    body = {**DOSSIER, "receiving_unit": made["id"]}
    codes = [
        app_client.post("/api/v1/dossiers", body, token=app_client.token("clerk")).json()["code"] for _ in range(2)
    ]
    path = f"{UNITS}/{made['id']}"
    problem = refused(app_client.patch(path, {"valid_to": "2021-12-31"}, token=token), 409, "unit_has_dossiers")
    assert (problem["count"], problem["dossiers"]) == (2, codes)
    assert app_client.get(path).json()["valid_to"] is None
    refused(app_client.patch(f"{UNITS}/{before['id']}", {"valid_to": None}, token=token), 409, "unit_succeeded")


# --- Opening hours ----------------------------------------------------------------------------------------------------


def week(*openings: tuple[int, str, str, bool]) -> list[dict[str, Any]]:
    names = ("weekday", "from", "to", "reception_only")
    return [dict(zip(names, opening, strict=True)) for opening in openings]


FIVE_DAYS = week(*((day, "07:30", "12:00", False) for day in range(1, 6)))


def test_opening_hours_are_replaced_as_a_whole_and_shown_in_order(app_client: Client) -> None:
    token, path = app_client.token("administrator"), f"{UNITS}/{unit(app_client, '20899')['id']}"
    saturday = week((6, "07:30", "11:00", True))
    changed = app_client.patch(path, {"sessions": saturday + FIVE_DAYS[::-1]}, token=token)
    assert changed.status_code == 200, changed.text
    assert changed.json()["sessions"] == FIVE_DAYS + saturday
    usual = app_client.patch(path, {"sessions": None}, token=token).json()["sessions"]
    assert (usual[0]["from"], usual[-1]["to"], len(usual)) == ("07:00", "17:00", 10)


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param([], id="none"),
        pytest.param(FIVE_DAYS[1:], id="no Monday"),
        pytest.param(FIVE_DAYS[1:] + week((1, "07:30", "12:00", True)), id="Monday for receipt only"),
        pytest.param(FIVE_DAYS + week((1, "11:59", "13:00", False)), id="overlapping"),
        pytest.param(FIVE_DAYS + week((1, "11:59", "13:00", True)), id="receipt overlapping working hours"),
        pytest.param(FIVE_DAYS + week((1, "14:00", "14:00", False)), id="empty"),
        pytest.param(FIVE_DAYS + week((1, "16:00", "14:00", False)), id="backwards"),
        pytest.param(FIVE_DAYS + week((6, "07:30", "11:00", False)), id="a Saturday that counts"),
    ],
)
def test_a_week_that_the_law_cannot_count_with_is_refused(app_client: Client, sessions: Any) -> None:
    before = unit(app_client, "20899")
    path, token = f"{UNITS}/{before['id']}", app_client.token("administrator")
    problem = refused(app_client.patch(path, {"sessions": sessions}, token=token), 422, "sessions_invalid")
    assert problem["errors"][0]["pointer"] == "/sessions"
    assert app_client.get(path).json() == before


@pytest.mark.parametrize("clock", ["7:30", "24:00", "07:60", "07:30:00", "", 730])
def test_an_hour_is_written_with_two_digits_each(app_client: Client, clock: Any) -> None:
    path = f"{UNITS}/{unit(app_client, '20899')['id']}"
    sessions = [{**FIVE_DAYS[0], "from": clock}, *FIVE_DAYS[1:]]
    answer = app_client.patch(path, {"sessions": sessions}, token=app_client.token("administrator"))
    refused(answer, 422, "invalid")


def test_a_change_of_opening_hours_applies_to_later_receipts_only(app_client: Client) -> None:
    clerk, token = app_client.token("clerk", "20899"), app_client.token("administrator")
    first = app_client.post("/api/v1/dossiers", DOSSIER, token=clerk).json()
    path = f"{UNITS}/{unit(app_client, '20899')['id']}"
    app_client.now = app_client.now.replace(hour=2)
    assert app_client.patch(path, {"sessions": FIVE_DAYS}, token=token).status_code == 200
    app_client.now = app_client.now.replace(hour=4)
    before = app_client.post("/api/v1/dossiers", DOSSIER, token=clerk).json()
    after = app_client.post("/api/v1/dossiers", {**DOSSIER, "at": "2021-08-16T11:00:00+07:00"}, token=clerk).json()
    assert [dossier["due_at"][11:16] for dossier in (first, before, after)] == ["17:00", "17:00", "12:00"]
    assert app_client.get(f"/api/v1/dossiers/{first['code']}", token=clerk).json()["due_at"] == first["due_at"]
