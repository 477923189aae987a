"""Catalogues, procedures and their versions through HTTP: bounds, channels, routes, periods (rules §4, §5, §9)."""

import unicodedata
from typing import Any

import pytest

from tests.support.client import Client

CATALOGUES, PROCEDURES = "/api/v1/catalogues", "/api/v1/procedures"
BOUNDED, UNBOUNDED = 1, 2


def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(PROCEDURES, params={"limit": 500, **query})
    assert answer.status_code == 200, answer.text
    content: list[dict[str, Any]] = answer.json()["items"]
    return content


def codes(client: Client, **query: Any) -> set[str]:
    return {item["code"] for item in listed(client, **query)}


def days(amount: int, unit: str = "working_day") -> dict[str, Any]:
    return {"amount": amount, "unit": unit}


def version(**change: Any) -> dict[str, Any]:
    return {"effective_from": "2021-01-01", "limits": days(5), **change}


def procedure(*versions: dict[str, Any], catalogue: int | str = BOUNDED, **change: Any) -> dict[str, Any]:
    body = {"code": "8.000001", "name": "Cấp bản sao", "field": "Văn thư", "level": "commune"}
    return {**body, "catalogue": catalogue, "versions": list(versions), **change}


def add(client: Client, body: dict[str, Any], path: str = PROCEDURES) -> Any:
    return client.post(path, body, token=client.token("administrator"))


def added(client: Client, body: dict[str, Any], path: str = PROCEDURES) -> dict[str, Any]:
    answer = add(client, body, path)
    assert answer.status_code == 201, answer.text
    assert client.get(answer.headers["Location"]).json() == answer.json()
    content: dict[str, Any] = answer.json()
    return content


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    return problem


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", ["giám hộ", "GIAM HO", "giam  ho", unicodedata.normalize("NFD", "Giám hộ")])
def test_procedures_are_found_by_name_with_or_without_accents(app_client: Client, q: str) -> None:
    assert codes(app_client, q=q) == {"1.004837", "1.004845"}


def test_procedures_are_found_by_part_of_their_code(app_client: Client) -> None:
    assert codes(app_client, q="9.00000") == {f"9.00000{number}" for number in range(1, 10)}


def test_signs_of_search_patterns_stand_for_themselves(app_client: Client) -> None:
    assert codes(app_client, q="%") == codes(app_client, q="_") == set()


def test_procedures_are_filtered_by_field_or_either_of_two(app_client: Client) -> None:
    land = codes(app_client, field="Đất đai")
    assert len(land) == 7
    assert codes(app_client, field="dat dai") == land
    assert codes(app_client, field=["Đất đai", "Chứng thực"]) == land | {"2.000908"}


def test_procedures_are_filtered_by_level(app_client: Client) -> None:
    levels = {level: codes(app_client, level=level) for level in ("province", "district", "commune")}
    assert levels["commune"] > {"1.004837", "1.001193"}
    assert codes(app_client, level=["district", "commune"]) == levels["district"] | levels["commune"]
    assert set.union(*levels.values()) == codes(app_client)
    refused(app_client.get(PROCEDURES, params={"level": "village"}), 422, "invalid")


def test_procedures_are_filtered_by_the_unit_that_answers_for_them_on_a_date(app_client: Client) -> None:
    on_2021 = codes(app_client, unit="515.03", on="2021-08-16")
    assert {"2.000806", "1.002211"} <= on_2021
    assert codes(app_client, unit="515.03", on="2025-07-01") == set()


def test_the_version_in_force_is_that_of_the_date_asked_for(app_client: Client) -> None:
    def in_force(on: str) -> Any:
        (procedure,) = listed(app_client, q="1.011607", on=on)
        return procedure["in_force"]

    assert in_force("2017-12-31") is None
    assert in_force("2025-06-30")["limits"]["counter"] == days(7, "calendar_day")
    assert in_force("2025-06-30")["responsible_unit"]["code"] == "515.06"
    assert in_force("2025-07-01")["limits"] == {
        "counter": days(15, "calendar_day"),
        "online": None,
        "postal": days(15, "calendar_day"),
    }
    assert in_force("2025-07-01")["responsible_unit"] is None


