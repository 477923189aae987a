"""HTTP endpoints of people: scope of administrators, versions, the record, links (rules §21)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from app.access.sessions import session_hash
from app.access.sign_in_links import open_link, use_link
from app.audit.verification.service import verify
from app.database import Database, schema, tables
from tests.conftest import NOW
from tests.support.client import Call, Client
from tests.support.database_access import in_database
from tests.support.staff import ELSEWHERE, HERE, PERSONS, SESSION, created, done, new_person, refused


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator", client="quản trị")


def rows(url: str, name: str) -> list[Any]:
    statement = select(tables.metadata.tables[name])
    return schema.in_transaction(url, lambda connection: list(connection.execute(statement).all()))


# --- Creating and changing ------------------------------------------------------------------------------------------


def test_a_created_person_is_read_and_listed(app_client: Client, administrator: str) -> None:
    body = {**new_person("officer"), "account": " Hoa.LT ", "name": "Lê Thị Hoa", "email": "hoa@example.vn"}
    answer = app_client.post(PERSONS, body, token=administrator)
    assert answer.status_code == 201
    person = answer.json()
    assert answer.headers["location"] == f"{PERSONS}/{person['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert (person["account"], person["client"], person["state"], person["version"]) == (
        "hoa.lt",
        f"person:{person['id']}",
        "active",
        1,
    )
    assert [(role["role"], role["unit"]["code"], role["state"]) for role in person["roles"]] == [
        ("officer", HERE, "valid")
    ]
    assert person["sign_in"] == {"password": False, "second_factor": False, "approval_rests_until": None}
    assert done(app_client.get(f"{PERSONS}/{person['id']}", token=administrator)) == person
    for q in ("le thi hoa", "HOA.LT"):
        assert done(app_client.get(f"{PERSONS}?q={q}", token=administrator))["items"] == [person]


def test_a_list_has_pages(app_client: Client, administrator: str) -> None:
    ids = [created(app_client, administrator)["id"] for _ in range(3)]
    first = done(app_client.get(f"{PERSONS}?limit=2", token=administrator))
    second = done(app_client.get(f"{PERSONS}?limit=2&cursor={first['next_cursor']}", token=administrator))
    assert [person["id"] for person in first["items"] + second["items"]] == ids
    assert second["next_cursor"] is None
    done(app_client.post(f"{PERSONS}/{ids[0]}/suspend", {"reason": "absent"}, token=administrator))
    suspended = done(app_client.get(f"{PERSONS}?state=suspended", token=administrator))["items"]
    assert [person["id"] for person in suspended] == ids[:1]


@pytest.mark.parametrize("account", ["", "a b", ".an", "an.", "ngọc", "x" * 65, "a\u200bb"])
def test_an_account_name_has_plain_letters(app_client: Client, administrator: str, account: str) -> None:
    answer = app_client.post(PERSONS, {**new_person(), "account": account}, token=administrator)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"] if "errors" in answer.json() else "/account") == (
        422,
        "/account",
    )


def test_an_account_and_an_identity_belong_to_one_person(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator, account="minh", issuer_subject="sub-1")
    for clash, code in (({"account": "MINH"}, "account_taken"), ({"issuer_subject": "sub-1"}, "subject_taken")):
        refused(app_client.post(PERSONS, {**new_person(), **clash}, token=administrator), 409, code)
        other = created(app_client, administrator)
        refused(app_client.patch(f"{PERSONS}/{other['id']}", clash, token=administrator), 409, code)
    # The name of an ended person is not given again.
    done(app_client.post(f"{PERSONS}/{person['id']}/end", {"reason": "left"}, token=administrator))
    refused(app_client.post(PERSONS, {**new_person(), "account": "minh"}, token=administrator), 409, "account_taken")


def test_of_two_people_with_one_account_name_at_once_one_is_created(app_client: Client, administrator: str) -> None:
    calls = [Call("POST", PERSONS, {**new_person(), "account": "cung"}, administrator) for _ in range(4)]
    answers = app_client.together(calls)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_a_change_names_the_version_that_it_changes(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator)
    path = f"{PERSONS}/{person['id']}"
    tag = app_client.get(path, token=administrator).headers["etag"]
    changed = app_client.patch(path, {"name": "Tên Mới"}, token=administrator, headers={"If-Match": tag})
    assert (done(changed)["name"], changed.json()["version"]) == ("Tên Mới", 2)
    for method, address, body in (
        ("PATCH", path, {"name": "Tên Khác"}),
        ("POST", f"{path}/suspend", {}),
        ("POST", f"{path}/roles", {"role": "clerk", "unit": HERE}),
        ("PATCH", f"{path}/roles/{person['roles'][0]['id']}", {"ended": True}),
    ):
        answer = app_client.request(method, address, json=body, token=administrator, headers={"If-Match": tag})
        assert answer.status_code == 412, address
    same = app_client.patch(path, {"name": "Tên Mới"}, token=administrator)
    assert done(same)["version"] == 2


def test_a_retry_changes_nothing(app_client: Client, administrator: str) -> None:
    body, headers = new_person(), {"Idempotency-Key": "k1"}
    first, again = (app_client.post(PERSONS, body, token=administrator, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert len(done(app_client.get(PERSONS, token=administrator))["items"]) == 1


def test_an_ended_person_stays_ended(app_client: Client, administrator: str) -> None:
    path = f"{PERSONS}/{created(app_client, administrator)['id']}"
    assert done(app_client.post(f"{path}/suspend", {}, token=administrator))["state"] == "suspended"
    assert done(app_client.post(f"{path}/resume", {}, token=administrator))["state"] == "active"
    assert done(app_client.post(f"{path}/end", {"reason": "left"}, token=administrator))["state"] == "ended"
    for step in ("resume", "suspend"):
        refused(app_client.post(f"{path}/{step}", {}, token=administrator), 409, "person_ended")


# --- The record -----------------------------------------------------------------------------------------------------


def test_each_change_is_recorded_without_names_and_stands_in_the_ledger(
    app_client: Client, administrator: str, seeded_url: str
) -> None:
    first = app_client.session(created(app_client, administrator, "administrator", None, name="Lê Quản Trị")["id"])
    person = created(app_client, first, name="Hồ Văn Bí Mật", email="bi.mat@example.vn")
    other = created(app_client, administrator)
    path, role = f"{PERSONS}/{person['id']}", person["roles"][0]["id"]
    days = {"deputy_id": other["id"], "from_day": "2021-08-16", "to_day": "2021-08-20"}
    deputy = done(app_client.post(f"{path}/deputies", days, token=first))["deputies"][0]["id"]
    done(app_client.patch(path, {"name": "Tên Mới", "needs_second_factor": True}, token=first))
    done(app_client.post(f"{path}/roles", {"role": "officer", "unit": HERE}, token=first))
    done(app_client.patch(f"{path}/roles/{role}", {"valid_to": "2021-12-31"}, token=first))
    done(app_client.patch(f"{path}/roles/{role}", {"ended": True}, token=first))
    done(app_client.post(f"{path}/deputies/{deputy}/withdraw", {"reason": "returned"}, token=first))
    done(app_client.post(f"{path}/links", {"kind": "invitation"}, token=first))
    done(app_client.post(f"{path}/links", {"kind": "reset"}, token=first))
    for step in ("suspend", "resume", "end"):
        done(app_client.post(f"{path}/{step}", {}, token=first))
    changes = done(app_client.get(f"{path}/changes", token=administrator))["items"]
    assert [change["type"] for change in changes] == [
        *("created", "deputy_set", "changed", "role_given", "role_changed", "role_ended", "deputy_withdrawn"),
        *("invited", "reset", "suspended", "resumed", "ended"),
    ]
    assert {change["client_name"] for change in changes} == {"Lê Quản Trị"}
    assert changes[2]["data"] == {"fields": ["name", "needs_second_factor"], "needs_second_factor": True}
    kept = str(rows(seeded_url, "person_changes")) + str(rows(seeded_url, "ledger"))
    assert not any(word in kept for word in ("Bí Mật", "Tên Mới", "bi.mat", "Quản Trị"))
    assert not in_database(seeded_url, verify)


# --- Scope ----------------------------------------------------------------------------------------------------------


def test_an_administrator_of_a_subtree_gives_no_role_outside(app_client: Client, administrator: str) -> None:
    here = app_client.session(created(app_client, administrator, "administrator", HERE)["id"])
    for unit in (ELSEWHERE, "515", None):
        refused(app_client.post(PERSONS, new_person(unit=unit), token=here), 403, "unit_of_others")
    person = created(app_client, here)
    body = {"role": "clerk", "unit": ELSEWHERE}
    refused(app_client.post(f"{PERSONS}/{person['id']}/roles", body, token=here), 403, "unit_of_others")


def test_a_role_elsewhere_takes_a_person_out_of_the_scope(app_client: Client, administrator: str) -> None:
    mine = created(app_client, administrator, "administrator", HERE)["id"]
    here, person = app_client.session(mine), created(app_client, administrator)
    path = f"{PERSONS}/{person['id']}"
    assert app_client.get(path, token=here).is_success
    second = done(app_client.post(f"{path}/roles", {"role": "clerk", "unit": ELSEWHERE}, token=administrator))
    refused(app_client.get(path, token=here), 403, "person_of_others")
    refused(app_client.post(f"{path}/links", {"kind": "reset"}, token=here), 403, "person_of_others")
    assert person["id"] not in listed(app_client, here)
    # The role elsewhere is over on the next day.
    done(app_client.patch(f"{path}/roles/{second['roles'][1]['id']}", {"valid_to": "2021-08-16"}, token=administrator))
    refused(app_client.get(path, token=here), 403, "person_of_others")
    app_client.now = NOW + timedelta(days=1)
    here = app_client.session(mine)
    assert app_client.get(path, token=here).is_success
    assert person["id"] in listed(app_client, here)


def listed(client: Client, token: str) -> list[int]:
    return [person["id"] for person in done(client.get(PERSONS, token=token))["items"]]


def test_a_person_whose_roles_are_all_over_stays_with_their_administrators(
    app_client: Client, administrator: str
) -> None:
    roles = [
        {"role": "clerk", "unit": unit, "valid_from": "2021-01-01", "valid_to": "2021-06-30"}
        for unit in (HERE, ELSEWHERE)
    ]
    person = created(app_client, administrator, roles=roles)
    here = app_client.session(created(app_client, administrator, "administrator", HERE)["id"])
    refused(app_client.get(f"{PERSONS}/{person['id']}", token=here), 403, "person_of_others")
    assert person["id"] not in listed(app_client, here)
    assert person["id"] in listed(app_client, administrator)


def test_nobody_changes_the_own_account_or_rights(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator, "administrator", None)
    secret, path = app_client.session(person["id"]), f"{PERSONS}/{person['id']}"
    for method, address, body in (
        ("PATCH", path, {"issuer_subject": "ich"}),
        ("POST", f"{path}/roles", {"role": "supervisor"}),
        ("PATCH", f"{path}/roles/{person['roles'][0]['id']}", {"valid_to": None}),
        ("POST", f"{path}/links", {"kind": "reset"}),
        ("POST", f"{path}/suspend", {}),
    ):
        answer = app_client.request(method, address, json=body, token=secret)
        refused(answer, 403, "person_is_yourself")


def test_nobody_changes_the_own_rights_by_a_token_of_their_own(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator, "administrator", HERE)
    token = app_client.session(person["id"])
    for name in ("công cụ 1", "công cụ 2"):
        body = {"client": name, "role": "administrator", "unit": HERE}
        token = done(app_client.post("/api/v1/tokens", body, token=token))["secret"]
        path = f"{PERSONS}/{person['id']}/roles"
        refused(app_client.post(path, {"role": "supervisor", "unit": HERE}, token=token), 403, "person_is_yourself")
        created(app_client, token)


def test_a_person_reads_the_own_data_and_no_others(app_client: Client, administrator: str) -> None:
    person, other = created(app_client, administrator), created(app_client, administrator)
    secret = app_client.session(person["id"])
    assert done(app_client.get(f"{PERSONS}/{person['id']}", token=secret)) == person
    assert done(app_client.get(f"{PERSONS}/current", token=secret)) == person
    assert len(done(app_client.get(f"{PERSONS}/{person['id']}/changes", token=secret))["items"]) == 1
    refused(app_client.get(f"{PERSONS}/{other['id']}", token=secret), 403, "administrators_only")
    refused(app_client.get(f"{PERSONS}/99", token=secret), 404, "unknown_account")


def test_no_program_takes_the_name_of_a_person(app_client: Client, administrator: str) -> None:
    for name in ("person:17", "PERSON:x", "pers0n:17"):
        body = {"client": name, "role": "clerk", "unit": HERE}
        refused(app_client.post("/api/v1/tokens", body, token=administrator), 422, "client_invalid")


# --- Successions ----------------------------------------------------------------------------------------------------


def test_a_role_waits_for_the_successor_of_its_unit(app_client: Client, administrator: str) -> None:
    gone = {
        "code": "90001",
        "name": "Đơn vị thử",
        "kind": "office",
        "type": "Phòng",
        "agency_identifier": "000.01.90.H99",
        "valid_from": "2021-01-01",
    }
    unit = done(app_client.post("/api/v1/units", gone, token=administrator))["id"]
    person = created(app_client, administrator, unit=unit)
    path = f"/api/v1/units/{unit}/succeed"
    done(app_client.post(path, {"into": ELSEWHERE, "on": "2021-08-16"}, token=administrator))
    caller = done(app_client.get("/api/v1/tokens/current", token=app_client.session(person["id"])))
    assert (caller["unit"]["code"], caller["awaits"]["code"]) == ("90001", ELSEWHERE)
    elsewhere = app_client.session(created(app_client, administrator, "administrator", ELSEWHERE)["id"])
    address = f"{PERSONS}/{person['id']}/roles/{person['roles'][0]['id']}/confirm"
    third = app_client.session(created(app_client, administrator, "administrator", "20908")["id"])
    refused(app_client.post(address, {}, token=third), 403, "person_of_others")
    refused(app_client.post(address, {"unit": "20908"}, token=elsewhere), 422, "not_a_successor")
    confirmed = done(app_client.post(address, {}, token=elsewhere))
    assert (confirmed["roles"][0]["unit"]["code"], confirmed["roles"][0]["awaits"]) == (ELSEWHERE, None)
    caller = done(app_client.get("/api/v1/tokens/current", token=app_client.session(person["id"])))
    assert (caller["unit"]["code"], caller["awaits"]) == (ELSEWHERE, None)
    refused(app_client.post(address, {}, token=elsewhere), 409, "role_waits_for_nobody")


# --- Links ----------------------------------------------------------------------------------------------------------


def opened(url: str, secret: str, after: timedelta = timedelta(0)) -> bool:
    async def work(database: Database) -> bool:
        async with database.reading() as connection:
            return await open_link(connection, secret, NOW + after) is not None

    return in_database(url, work)


def made(client: Client, token: str, person_id: int, kind: str = "invitation") -> str:
    answer = done(client.post(f"{PERSONS}/{person_id}/links", {"kind": kind}, token=token))
    secret: str = answer["address"].rpartition("/")[2]
    return secret


def test_the_address_of_a_link_is_shown_once_and_stored_nowhere(
    app_client: Client, administrator: str, seeded_url: str
) -> None:
    path = f"{PERSONS}/{created(app_client, administrator)['id']}/links"
    body, headers = {"kind": "invitation"}, {"Idempotency-Key": "k1"}
    first, again = (app_client.post(path, body, token=administrator, headers=headers) for _ in range(2))
    secret = first.json()["address"].rpartition("/")[2]
    assert (first.status_code, first.json()["address"]) == (201, f"/sign-in/link/{secret}")
    assert first.headers["cache-control"] == "no-store"
    assert again.json() == {**first.json(), "address": None}
    links = rows(seeded_url, "sign_in_links")
    assert [(link.id, link.shown) for link in links] == [(session_hash(secret), True)]
    assert not any(secret in str(row) for name in tables.metadata.tables for row in rows(seeded_url, name))


def test_a_link_is_valid_for_a_time_and_only_the_newest(
    app_client: Client, administrator: str, seeded_url: str
) -> None:
    person = created(app_client, administrator)["id"]
    first = made(app_client, administrator, person)
    assert opened(seeded_url, first, timedelta(hours=72, seconds=-1))
    assert not opened(seeded_url, first, timedelta(hours=72))
    second = made(app_client, administrator, person)
    assert (opened(seeded_url, first), opened(seeded_url, second)) == (False, True)

    async def use(database: Database) -> list[bool]:
        async with database.writing() as connection:
            link = await open_link(connection, second, NOW)
            assert link is not None
            return [await use_link(connection, link, NOW) for _ in range(2)]

    assert in_database(seeded_url, use) == [True, False]
    assert not opened(seeded_url, second)


def test_a_suspended_person_has_no_link(app_client: Client, administrator: str, seeded_url: str) -> None:
    person = created(app_client, administrator)["id"]
    secret = made(app_client, administrator, person)
    done(app_client.post(f"{PERSONS}/{person}/suspend", {}, token=administrator))
    assert not opened(seeded_url, secret)
    path = f"{PERSONS}/{person}/links"
    refused(app_client.post(path, {"kind": "reset"}, token=administrator), 409, "person_not_active")


def test_a_reset_ends_the_sessions_and_lets_approving_rest(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator, "supervisor")["id"]
    secret = app_client.session(person)
    made(app_client, administrator, person, "reset")
    refused(app_client.get(SESSION, token=secret), 401, "session_ended")
    current = done(app_client.get(SESSION, token=app_client.session(person)))
    assert (current["strong"], current["approval_rests_until"]) == (False, "2021-08-23T08:30:00+07:00")


@pytest.mark.parametrize("way", ["password", "provider"])
def test_a_person_who_can_sign_in_is_reset_and_not_invited(
    app_client: Client, administrator: str, seeded_url: str, way: str
) -> None:
    about = {"issuer_subject": "sub-1"} if way == "provider" else {}
    person = created(app_client, administrator, "supervisor", **about)["id"]
    if way == "password":
        row = {"person_id": person, "password_hash": "$argon2id$"}
        statement = insert(tables.person_secrets).values(row)
        schema.in_transaction(seeded_url, lambda connection: connection.execute(statement))
    path = f"{PERSONS}/{person}/links"
    refused(app_client.post(path, {"kind": "invitation"}, token=administrator), 409, "reset_needed")
    done(app_client.post(path, {"kind": "reset"}, token=administrator))


def test_a_link_is_mailed_only_where_that_is_possible(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator, email="hoa@example.vn")["id"]
    body = {"kind": "invitation", "mail": True}
    refused(app_client.post(f"{PERSONS}/{person}/links", body, token=administrator), 409, "mail_not_possible")
