"""Tests the pages of administration for people and tokens: secrets are shown once, and rights are those of the API."""

import re

import pytest

from tests.support.client import Client
from tests.support.desk import Desk
from tests.support.page_text import read

PEOPLE, TOKENS = "/admin/people", "/admin/tokens"


@pytest.fixture
def administrator(client: Client) -> Desk:
    return Desk(client, client.token("administrator"))


def added(desk: Desk, account: str = "lan.nt", **fields: str) -> str:
    """The page of a new person."""
    sent = {"name": "Nguyễn Thị Lan", "role": "clerk", "unit": "20899 Trà My", **fields}
    answer = desk.fill(PEOPLE, "add", account=account, **sent)
    assert answer.status_code == 303, read(answer, answer.status_code).text
    return answer.headers["location"].partition("?")[0]


def test_a_person_is_added_changed_and_suspended(administrator: Desk) -> None:
    path = added(administrator)
    assert "cán bộ tiếp nhận (Trà My)" in administrator.page(path).text
    assert administrator.fill(path, "change", name="Nguyễn Thị Lan Anh").status_code == 303
    assert "Nguyễn Thị Lan Anh" in administrator.page(PEOPLE).text
    assert administrator.fill(path, "suspend", reason="absent").status_code == 303
    assert "Tạm khóa" in administrator.page(PEOPLE).text
    assert administrator.fill(path, "resume").status_code == 303
    assert administrator.fill(path, "sessions").status_code == 303
    assert "Tạo tài khoản" in administrator.page(path).text


def test_roles_are_given_and_taken_back(administrator: Desk) -> None:
    path = added(administrator)
    assert administrator.fill(path, "role", role="officer", unit="20899").status_code == 303
    assert "cán bộ giải quyết (Trà My)" in administrator.page(PEOPLE).text
    form = administrator.form(path, "end-role")
    assert administrator.fill_in(form).status_code == 422
    answer = administrator.get(path).text
    role = re.findall(r'<option value="(\d+)">cán bộ giải quyết \(Trà My\)', answer)[0]
    assert administrator.fill_in(form, role_id=role).status_code == 303
    assert "cán bộ giải quyết (Trà My)" not in administrator.page(PEOPLE).text


def test_a_deputy_is_named_among_colleagues(client: Client, administrator: Desk) -> None:
    path, other = added(administrator), added(administrator, "minh.tv", name="Trần Văn Minh")
    number = other.rpartition("/")[2]
    form = administrator.form(path, "deputy")
    answer = administrator.fill_in(form, deputy_id=number, from_day="2021-08-17", to_day="2021-08-20")
    assert answer.status_code == 303, read(answer, answer.status_code).text
    assert "Trần Văn Minh 17/08/2021 20/08/2021" in administrator.page(path).text


def test_a_link_is_shown_once(administrator: Desk) -> None:
    path = added(administrator)
    answer = administrator.fill(path, "link", kind="invitation")
    assert "/sign-in/link/" in read(answer).text
    assert "/sign-in/link/" not in administrator.get(path).text


def test_a_token_is_issued_rotated_and_revoked(client: Client, administrator: Desk) -> None:
    answer = administrator.fill(TOKENS, "issue", client="phan-mem-1", role="clerk", unit="20899")
    secret = re.findall(r'<pre class="code">([^<]+)', answer.text)[0]
    assert client.get("/api/v1/tokens/current", token=secret).json()["client"] == "phan-mem-1"
    assert secret not in administrator.get(TOKENS).text
    path = re.findall(r'<a href="(/admin/tokens/\d+)">phan-mem-1', administrator.get(TOKENS).text)[0]
    renewed = administrator.fill(path, "rotate", overlap_hours="24")
    newer = re.findall(r'<pre class="code">([^<]+)', renewed.text)[0]
    assert client.get("/api/v1/tokens/current", token=newer).status_code == 200
    assert administrator.fill(path, "revoke", reason="lost").status_code == 303
    assert client.get("/api/v1/tokens/current", token=secret).status_code == 401


def test_an_administrator_of_one_unit_adds_people_there_only(client: Client) -> None:
    desk = Desk(client, client.token("administrator", "20899"))
    added(desk)
    read(desk.fill(PEOPLE, "add", account="a.b", name="A", role="clerk", unit="20902"), 403)
    read(desk.fill(TOKENS, "issue", client="x", role="clerk", unit="20902"), 403)
    everywhere = Desk(client, client.token("administrator"))
    far = added(everywhere, "xa.nv", unit="20902")
    read(desk.get(far), 403)


def test_forms_of_other_sites_are_refused(client: Client, administrator: Desk) -> None:
    headers = {**administrator.headers(), "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for path in (PEOPLE, TOKENS, added(administrator), "/admin/procedures"):
        read(client.request("POST", path, data={"action": "end"}, headers=headers), 403)