def test_a_procedure_shows_all_its_versions_oldest_first(app_client: Client) -> None:
    procedure = app_client.get(f"{PROCEDURES}/1.001695").json()
    assert [
        (version["version"], version["effective_from"], version["effective_to"]) for version in procedure["versions"]
    ] == [
        (1, "2018-01-01", "2025-06-30"),
        (2, "2025-07-01", None),
    ]
    assert procedure["in_force"] == procedure["versions"][0]
    assert procedure["catalogue"]["id"] == BOUNDED


def test_a_route_shows_its_steps_with_their_shares(app_client: Client) -> None:
    procedure = app_client.get(f"{PROCEDURES}/1.012796").json()
    assert [(step["unit"], step["limit"]) for step in procedure["in_force"]["route"]] == [
        ("receiving", days(2)),
        ("responsible", days(6)),
    ]


def test_an_unknown_procedure_is_not_found(app_client: Client) -> None:
    refused(app_client.get(f"{PROCEDURES}/0.0"), 404, "unknown_procedure")
    refused(add(app_client, version(), f"{PROCEDURES}/0.0/versions"), 404, "unknown_procedure")


def test_lists_need_no_token_and_are_not_sent_twice(app_client: Client) -> None:
    for path in (PROCEDURES, CATALOGUES, f"{PROCEDURES}/1.004837"):
        first = app_client.get(path)
        assert first.status_code == 200, first.text
        again = app_client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304


def test_the_reference_data_have_two_catalogues_and_the_limits_fit_them(app_client: Client) -> None:
    bounded, unbounded = app_client.get(CATALOGUES).json()["items"]
    assert (bounded["min_days"], bounded["max_days"]) == (2, 20)
    assert (unbounded["min_days"], unbounded["max_days"]) == (None, None)
    assert len(codes(app_client, catalogue=bounded["id"])) == 51
    assert {"1.001193", "9.000002", "2.000908", "1.012753"} <= codes(app_client, catalogue=unbounded["id"])


# --- Bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["working_day", "calendar_day"])
@pytest.mark.parametrize("amount", [2, 20])
def test_a_limit_on_the_bound_is_within_it(app_client: Client, amount: int, unit: str) -> None:
    made = added(app_client, procedure(version(limits=days(amount, unit))))
    assert made["in_force"]["limits"] == dict.fromkeys(("counter", "online", "postal"), days(amount, unit))


@pytest.mark.parametrize(
    "limit",
    [
        days(1),
        days(21),
        days(1, "calendar_day"),
        days(21, "calendar_day"),
        days(1, "month"),
        days(8, "working_hour"),
        {"amount": None, "unit": "same_day"},
        {"unit": "same_day"},
    ],
)
def test_a_limit_outside_its_catalogues_bounds_is_refused_with_the_bound(app_client: Client, limit: Any) -> None:
    problem = refused(add(app_client, procedure(version(limits=limit))), 422, "limit_out_of_bounds")
    assert "at least 2 and at most 20" in problem["detail"]
    assert (problem["min_days"], problem["max_days"]) == (2, 20)
    refused(app_client.get(f"{PROCEDURES}/8.000001"), 404, "unknown_procedure")
    added(app_client, procedure(version(limits=limit), catalogue=UNBOUNDED))


def test_each_channel_must_keep_to_the_bounds(app_client: Client) -> None:
    limits = {"counter": days(20), "online": days(17), "postal": days(30)}
    problem = refused(add(app_client, procedure(version(limits=limits))), 422, "limit_out_of_bounds")
    assert problem["errors"][0]["pointer"] == "/versions/0/limits/postal"


