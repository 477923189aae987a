"""Tests the pages of administration for units: who sees them, a new unit, changes, and a succession."""

import pytest

from tests.support.client import Client
from tests.support.desk import Desk
from tests.support.page_text import read

UNITS = "/admin/units"


@pytest.fixture
def administrator(client: Client) -> Desk:
    return Desk(client, client.token("administrator"))


def unit_of(client: Client, code: str) -> dict[str, object]:
    (unit,) = (item for item in client.get("/api/v1/units?limit=500").json()["items"] if item["code"] == code)
    return dict(unit)


@pytest.mark.parametrize("path", ["/admin", UNITS])
def test_without_a_session_there_is_only_the_form_to_sign_in(client: Client, path: str) -> None:
    assert "token" in read(client.get(path, headers={"Cookie": ""})).values


@pytest.mark.parametrize("role", ["clerk", "officer", "supervisor", "reporter"])
def test_other_roles_are_refused_and_told_who_may(client: Client, role: str) -> None:
    desk = Desk(client, client.token(role))
    for path in ("/admin", UNITS):
        assert "Các trang này dành cho quản trị viên" in desk.page(path, 403).text
    assert "Các trang này dành cho quản trị viên" in read(desk.send(UNITS, action="add", code="X1"), 403).text


def test_a_form_of_another_site_is_refused(client: Client, administrator: Desk) -> None:
    sent = {"action": "add", "code": "X1", "name": "x"}
    headers = {**administrator.headers(), "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = client.request("POST", UNITS, data=sent, headers=headers)
    assert "biểu mẫu" in read(answer, 403).text.lower()
    assert "X1" not in client.get("/api/v1/units?limit=500").text


def test_a_unit_is_added_below_another_and_changed(client: Client, administrator: Desk) -> None:
    form = administrator.form(f"{UNITS}?parent=20899", "add")
    answer = administrator.fill_in(
        form,
        code="PKT",
        name="Phòng Kinh tế",
        kind="office",
        type="Phòng",
        agency_identifier="000.99.15.H47",
        valid_from="2021-01-01",
        **{f"sessions-{day}": "7:30-11:30; 13:30-17:00" for day in range(1, 6)},
        **{"sessions-6": "08:00-11:00*"},
    )
    assert answer.status_code == 303, read(answer, answer.status_code).text
    page = administrator.page(answer.headers["location"])
    assert "Phòng Kinh tế" in page.title
    assert "Đã lưu thay đổi" in page.text
    unit = unit_of(client, "PKT")
    assert unit["parent"] == {"id": unit_of(client, "20899")["id"], "code": "20899", "name": "Trà My"}
    assert unit["sessions"] == [
        *(
            {"weekday": day, "from": begin, "to": end, "reception_only": False}
            for day in range(1, 6)
            for begin, end in (("07:30", "11:30"), ("13:30", "17:00"))
        ),
        {"weekday": 6, "from": "08:00", "to": "11:00", "reception_only": True},
    ]
    assert "Phòng Kinh tế" in administrator.page(UNITS).text

    form = administrator.form(f"{UNITS}/{unit['id']}", "change")
    assert form.values["sessions-6"] == "08:00-11:00*"
    assert administrator.fill_in(form, phone="0235 388 2123").status_code == 303
    changed = unit_of(client, "PKT")
    assert (changed["phone"], changed["sessions"], changed["parent"]) == (
        "0235 388 2123",
        unit["sessions"],
        unit["parent"],
    )


def test_a_change_of_an_older_version_is_refused_and_the_text_stays(client: Client, administrator: Desk) -> None:
    path = f"{UNITS}/{unit_of(client, '20902')['id']}"
    form = administrator.form(path, "change")
    assert administrator.fill_in(form, address="Thôn 1").status_code == 303
    answer = administrator.fill_in(form, address="Thôn 2", key="another-key-1234567890")
    assert "Thôn 2" in answer.text
    assert answer.status_code == 412
    assert unit_of(client, "20902")["address"] == "Thôn 1"


def test_wrong_fields_are_marked_where_they_are(administrator: Desk, client: Client) -> None:
    form = administrator.form(UNITS, "add")
    answer = administrator.fill_in(form, code="a b", name="Trà", kind="office", type="Phòng", agency_identifier="1")
    read(answer, 422)
    assert 'id="add-code-wrong"' in answer.text
    assert 'value="a b"' in answer.text


def test_a_succession_is_tried_and_then_done(client: Client, administrator: Desk) -> None:
    body = {"code": "20000", "name": "Trà Cũ", "kind": "commune", "type": "Xã", "agency_identifier": "000.98.15.H47"}
    added = client.post("/api/v1/units", {**body, "valid_from": "2021-01-01"}, token=administrator.token)
    form = administrator.form(f"{UNITS}/{added.json()['id']}", "succeed")
    tried = administrator.send(
        form.address, **{**form.values, "into": "20899 Trà My", "on": "2021-08-16", "trial": "1"}
    )
    page = read(tried)
    assert "chưa có gì thay đổi" in page.text
    assert unit_of(client, "20000")["valid_to"] is None
    assert administrator.fill_in(form, into="20899", on="2021-08-16").status_code == 303
    assert unit_of(client, "20000")["valid_to"] == "2021-08-15"


def test_an_administrator_of_one_unit_sees_the_units_and_cannot_change_them(client: Client) -> None:
    desk = Desk(client, client.token("administrator", "20899"))
    answer = desk.get(f"{UNITS}/{unit_of(client, '20899')['id']}")
    assert "Thị trấn Trà My" in read(answer).text
    assert 'id="do-change"' not in answer.text
    refused = desk.send(UNITS, action="add", code="X1", name="x")
    read(refused, 403)
    assert "X1" not in client.get("/api/v1/units?limit=500").text
