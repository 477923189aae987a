"""Tokens of a unit that ended: their own dossiers go on, and the successor confirms everything else."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, NEW_UNIT, act, guardianship, received
from tests.support.client import Client
from tests.support.receivers import Mailbox
from tests.support.reminder_steps import by_mail, contact, lines

TOKENS = "/api/v1/tokens"
INTO = "20899"


class Merger:
    """Trà Linh with two open dossiers, a clerk and an officer, and the commune that succeeds it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.administrator = client.token("administrator", client="quản trị tỉnh")
        self.gone: int = client.post("/api/v1/units", NEW_UNIT, token=self.administrator).json()["id"]
        self.clerk, self.officer = (self._issued(role) for role in ("clerk", "officer"))
        self.own = received(client, self.clerk["secret"], receiving_unit=self.gone)["code"]
        self.of_successor = received(client, client.token("clerk", INTO))["code"]
        client.now = NOW + timedelta(hours=2)
        body = {"into": INTO, "on": "2021-08-16"}
        done = client.post(f"/api/v1/units/{self.gone}/succeed", body, token=self.administrator)
        assert done.status_code == 200, done.text

    def _issued(self, role: str) -> dict[str, Any]:
        body = {"client": f"trà linh {role}", "role": role, "unit": self.gone}
        made: dict[str, Any] = self.client.post(TOKENS, body, token=self.administrator).json()
        return made

    def status(self, token: dict[str, Any], code: str) -> int:
        return self.client.get(f"{DOSSIERS}/{code}", token=token["secret"]).status_code

    def receipt(self) -> tuple[int, str | None]:
        answer = self.client.post(DOSSIERS, guardianship(receiving_unit=INTO), token=self.clerk["secret"])
        return answer.status_code, answer.json().get("code")


@pytest.fixture
def merger(app_client: Client) -> Merger:
    return Merger(app_client)


def test_until_then_a_token_acts_for_the_dossiers_of_its_own_unit_alone(merger: Merger) -> None:
    client, own = merger.client, merger.own
    assert [merger.status(merger.clerk, code) for code in (own, merger.of_successor)] == [200, 403]
    assert merger.receipt() == (403, "token_not_confirmed")
    listed = client.get(f"{DOSSIERS}?limit=200", token=merger.clerk["secret"]).json()["items"]
    assert [item["code"] for item in listed] == [own]

    finished = act(client, merger.officer["secret"], own, "finish", outcome="granted")
    assert finished["holder_unit"]["code"] == INTO
    body = {"received_by": "Nguyễn Thị Hoa", "how": "counter"}
    assert "return" in client.get(f"{DOSSIERS}/{own}", token=merger.clerk["secret"]).json()["allowed_actions"]
    assert act(client, merger.clerk["secret"], own, "return", **body)["closed"] is True


def test_the_successor_lists_and_confirms_them_and_nobody_confirms_themselves(merger: Merger) -> None:
    client = merger.client
    old_one = client.token("administrator", merger.gone, client="quản trị xã cũ")
    successor = client.token("administrator", INTO, client="quản trị xã")
    path = f"{TOKENS}/{merger.clerk['id']}/confirm"
    refused = client.post(path, {}, token=old_one)
    assert (refused.status_code, refused.json()["code"]) == (403, "unit_of_others")

    waiting = client.get(f"{TOKENS}?waiting=true", token=successor).json()["items"]
    assert {item["client"] for item in waiting} == {"trà linh clerk", "trà linh officer", "quản trị xã cũ"}
    assert {item["awaits"]["code"] for item in waiting} == {INTO}
    stale = client.post(path, {}, token=successor, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    other = client.post(path, {"unit": "20902"}, token=successor)
    assert (other.status_code, other.json()["code"]) == (422, "not_a_successor")
    confirmed = client.post(path, {"unit": INTO}, token=successor)
    assert (confirmed.json()["unit"]["code"], confirmed.json()["awaits"]) == (INTO, None)
    again = client.post(path, {}, token=successor)
    assert (again.status_code, again.json()["code"]) == (409, "token_waits_for_nobody")

    assert [merger.status(merger.clerk, code) for code in (merger.own, merger.of_successor)] == [200, 200]
    assert merger.receipt()[0] == 201
    assert merger.status(merger.officer, merger.of_successor) == 403


def test_the_contacts_of_the_successor_are_told_once(seeded_url: str, mailbox: Mailbox) -> None:
    with Client(seeded_url, NOW, **by_mail(mailbox)) as client:
        supervisor = client.token("supervisor", INTO)
        contact(client, supervisor)
        Merger(client)
        client.work_off()
        client.now += timedelta(hours=4)
        client.work_off()
        letters = [mail for mail in mailbox.mails if "Mã truy cập" in mail["subject"]]
        assert [mail["subject"] for mail in letters] == ["Mã truy cập của Xã Trà Linh chờ xác nhận"]
        assert any("thu hồi mã không cần nữa" in line for line in lines(letters[0]))