def test_a_catalogue_has_the_usual_bounds_unless_others_are_given(app_client: Client) -> None:
    usual = added_catalogue(app_client, {"name": "Bộ thủ tục A"})
    assert (usual["min_days"], usual["max_days"]) == (2, 20)
    longer = added_catalogue(app_client, {"name": "Bộ thủ tục B", "min_days": None, "max_days": 60})
    assert (longer["min_days"], longer["max_days"]) == (None, 60)
    added(app_client, procedure(version(limits=days(1)), catalogue=longer["id"]))
    problem = refused(
        add(app_client, procedure(version(limits=days(61)), catalogue="Bộ thủ tục B", code="8.000002")),
        422,
        "limit_out_of_bounds",
    )
    assert "at most 60" in problem["detail"]


def added_catalogue(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = add(client, body, CATALOGUES)
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()
    assert content in client.get(CATALOGUES).json()["items"]
    return content


def test_a_catalogue_that_does_not_fit_is_refused(app_client: Client) -> None:
    refused(add(app_client, {"name": "C", "min_days": 21}, CATALOGUES), 422, "bounds_invalid")
    refused(add(app_client, {"name": "C", "min_days": 0}, CATALOGUES), 422, "invalid")
    name = app_client.get(CATALOGUES).json()["items"][0]["name"]
    refused(add(app_client, {"name": name}, CATALOGUES), 409, "catalogue_exists")


@pytest.mark.parametrize(
    "limit", [days(0), days(367), days(-1), days(25, "month"), days(1, "same_day"), days(2, "month")]
)
def test_amounts_are_1_to_366_and_months_1_to_24(app_client: Client, limit: Any) -> None:
    answer = add(app_client, procedure(version(limits=limit), catalogue=UNBOUNDED))
    if limit == days(2, "month"):
        assert answer.status_code == 201
    else:
        assert refused(answer, 422, "limit_invalid")["errors"][0]["pointer"].startswith("/versions/0/limits/")


@pytest.mark.parametrize(
    "limit",
    [
        days(3, "week"),
        {"amount": "3", "unit": "working_day"},
        {"amount": 3.5, "unit": "working_day"},
        {"amount": True, "unit": "working_day"},
        "3 days",
        [],
    ],
)
def test_a_limit_of_another_shape_is_refused(app_client: Client, limit: Any) -> None:
    refused(add(app_client, procedure(version(limits=limit))), 422, "invalid")


# --- Versions ---------------------------------------------------------------------------------------------------------


def test_a_procedure_may_be_added_without_a_version(app_client: Client) -> None:
    made = added(app_client, procedure())
    assert (made["in_force"], made["versions"]) == (None, [])


def test_a_limit_may_be_given_for_each_channel_or_one_for_all(app_client: Client) -> None:
    one_for_all = version()
    one_for_all["limit"] = one_for_all.pop("limits")
    assert added(app_client, procedure(one_for_all))["in_force"]["limits"]["postal"] == days(5)
    made = added(app_client, procedure(version(limits={"online": days(3)}), code="8.000002"))
    assert made["in_force"]["limits"] == {"counter": None, "online": days(3), "postal": None}


@pytest.mark.parametrize("limits", [{}, {"counter": None}])
def test_a_version_without_any_channel_is_refused(app_client: Client, limits: Any) -> None:
    refused(add(app_client, procedure(version(limits=limits))), 422, "limits_missing")


def test_a_new_version_ends_the_open_one_the_day_before(app_client: Client) -> None:
    added(app_client, procedure(version()))
    made = added(app_client, version(effective_from="2021-08-16", limits=days(7)), f"{PROCEDURES}/8.000001/versions")
    assert [
        (version["version"], version["effective_from"], version["effective_to"]) for version in made["versions"]
    ] == [
        (1, "2021-01-01", "2021-08-15"),
        (2, "2021-08-16", None),
    ]
    assert made["in_force"]["limits"]["counter"] == days(7)


@pytest.mark.parametrize(
    ("start", "end", "status", "code"),
    [
        ("2021-01-01", None, 409, "versions_overlap"),
        ("2020-12-31", None, 409, "versions_overlap"),
        ("2021-03-31", "2021-04-30", 409, "versions_overlap"),
        ("2020-01-01", "2021-01-01", 409, "versions_overlap"),
        ("2021-05-02", "2021-05-01", 422, "period_invalid"),
    ],
)
def test_periods_in_force_cannot_overlap(app_client: Client, start: str, end: Any, status: int, code: str) -> None:
    added(app_client, procedure(version(effective_to="2021-03-31")))
    body = version(effective_from=start, effective_to=end)
    refused(add(app_client, body, f"{PROCEDURES}/8.000001/versions"), status, code)
    assert len(app_client.get(f"{PROCEDURES}/8.000001").json()["versions"]) == 1


def test_versions_before_and_after_an_ended_one_fit(app_client: Client) -> None:
    path = f"{PROCEDURES}/8.000001/versions"
    added(app_client, procedure(version(effective_to="2021-03-31")))
    added(app_client, version(effective_from="2020-01-01", effective_to="2020-12-31"), path)
    made = added(app_client, version(effective_from="2021-04-01"), path)
    assert [version["effective_from"][:4] for version in made["versions"]] == ["2020", "2021", "2021"]


def test_a_dossier_already_received_keeps_the_limit_it_had(app_client: Client) -> None:
    added(app_client, procedure(version()))
    clerk = app_client.token("clerk", "20899")
    body = {"procedure": "8.000001", "applicant": {"name": "Nguyễn Thị Hoa"}}
    first = app_client.post("/api/v1/dossiers", body, token=clerk).json()
    added(app_client, version(effective_from="2021-08-16", limits=days(7)), f"{PROCEDURES}/8.000001/versions")
    later = app_client.post("/api/v1/dossiers", body, token=clerk).json()
    assert (first["limit"], later["limit"]) == (days(5), days(7))
    assert app_client.get(f"/api/v1/dossiers/{first['code']}", token=clerk).json()["limit"] == days(5)


def test_a_version_is_not_added_where_another_was_added_meanwhile(app_client: Client) -> None:
    path, token = f"{PROCEDURES}/1.004837", app_client.token("administrator")
    seen = {"If-Match": app_client.get(path).headers["ETag"]}
    first = app_client.post(f"{path}/versions", version(), token=token, headers=seen)
    assert first.status_code == 201, first.text
    later = version(effective_from="2021-08-16")
    refused(app_client.post(f"{path}/versions", later, token=token, headers=seen), 412, "version_changed")
    assert len(app_client.get(path).json()["versions"]) == 2


def test_documents_may_be_given_by_name_alone(app_client: Client) -> None:
    papers = ["Tờ khai", {"name": "Căn cước", "form": "copy", "copies": 1}]
    made = added(app_client, procedure(version(documents=papers)))
    assert made["in_force"]["documents"] == [{"name": "Tờ khai"}, papers[1]]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"code": "1.004837"}, 409, "procedure_exists"),
        ({"code": "a/b"}, 422, "invalid"),
        ({"catalogue": 999}, 422, "unknown_catalogue"),
        ({"level": "village"}, 422, "invalid"),
        ({"name": "Cấp\u202ebản sao"}, 422, "direction_marks"),
        ({"versions": [version(responsible_unit="99999")]}, 422, "unknown_unit"),
        ({"versions": [version(responsible_unit="20899", effective_from="2025-07-01")]}, 422, "unit_not_valid"),
        ({"versions": [version(max_extension=-1)]}, 422, "invalid"),
        ({"versions": [version(fee=-1)]}, 422, "invalid"),
        ({"versions": [version(), version()]}, 409, "versions_overlap"),
    ],
)
def test_a_procedure_that_does_not_fit_is_refused_and_leaves_no_trace(
    app_client: Client, change: Any, status: int, code: str
) -> None:
    before = listed(app_client)
    refused(
        add(app_client, procedure(**change) if "versions" in change else procedure(version(), **change)), status, code
    )
    assert listed(app_client) == before


