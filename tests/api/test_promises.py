"""Promised dates: ahead of the day on which they are promised, and found by lists (rules §6)."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "20899")


def promise(client: Client, token: str, code: str, day: str) -> tuple[int, str | None]:
    answer = client.post(f"{DOSSIERS}/{code}/reschedule", {"promised_date": day, "reason": "xin lỗi"}, token=token)
    return answer.status_code, answer.json().get("code") if answer.is_error else None


def test_a_promise_before_today_is_refused_although_it_is_after_the_due_date(
    app_client: Client, supervisor: str
) -> None:
    code = received(app_client, supervisor)["code"]
    app_client.now = NOW + timedelta(days=9)  # Wednesday 25 August; it was due on the 19th
    assert promise(app_client, supervisor, code, "2021-08-24") == (422, "promise_in_past")
    assert promise(app_client, supervisor, code, "2021-08-25") == (200, None)


def test_lists_and_searches_find_what_was_promised_for_a_day(app_client: Client, supervisor: str) -> None:
    codes = [received(app_client, supervisor)["code"] for _ in range(3)]
    for code, day in zip(codes, ("2021-08-24", "2021-08-25", "2021-08-26"), strict=True):
        act(app_client, supervisor, code, "reschedule", promised_date=day, reason="x")
    for fields, expected in (
        ({"promised_from": "2021-08-25", "promised_to": "2021-08-25"}, codes[1:2]),
        ({"promised_from": "2021-08-25"}, codes[1:]),
        ({"promised_to": "2021-08-24"}, codes[:1]),
    ):
        listed = app_client.get(DOSSIERS, params=fields, token=supervisor).json()["items"]
        searched = app_client.post(f"{DOSSIERS}/search", fields, token=supervisor).json()["items"]
        assert sorted(item["code"] for item in listed) == sorted(item["code"] for item in searched) == expected
