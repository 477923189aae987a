"""Approving by people: who they are is proved, and neither gave access to the other (rules §21)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app.database import schema, tables
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client
from tests.support.sign_on import running_issuer
from tests.support.staff import PERSONS, SESSION, created, done

UNIT = "515"


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator", client="quản trị")


def supervisor(client: Client, token: str, **body: Any) -> dict[str, Any]:
    return created(client, token, "supervisor", UNIT, **body)


def asked(client: Client, token: str) -> str:
    """The code of a dossier with a correction that the token asked for, in entry 2."""
    code: str = received(client, client.token("clerk", "20899"))["code"]
    body = {"sequence": 1, "changes": {"at": "2021-08-13T09:00:00+07:00"}, "reason": "ghi nhầm ngày"}
    act(client, token, code, "correct", **body)
    return code


def approval(client: Client, token: str, code: str) -> str | None:
    """The code of the refusal, None if it was approved."""
    answer = client.post(f"{DOSSIERS}/{code}/approve-correction", {"sequence": 2}, token=token)
    if answer.is_success:
        return None
    assert answer.status_code == 403, answer.text
    refused: str = answer.json()["code"]
    return refused


def allowed(client: Client, token: str, code: str) -> list[str]:
    actions: list[str] = done(client.get(f"{DOSSIERS}/{code}", token=token))["allowed_actions"]
    return actions


@pytest.mark.parametrize("method", ["second_factor", "provider"])
def test_a_second_person_approves_although_one_administrator_made_both(
    app_client: Client, administrator: str, method: str
) -> None:
    first, second = supervisor(app_client, administrator), supervisor(app_client, administrator)
    code = asked(app_client, app_client.session(first["id"], "password"))
    secret = app_client.session(second["id"], method)
    assert "approve-correction" in allowed(app_client, secret, code)
    assert approval(app_client, secret, code) is None


def test_a_password_alone_does_not_approve(app_client: Client, administrator: str) -> None:
    first, second = supervisor(app_client, administrator), supervisor(app_client, administrator)
    code = asked(app_client, app_client.session(first["id"]))
    secret = app_client.session(second["id"], "password")
    assert "approve-correction" not in allowed(app_client, secret, code)
    assert "reject-correction" in allowed(app_client, secret, code)
    assert approval(app_client, secret, code) == "approval_not_proven"


def test_after_a_reset_the_right_rests_for_a_week(app_client: Client, administrator: str, seeded_url: str) -> None:
    first, second = supervisor(app_client, administrator), supervisor(app_client, administrator)
    code = asked(app_client, app_client.session(first["id"]))
    until = NOW + timedelta(days=7)
    row = {"person_id": second["id"], "approval_rests_until": until}
    schema.in_transaction(seeded_url, lambda connection: connection.execute(insert(tables.person_secrets).values(row)))
    app_client.now = until - timedelta(seconds=1)
    secret = app_client.session(second["id"])
    assert done(app_client.get(SESSION, token=secret))["strong"] is False
    assert approval(app_client, secret, code) == "approval_not_proven"
    app_client.now = until
    assert approval(app_client, secret, code) is None


def test_another_identity_at_the_provider_lets_the_right_rest(app_client: Client, administrator: str) -> None:
    first = supervisor(app_client, administrator)
    second = supervisor(app_client, administrator, issuer_subject="sub-2")
    code = asked(app_client, app_client.session(first["id"]))
    done(app_client.patch(f"{PERSONS}/{second['id']}", {"issuer_subject": "sub-3"}, token=administrator))
    assert approval(app_client, app_client.session(second["id"], "provider"), code) == "approval_not_proven"
    app_client.now = NOW + timedelta(days=7)
    assert approval(app_client, app_client.session(second["id"], "provider"), code) is None


def test_the_person_that_asked_never_approves(app_client: Client, administrator: str) -> None:
    first, away = supervisor(app_client, administrator), supervisor(app_client, administrator)
    code = asked(app_client, app_client.session(first["id"]))
    secret = app_client.session(first["id"])
    assert approval(app_client, secret, code) == "own_correction"
    lend(app_client, administrator, away, first)
    as_deputy(app_client, secret, away)
    assert approval(app_client, secret, code) == "own_correction"


def test_a_deputy_approves_what_others_than_the_absent_person_asked(app_client: Client, administrator: str) -> None:
    first, away = supervisor(app_client, administrator), supervisor(app_client, administrator)
    deputy = created(app_client, administrator, "clerk", UNIT)
    lend(app_client, administrator, away, deputy)
    secret = app_client.session(deputy["id"])
    as_deputy(app_client, secret, away)
    assert approval(app_client, secret, asked(app_client, app_client.session(away["id"]))) == "approver_not_independent"
    assert approval(app_client, secret, asked(app_client, app_client.session(first["id"]))) is None


def lend(client: Client, token: str, away: dict[str, Any], deputy: dict[str, Any]) -> None:
    days = {"deputy_id": deputy["id"], "from_day": "2021-08-16", "to_day": "2021-08-31"}
    done(client.post(f"{PERSONS}/{away['id']}/deputies", days, token=token))


def as_deputy(client: Client, secret: str, away: dict[str, Any]) -> None:
    """Lets the session work with the role of the absent person."""
    roles = done(client.get(SESSION, token=secret))["roles"]
    role = next(role for role in roles if role["absent"] and role["absent"]["id"] == away["id"])
    done(client.put(SESSION, {"role_id": role["role_id"], "deputy_id": role["deputy_id"]}, token=secret))


# --- Access that one gave to the other ------------------------------------------------------------------------------


def both_roles(client: Client, token: str) -> tuple[str, str]:
    """A person who is supervisor and administrator: a session with each role."""
    roles = [{"role": "supervisor", "unit": UNIT}, {"role": "administrator", "unit": UNIT}]
    person = supervisor(client, token, roles=roles)
    acting, administering = client.session(person["id"]), client.session(person["id"])
    done(client.put(SESSION, {"role_id": person["roles"][1]["id"]}, token=administering))
    return acting, administering


def test_who_made_a_person_is_not_independent_in_either_direction(app_client: Client, administrator: str) -> None:
    acting, administering = both_roles(app_client, administrator)
    made = app_client.session(supervisor(app_client, administering)["id"])
    assert approval(app_client, made, asked(app_client, acting)) == "approver_not_independent"
    assert approval(app_client, acting, asked(app_client, made)) == "approver_not_independent"


def test_access_through_a_third_person_counts(app_client: Client, administrator: str) -> None:
    acting, administering = both_roles(app_client, administrator)
    middle = app_client.session(created(app_client, administering, "administrator", UNIT)["id"])
    made = app_client.session(supervisor(app_client, middle)["id"])
    assert approval(app_client, made, asked(app_client, acting)) == "approver_not_independent"


@pytest.mark.parametrize("change", ["role", "address", "identity"])
def test_who_can_become_a_person_is_not_independent(app_client: Client, administrator: str, change: str) -> None:
    acting, administering = both_roles(app_client, administrator)
    other = supervisor(app_client, administrator)
    code = asked(app_client, acting)
    path = f"{PERSONS}/{other['id']}"
    if change == "role":
        done(app_client.post(f"{path}/roles", {"role": "supervisor", "unit": UNIT}, token=administering))
    else:
        body = {"email": "toi@example.vn"} if change == "address" else {"issuer_subject": "sub-1"}
        done(app_client.patch(path, body, token=administering))
    assert approval(app_client, app_client.session(other["id"]), code) == "approver_not_independent"
    done(app_client.patch(path, {"name": "Tên Khác"}, token=administering))
    third = supervisor(app_client, administrator)
    done(app_client.patch(f"{PERSONS}/{third['id']}", {"name": "Tên Khác"}, token=administering))
    assert approval(app_client, app_client.session(third["id"]), code) is None


def test_a_token_counts_as_the_person_who_issued_it(app_client: Client, administrator: str) -> None:
    acting, administering = both_roles(app_client, administrator)
    token = issued(app_client, administering, "phần mềm 1")
    assert approval(app_client, acting, asked(app_client, token)) == "approver_not_independent"
    assert approval(app_client, token, asked(app_client, acting)) == "approver_not_independent"
    second = app_client.session(supervisor(app_client, administrator)["id"])
    assert approval(app_client, second, asked(app_client, token)) is None


def test_puppets_of_one_administrator_do_not_approve_by_tokens(app_client: Client, administrator: str) -> None:
    _acting, one_hand = both_roles(app_client, administrator)
    puppets = [app_client.session(created(app_client, one_hand, "administrator", UNIT)["id"], "password") for _ in "ab"]
    first, second = (issued(app_client, puppet, f"sv-{number}") for number, puppet in enumerate(puppets, 3))
    assert approval(app_client, second, asked(app_client, first)) == "approver_not_independent"
    asker = app_client.session(supervisor(app_client, one_hand)["id"])
    assert approval(app_client, second, asked(app_client, asker)) == "approver_not_independent"


def issued(client: Client, token: str, name: str) -> str:
    answer = client.post("/api/v1/tokens", {"client": name, "role": "supervisor", "unit": UNIT}, token=token)
    secret: str = done(answer)["secret"]
    return secret


def test_a_token_of_the_single_sign_on_is_the_person_with_its_identity(seeded_url: str) -> None:
    with running_issuer() as issuer, Client(seeded_url, NOW, **issuer.settings) as client:
        administrator = client.token("administrator")
        person = supervisor(client, administrator, issuer_subject="sub-1")
        by_token = issuer.token(client.now, sub="sub-1", role="supervisor", unit=UNIT)
        code = asked(client, by_token)
        assert approval(client, client.session(person["id"]), code) == "approver_not_independent"
        assert approval(client, client.session(supervisor(client, administrator)["id"]), code) is None