def test_only_administrators_add_procedures_and_catalogues(app_client: Client) -> None:
    for path, body in (
        (PROCEDURES, procedure()),
        (CATALOGUES, {"name": "C"}),
        (f"{PROCEDURES}/1.004837/versions", version()),
    ):
        refused(app_client.post(path, body), 401, "token_missing")
        refused(app_client.post(path, body, token=app_client.token("supervisor")), 403, "administrators_only")


# --- Routes -----------------------------------------------------------------------------------------------------------


def step(unit: Any, limit: Any = None) -> dict[str, Any]:
    return {"unit": unit, "name": "Thẩm tra", "limit": limit}


def test_a_route_leads_through_given_units_and_those_of_the_dossier(app_client: Client) -> None:
    route = [step("receiving", days(1)), step("515.03", days(2)), step("responsible", days(2)), step("515")]
    shown = added(app_client, procedure(version(route=route)))["in_force"]["route"]
    places = [step["unit"] if isinstance(step["unit"], str) else step["unit"]["code"] for step in shown]
    assert places == ["receiving", "515.03", "responsible", "515"]
    assert [step["limit"] for step in shown] == [days(1), days(2), days(2), None]


@pytest.mark.parametrize(
    ("limits", "route"),
    [
        pytest.param(days(5), [step("receiving", days(3)), step("515.03", days(3))], id="more than the whole"),
        pytest.param(
            {"counter": days(9), "online": days(5)},
            [step("receiving", days(3)), step("515.03", days(3))],
            id="more than the smallest channel's limit",
        ),
        pytest.param(days(5), [step("receiving", days(3, "calendar_day"))], id="another unit than the limit's"),
        pytest.param(
            {"counter": days(5), "online": days(5, "calendar_day")},
            [step("receiving", days(1))],
            id="limits of two units",
        ),
        pytest.param({"unit": "same_day"}, [step("receiving", {"unit": "same_day"})], id="a share of same_day"),
        pytest.param(days(2, "month"), [step("receiving", days(1, "month"))], id="a share of months"),
    ],
)
def test_shares_that_do_not_fit_the_limit_are_refused(app_client: Client, limits: Any, route: Any) -> None:
    body = procedure(version(limits=limits, route=route), catalogue=UNBOUNDED)
    refused(add(app_client, body), 422, "route_invalid")


