"""Receipts name the dossiers that they may repeat: a hint against receiving the same thing twice (rules §8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from app.database.observed import observed
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, HOA, act, guardianship, receipt
from tests.support.client import Client

DUP = {"name": "Lê Văn Đúp", "identity_number": "049085000001"}


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899", client="quầy 1")


def codes(answer: dict[str, Any]) -> list[str]:
    return [other["code"] for other in answer["similar"]]


def asked(client: Client, token: str, **applicant: str) -> list[str]:
    body = {"procedure": "1.004837", "applicant": applicant}
    answer = client.post(f"{DOSSIERS}/similar", body, token=token)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


def test_a_second_receipt_of_one_person_names_the_first_one(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP)
    second = receipt(app_client, clerk, applicant=DUP)

    assert first["similar"] == []
    assert second["similar"] == [
        {"code": first["code"], "status": "received", "received_at": "2021-08-16T08:30:00+07:00"}
    ]


def test_a_third_receipt_names_both_with_the_latest_first(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP, at="2021-08-16T08:25:00+07:00")
    second = receipt(app_client, clerk, applicant=DUP)
    assert codes(receipt(app_client, clerk, applicant=DUP)) == [second["code"], first["code"]]


@pytest.mark.parametrize(
    ("applicant", "is_same"),
    [
        ({"name": "Lê Văn Đúp", "identity_number": "049 085 000 001"}, True),
        ({"name": "Tên khác", "identity_number": "049085000001"}, True),
        ({"name": "LE VAN DUP", "phone": "0905123456"}, True),
        ({"name": "Lê Văn Đúp", "phone": "0905123457"}, False),
        ({"name": "Lê Thị Đúp", "phone": "0905123456"}, False),
        ({"name": "Lê Văn Đúp"}, False),
        ({"name": "Lê Văn Đúp", "identity_number": "049085000002"}, False),
    ],
)
def test_a_person_is_the_same_by_number_or_by_name_and_telephone(
    app_client: Client, clerk: str, applicant: dict[str, str], is_same: bool
) -> None:
    first = receipt(app_client, clerk, applicant={**DUP, "phone": "0905123456"})
    expected = [first["code"]] if is_same else []
    assert asked(app_client, clerk, **applicant) == expected
    assert codes(receipt(app_client, clerk, applicant=applicant)) == expected


def test_another_procedure_is_not_the_same_thing(app_client: Client, clerk: str) -> None:
    receipt(app_client, clerk, applicant=DUP)
    assert codes(receipt(app_client, clerk, applicant=DUP, procedure="1.001193")) == []


def test_a_finished_dossier_counts_only_on_its_day(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP)
    act(app_client, app_client.token("officer", "20899"), first["code"], "finish", outcome="granted")
    assert asked(app_client, clerk, **DUP) == [first["code"]]
    app_client.now = NOW + timedelta(days=1)
    assert asked(app_client, clerk, **DUP) == []


def test_an_open_dossier_counts_for_thirty_days(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP)
    app_client.now = NOW + timedelta(days=30)
    assert asked(app_client, clerk, **DUP) == [first["code"]]
    app_client.now = NOW + timedelta(days=31)
    assert asked(app_client, clerk, **DUP) == []


def test_a_voided_double_is_no_longer_named(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP)
    act(app_client, clerk, first["code"], "void", sequence=1, reason="nhập hai lần")
    assert codes(receipt(app_client, clerk, applicant=DUP)) == []


def test_a_submission_names_and_is_named(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP, submit=True)
    second = receipt(app_client, clerk, applicant=DUP, submit=True)
    assert codes(second) == [first["code"]]
    assert codes(act(app_client, clerk, first["code"], "receive")) == [second["code"]]


def test_a_dossier_of_other_units_is_not_named(app_client: Client, clerk: str) -> None:
    elsewhere = app_client.token("clerk", "20902")
    receipt(app_client, elsewhere, applicant=DUP, receiving_unit="20902")
    assert codes(receipt(app_client, clerk, applicant=DUP)) == []
    assert len(asked(app_client, app_client.token("supervisor"), **DUP)) == 2


def test_the_present_applicant_counts_and_not_a_former_one(app_client: Client, clerk: str) -> None:
    first = receipt(app_client, clerk, applicant=DUP)
    patch = {"applicant": {"identity_number": "049085000009"}}
    assert app_client.patch(f"{DOSSIERS}/{first['code']}", patch, token=clerk).status_code == 200
    assert asked(app_client, clerk, **DUP) == []
    assert asked(app_client, clerk, name="Ai đó", identity_number="049085000009") == [first["code"]]


def test_a_repeated_request_gets_its_first_answer(app_client: Client, clerk: str) -> None:
    key = {"Idempotency-Key": "một lần".encode().hex()}
    answers = [app_client.post(DOSSIERS, guardianship(), token=clerk, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert codes(answers[1].json()) == []


def test_roles_that_receive_nothing_cannot_ask_for_people(app_client: Client) -> None:
    for role in ("officer", "reporter", "administrator"):
        body = {"procedure": "1.004837", "applicant": HOA}
        assert app_client.post(f"{DOSSIERS}/similar", body, token=app_client.token(role)).status_code == 403


def test_the_hint_costs_a_receipt_no_statement_of_its_own(seeded_url: str) -> None:
    statements: list[str] = []
    round_trips: list[str] = []

    @contextmanager
    def recorded(_system: str, text: str) -> Iterator[None]:
        statements.append(text)
        yield

    with observed(recorded, lambda sent: round_trips.append(sent.query)), Client(seeded_url, NOW) as client:
        token = client.token("clerk", "20899")
        receipt(client, token, applicant=DUP)
        del statements[:], round_trips[:]
        receipt(client, token, applicant=DUP)

    (reading,) = (text for text in statements if "identity_hash" in text and "INSERT INTO applicants" not in text)
    assert reading.startswith("INSERT INTO code_ordinals")
    if seeded_url.startswith("postgresql"):
        assert [text.split()[0] for text in round_trips[:4]] == ["BEGIN", "INSERT", "WITH", "COMMIT"]
