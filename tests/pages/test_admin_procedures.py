"""Tests the pages of administration for procedures: catalogues, versions with papers and limits, due dates."""

import pytest

from tests.support.client import Client
from tests.support.desk import Desk
from tests.support.page_text import read

PROCEDURES = "/admin/procedures"


@pytest.fixture
def administrator(client: Client) -> Desk:
    return Desk(client, client.token("administrator"))


def test_a_procedure_with_a_version_can_be_received(client: Client, administrator: Desk) -> None:
    assert administrator.fill(PROCEDURES, "catalogue", name="Danh mục mới").status_code == 303
    sent = {"code": "9.999999", "name": "Thủ tục thử", "field": "Hộ tịch", "level": "commune"}
    answer = administrator.fill(PROCEDURES, "add", **sent, catalogue="Danh mục mới")
    assert answer.status_code == 303, read(answer, answer.status_code).text
    path = f"{PROCEDURES}/9.999999"
    assert "chưa tiếp nhận được" in administrator.page(path).text
    form = administrator.form(path, "version")
    limits = {"limit-counter-amount": "5", "limit-online-amount": "3", "limit-online-unit": "working_day"}
    papers = {"paper-0-name": "Tờ khai", "paper-0-form": "original", "paper-0-copies": "2"}
    rest = {"effective_from": "2021-01-01", "fee": "50.000", "route": "receiving | Tiếp nhận\nresponsible | Giải quyết"}
    answer = administrator.fill_in(form, **limits, **papers, **rest)
    assert answer.status_code == 303, read(answer, answer.status_code).text
    (version,) = client.get("/api/v1/procedures/9.999999").json()["versions"]
    assert version["limits"] == {
        "counter": {"amount": 5, "unit": "working_day"},
        "online": {"amount": 3, "unit": "working_day"},
        "postal": None,
    }
    assert (version["fee"], [step["name"] for step in version["route"]]) == (50000, ["Tiếp nhận", "Giải quyết"])
    (paper,) = version["documents"]
    assert (paper["name"], paper["form"], paper["copies"]) == ("Tờ khai", "original", 2)
    assert Desk(client, client.token("clerk", "20899")).receive("9.999999")


def test_the_form_of_a_version_begins_with_the_latest_one(administrator: Desk) -> None:
    form = administrator.form(f"{PROCEDURES}/1.004837", "version")
    assert form.values["limit-counter-amount"] == "3"
    assert form.values["limit-counter-unit"] == "working_day"


def test_a_new_version_keeps_what_its_form_does_not_change(client: Client, administrator: Desk) -> None:
    path = f"{PROCEDURES}/1.012796"
    rules = {"cut_off": {"time": "15:00"}}
    base = client.get("/api/v1/procedures/1.012796").json()["versions"][-1]
    kept = {name: base[name] for name in ("limits", "documents", "results", "legal_basis")}
    limit = base["limits"]["counter"]
    shares = (("receiving", "Tiếp nhận", 2), ("responsible", "Giải quyết; trả", limit["amount"] - 2))
    route = [
        {"unit": place, "name": name, "limit": {"amount": amount, "unit": limit["unit"]}}
        for place, name, amount in shares
    ]
    sent = {**kept, "route": route, "rules": rules, "effective_from": "2026-01-01"}
    token = administrator.token
    made = client.post("/api/v1/procedures/1.012796/versions", sent, token=token)
    assert made.status_code == 201, made.text
    answer = administrator.fill_in(administrator.form(path, "version"), effective_from="2026-02-01")
    assert answer.status_code == 303, read(answer, answer.status_code).text
    before, after = client.get("/api/v1/procedures/1.012796").json()["versions"][-2:]
    assert after["effective_from"] == "2026-02-01"
    assert before["results"]
    assert any("when" in paper for paper in before["documents"])
    assert any(step["limit"] for step in before["route"])
    for name in ("limits", "documents", "results", "route", "rules", "legal_basis"):
        assert after[name] == before[name], name


def test_a_due_date_is_tried_and_nothing_changes(administrator: Desk) -> None:
    page = read(administrator.fill(f"{PROCEDURES}/1.004837", "deadline", received_at="2021-08-16T08:00"))
    assert "Ngày hẹn trả: 2021-08-19" in page.text
    assert "chưa có gì thay đổi" in page.text


def test_a_wrong_name_is_corrected_without_a_new_version(client: Client, administrator: Desk) -> None:
    before = len(client.get("/api/v1/procedures/1.004837").json()["versions"])
    path = f"{PROCEDURES}/1.004837"
    assert administrator.fill(path, "words", name="Đăng ký giám hộ").status_code == 303
    after = client.get("/api/v1/procedures/1.004837").json()
    assert (after["name"], len(after["versions"])) == ("Đăng ký giám hộ", before)


def test_wrong_limits_are_refused_at_the_form(administrator: Desk) -> None:
    form = administrator.form(f"{PROCEDURES}/1.004837", "version")
    read(administrator.fill_in(form, effective_from="2021-09-01", **{"limit-counter-amount": "x"}), 422)


def test_an_administrator_of_one_unit_cannot_change_procedures(client: Client) -> None:
    desk = Desk(client, client.token("administrator", "20899"))
    assert 'id="do-version"' not in desk.get(f"{PROCEDURES}/1.004837").text
    read(desk.send(PROCEDURES, action="catalogue", name="x"), 403)


def test_the_overview_says_what_is_missing(client: Client, administrator: Desk) -> None:
    text = administrator.page("/admin").text
    assert "Người tiếp nhận hồ sơ 0 còn thiếu" in text
    body = {"account": "lan", "name": "Lan", "roles": [{"role": "clerk", "unit": "20899"}]}
    assert client.post("/api/v1/persons", body, token=administrator.token).status_code == 201
    assert "Đã có đủ để tiếp nhận hồ sơ đầu tiên" in administrator.page("/admin").text