def test_a_step_at_a_unit_that_does_not_exist_then_is_refused(app_client: Client) -> None:
    body = procedure(version(route=[step("515.03")], effective_from="2025-07-01"))
    problem = refused(add(app_client, body), 422, "unit_not_valid")
    assert problem["errors"][0]["pointer"] == "/versions/0/route/0/unit"


# --- Words ------------------------------------------------------------------------------------------------------------


def patched(client: Client, path: str, **change: Any) -> Any:
    return client.patch(path, change, token=client.token("administrator"))


def test_words_of_a_procedure_change_without_another_version(app_client: Client) -> None:
    added(app_client, procedure(version()))
    answer = patched(app_client, f"{PROCEDURES}/8.000001", name="Cấp bản sao trích lục", field="Hộ tịch")
    content = answer.json()
    assert (answer.status_code, content["name"], content["field"]) == (200, "Cấp bản sao trích lục", "Hộ tịch")
    assert [item["version"] for item in content["versions"]] == [1]
    assert "8.000001" in codes(app_client, q="trich luc")
    refused(patched(app_client, f"{PROCEDURES}/8.000001", name=None), 422, "field_needed")


def test_papers_of_a_version_change_and_its_limits_do_not(app_client: Client) -> None:
    added(app_client, procedure(version(documents=["Tờ khia"])))
    path = f"{PROCEDURES}/8.000001/versions/1"
    (changed,) = patched(app_client, path, documents=["Tờ khai"], legal_basis="Luật Hộ tịch").json()["versions"]
    assert (changed["documents"], changed["legal_basis"]) == ([{"name": "Tờ khai"}], "Luật Hộ tịch")
    assert changed["limits"]["counter"] == days(5)
    refused(patched(app_client, path, limits=days(4)), 422, "invalid")
    refused(patched(app_client, f"{PROCEDURES}/8.000001/versions/2", documents=[]), 404, "unknown_version")
