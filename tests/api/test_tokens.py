"""HTTP endpoints of tokens: issue, list, revoke and rotate within an administrator's scope, and the record."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Executable, Row, delete, text, update
from sqlalchemy.exc import DBAPIError

from app.access import token_uses as uses
from app.access.service import token_hash
from app.database import schema, tables
from tests.conftest import NOW
from tests.support.client import Call, Client

TOKENS, DOSSIERS = "/api/v1/tokens", "/api/v1/dossiers"
HERE, ELSEWHERE = "20899", "20902"


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator", client="quản trị")


@pytest.fixture
def two_workers(seeded_url: str) -> Iterator[tuple[Client, Client]]:
    with Client(seeded_url, NOW) as first, Client(seeded_url, NOW) as second:
        yield first, second


def issued(client: Client, token: str, /, **body: Any) -> dict[str, Any]:
    """The response with a new token."""
    answer = client.post(TOKENS, {"client": "quầy 1", "role": "clerk", "unit": HERE, **body}, token=token)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def read(client: Client, token: str, token_id: int) -> dict[str, Any]:
    answer = client.get(f"{TOKENS}/{token_id}", token=token)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def lets_in(client: Client, secret: str) -> bool:
    return client.get(DOSSIERS, token=secret).status_code == 200


def run(url: str, statement: Executable) -> list[Row[Any]]:
    """Runs a statement on the database itself, past the service."""

    def work(connection: Any) -> list[Row[Any]]:
        result = connection.execute(statement)
        return list(result.all()) if result.returns_rows else []

    return schema.in_transaction(url, work)


# --- Issuing --------------------------------------------------------------------------------------------------------


def test_an_issued_token_is_accepted_and_its_secret_is_stored_nowhere(
    app_client: Client, administrator: str, seeded_url: str
) -> None:
    made = issued(app_client, administrator)
    assert len(made["secret"]) >= 43, "256 bits"
    assert (made["role"], made["unit"]["code"], made["state"], made["version"]) == ("clerk", HERE, "active", 1)
    assert lets_in(app_client, made["secret"])
    stored = [
        str(row)
        for name in ("tokens", "token_changes")
        for row in run(seeded_url, tables.metadata.tables[name].select())
    ]
    assert any(token_hash(made["secret"]) in row for row in stored)
    assert not any(made["secret"] in row for row in stored)


def test_only_the_first_response_has_the_secret_and_none_may_be_cached(app_client: Client, administrator: str) -> None:
    answer = app_client.post(TOKENS, {"client": "a", "role": "clerk"}, token=administrator)
    path = answer.headers["location"]
    later = [app_client.get(path, token=administrator), app_client.get(TOKENS, token=administrator)]
    later.append(app_client.post(f"{path}/revoke", {}, token=administrator))
    assert all(response.is_success and answer.json()["secret"] not in response.text for response in later)
    assert {response.headers["cache-control"] for response in [answer, *later]} == {"no-store"}


def test_a_retry_issues_nothing_and_its_response_lacks_the_secret(
    app_client: Client, administrator: str, seeded_url: str
) -> None:
    calls = [
        app_client.post(
            TOKENS, {"client": "a", "role": "clerk"}, token=administrator, headers={"Idempotency-Key": "k1"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in calls] == [201, 201]
    first, again = (answer.json() for answer in calls)
    assert first["secret"]
    assert again == {**first, "secret": None}
    assert [row for row in run(seeded_url, tables.idempotency_responses.select()) if first["secret"] in str(row)] == []


def test_a_token_is_valid_until_its_expiry(app_client: Client, administrator: str) -> None:
    made = issued(app_client, administrator, expires_at="2021-08-17T08:30:00+07:00")
    app_client.now = NOW + timedelta(days=1, seconds=-1)
    assert lets_in(app_client, made["secret"])
    app_client.now = NOW + timedelta(days=1)
    refused(app_client.get(DOSSIERS, token=made["secret"]), 401, "token_expired")
    assert read(app_client, administrator, made["id"])["state"] == "expired"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"expires_at": "2021-08-16T08:30:00+07:00"}, "expiry_invalid"),
        ({"client": "Command Line"}, "client_invalid"),
        ({"unit": "99999"}, "unknown_unit"),
        ({"role": "king"}, "invalid"),
        ({"secret": "mine"}, "invalid"),
    ],
)
def test_an_invalid_token_request_is_refused(
    app_client: Client, administrator: str, body: dict[str, Any], code: str
) -> None:
    whole = {"client": "a", "role": "clerk", "unit": HERE, **body}
    refused(app_client.post(TOKENS, whole, token=administrator), 422, code)


# --- Listing --------------------------------------------------------------------------------------------------------


def test_the_list_has_pages_and_a_filter_for_valid_tokens(app_client: Client, administrator: str) -> None:
    ids = [issued(app_client, administrator, client=f"c{number}")["id"] for number in range(5)]
    app_client.post(f"{TOKENS}/{ids[1]}/revoke", {}, token=administrator)
    page = app_client.get(f"{TOKENS}?limit=2", token=administrator).json()
    listed = [item["id"] for item in page["items"]]
    while page["next_cursor"]:
        page = app_client.get(f"{TOKENS}?limit=2&cursor={page['next_cursor']}", token=administrator).json()
        listed += [item["id"] for item in page["items"]]
    assert listed == sorted(listed)
    assert set(ids) < set(listed)

    def ids_of(active: str) -> set[int]:
        answer = app_client.get(f"{TOKENS}?active={active}", token=administrator)
        return {item["id"] for item in answer.json()["items"]}

    assert ids_of("false") == {ids[1]}
    assert ids_of("true") == set(listed) - {ids[1]}
    assert app_client.get(f"{TOKENS}?state=x", token=administrator).status_code == 422
    refused(app_client.get(f"{TOKENS}?cursor=x", token=administrator), 400, "bad_cursor")


# --- Revoking -------------------------------------------------------------------------------------------------------


def test_a_revoked_token_is_refused_at_once_here_and_after_the_cache_time_elsewhere(
    two_workers: tuple[Client, Client],
) -> None:
    here, there = two_workers
    administrator = here.token("administrator")
    made = issued(here, administrator)
    assert lets_in(here, made["secret"])
    assert lets_in(there, made["secret"])

    answer = here.post(f"{TOKENS}/{made['id']}/revoke", {"reason": "exposed"}, token=administrator)

    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "revoked", 2)
    refused(here.get(DOSSIERS, token=made["secret"]), 401, "token_revoked")
    there.now = NOW + timedelta(seconds=2)
    refused(there.get(DOSSIERS, token=made["secret"]), 401, "token_revoked")


def test_revoking_again_changes_nothing(app_client: Client, administrator: str) -> None:
    made = issued(app_client, administrator)
    path = f"{TOKENS}/{made['id']}/revoke"
    first = app_client.post(path, {"reason": "lost"}, token=administrator)
    app_client.now = NOW + timedelta(hours=1)
    assert app_client.post(path, {}, token=administrator).json() == first.json()
    assert [change["type"] for change in read(app_client, administrator, made["id"])["changes"]] == [
        "created",
        "revoked",
    ]


def test_a_revocation_with_another_version_is_refused(app_client: Client, administrator: str) -> None:
    made = issued(app_client, administrator)
    path = f"{TOKENS}/{made['id']}/revoke"
    assert app_client.post(path, {}, token=administrator, headers={"If-Match": '"2"'}).status_code == 412
    assert app_client.post(path, {}, token=administrator, headers={"If-Match": '"1"'}).status_code == 200


def test_an_unknown_token_is_404(app_client: Client, administrator: str) -> None:
    refused(app_client.get(f"{TOKENS}/4711", token=administrator), 404, "unknown_token")
    refused(app_client.post(f"{TOKENS}/4711/revoke", {}, token=administrator), 404, "unknown_token")


def test_an_administrator_revoked_elsewhere_issues_nothing_while_its_token_is_cached(
    two_workers: tuple[Client, Client],
) -> None:
    here, there = two_workers
    root, revoked = here.token("administrator"), issued(here, here.token("administrator"), role="administrator")
    assert there.get(TOKENS, token=revoked["secret"]).status_code == 200, "cached from now on"
    assert here.post(f"{TOKENS}/{revoked['id']}/revoke", {}, token=root).status_code == 200
    body = {"client": "a", "role": "clerk", "unit": HERE}
    refused(there.post(TOKENS, body, token=revoked["secret"]), 401, "token_revoked")
    refused(there.post(f"{TOKENS}/{revoked['id']}/rotate", {}, token=revoked["secret"]), 401, "token_revoked")


# --- Rotating -------------------------------------------------------------------------------------------------------


def test_both_tokens_are_valid_for_the_overlap_and_then_only_the_new_one(
    app_client: Client, administrator: str
) -> None:
    old = issued(app_client, administrator, role="officer")
    answer = app_client.post(f"{TOKENS}/{old['id']}/rotate", {"overlap_hours": 2}, token=administrator)
    assert answer.status_code == 201, answer.text
    new = answer.json()

    assert [new[name] for name in ("client", "role", "unit")] == [old[name] for name in ("client", "role", "unit")]
    assert new["replaced"]["replaced_by"] == new["id"]
    assert new["replaced"]["expires_at"] == "2021-08-16T10:30:00+07:00"
    app_client.now = NOW + timedelta(hours=2, seconds=-1)
    assert lets_in(app_client, old["secret"])
    assert lets_in(app_client, new["secret"])
    app_client.now = NOW + timedelta(hours=2)
    refused(app_client.get(DOSSIERS, token=old["secret"]), 401, "token_expired")
    assert lets_in(app_client, new["secret"])


def test_the_default_overlap_is_a_day_and_never_extends_an_expiry(app_client: Client, administrator: str) -> None:
    permanent = issued(app_client, administrator, client="a")
    ending = issued(app_client, administrator, client="b", expires_at="2021-08-16T10:30:00+07:00")

    def rotated(token: dict[str, Any]) -> dict[str, Any]:
        answer = app_client.post(f"{TOKENS}/{token['id']}/rotate", {}, token=administrator)
        content: dict[str, Any] = answer.json()
        return content

    first, second = rotated(permanent), rotated(ending)
    assert (first["replaced"]["expires_at"], first["expires_at"]) == ("2021-08-17T08:30:00+07:00", None)
    assert second["replaced"]["expires_at"] == "2021-08-16T10:30:00+07:00"
    assert second["expires_at"] == "2021-08-16T10:30:00+07:00", "two hours, the lifetime of the old token"


def test_only_a_valid_token_is_rotated_and_only_once(app_client: Client, administrator: str) -> None:
    once, gone = issued(app_client, administrator), issued(app_client, administrator)
    assert app_client.post(f"{TOKENS}/{once['id']}/rotate", {}, token=administrator).status_code == 201
    refused(app_client.post(f"{TOKENS}/{once['id']}/rotate", {}, token=administrator), 409, "token_replaced")
    app_client.post(f"{TOKENS}/{gone['id']}/revoke", {}, token=administrator)
    refused(app_client.post(f"{TOKENS}/{gone['id']}/rotate", {}, token=administrator), 409, "token_not_in_force")


def test_of_concurrent_rotations_one_succeeds(app_client: Client, administrator: str) -> None:
    made = issued(app_client, administrator)
    calls = [Call("POST", f"{TOKENS}/{made['id']}/rotate", {}, administrator)] * 5
    assert sorted(item.status_code for item in app_client.together(calls)) == [201, 409, 409, 409, 409]


# --- Scope ----------------------------------------------------------------------------------------------------------


def test_an_administrator_of_a_unit_issues_tokens_for_its_subtree_only(app_client: Client) -> None:
    district, commune = app_client.token("administrator", "515"), app_client.token("administrator", HERE)
    assert issued(app_client, district, client="a")["unit"]["code"] == HERE
    assert issued(app_client, commune, client="b", role="administrator")["unit"]["code"] == HERE
    for unit in ("515", ELSEWHERE, None):
        body = {"client": "c", "role": "clerk", "unit": unit}
        refused(app_client.post(TOKENS, body, token=commune), 403, "unit_of_others")


def test_a_token_is_not_carried_out_of_the_subtree_by_a_succession(app_client: Client, administrator: str) -> None:
    # The successor of an office of the commune is an office of the district.
    district, commune = unit_id(app_client, "515"), unit_id(app_client, HERE)
    office = new_office(app_client, administrator, commune)
    body = {"into": new_office(app_client, administrator, district), "on": "2021-08-16"}
    local = app_client.token("administrator", HERE)
    before = issued(app_client, local, client="before", unit=office)
    assert app_client.post(f"/api/v1/units/{office}/succeed", body, token=administrator).status_code == 200

    app_client.now = NOW + timedelta(days=1)
    answer = app_client.post(TOKENS, {"client": "c", "role": "supervisor", "unit": office}, token=local)
    assert (answer.status_code, answer.json()["code"]) in ((403, "unit_of_others"), (422, "unit_not_valid"))
    path = f"{TOKENS}/{before['id']}"
    refused(app_client.post(f"{path}/confirm", {}, token=local), 403, "unit_of_others")
    assert app_client.post(f"{path}/confirm", {}, token=administrator).status_code == 200
    refused(app_client.post(f"{path}/rotate", {}, token=local), 403, "token_of_others")
    listed = app_client.get(TOKENS, token=local).json()["items"]
    assert before["id"] not in [item["id"] for item in listed]


def test_an_administrator_of_a_unit_cannot_extend_its_reach_by_changing_units(app_client: Client) -> None:
    local = app_client.token("administrator", HERE)
    other = unit_id(app_client, ELSEWHERE)
    swallowed = app_client.post(f"/api/v1/units/{other}/succeed", {"into": HERE, "on": "2021-08-16"}, token=local)
    refused(swallowed, 403, "all_units_needed")


def test_an_administrator_of_a_unit_cannot_read_or_change_tokens_outside(
    app_client: Client, administrator: str
) -> None:
    outside = [issued(app_client, administrator, client=f"o{unit}", unit=unit) for unit in ("515", ELSEWHERE, None)]
    local = app_client.token("administrator", HERE)
    inside = issued(app_client, local, client="inside")
    listed = {item["id"] for item in app_client.get(TOKENS, token=local).json()["items"]}
    assert inside["id"] in listed
    assert not listed & {token["id"] for token in outside}
    for token in outside:
        path = f"{TOKENS}/{token['id']}"
        refused(app_client.get(path, token=local), 403, "token_of_others")
        refused(app_client.post(f"{path}/revoke", {}, token=local), 403, "token_of_others")
        refused(app_client.post(f"{path}/rotate", {}, token=local), 403, "token_of_others")
        assert lets_in(app_client, token["secret"])


def test_no_token_is_issued_with_the_name_of_a_client_outside(app_client: Client, administrator: str) -> None:
    issued(app_client, administrator, client="quầy của người khác", unit=ELSEWHERE)
    local = app_client.token("administrator", HERE, client="của xã")
    body = {"client": "quầy của người khác", "role": "clerk", "unit": HERE}
    refused(app_client.post(TOKENS, body, token=local), 403, "client_of_others")
    assert issued(app_client, local, client="của xã")["client"] == "của xã"


@pytest.mark.parametrize("role", ["clerk", "officer", "supervisor", "reporter"])
def test_no_other_role_issues_tokens(app_client: Client, role: str) -> None:
    token = app_client.token(role)
    refused(app_client.post(TOKENS, {"client": "a", "role": "administrator"}, token=token), 403, "administrators_only")


# --- The record -----------------------------------------------------------------------------------------------------


def test_each_change_is_recorded_with_author_and_time(app_client: Client, administrator: str) -> None:
    made = issued(app_client, administrator, expires_at="2021-09-16T08:30:00+07:00")
    app_client.now = NOW + timedelta(hours=1)
    new = app_client.post(f"{TOKENS}/{made['id']}/rotate", {}, token=administrator).json()
    app_client.now = NOW + timedelta(hours=2)
    app_client.post(f"{TOKENS}/{made['id']}/revoke", {"reason": "exposed"}, token=administrator)

    record = read(app_client, administrator, made["id"])["changes"]
    assert [(change["type"], change["recorded_at"][11:16]) for change in record] == [
        ("created", "08:30"),
        ("rotated", "09:30"),
        ("revoked", "10:30"),
    ]
    assert {change["client"] for change in record} == {"quản trị"}
    by = {change["by_token"] for change in record}
    assert read(app_client, administrator, by.pop())["client"] == "quản trị"
    assert not by
    assert record[0]["data"]["role"] == "clerk"
    assert record[1]["data"]["replaced_by"] == new["id"]
    assert record[2]["data"] == {"reason": "exposed"}
    assert read(app_client, administrator, new["id"])["changes"][0]["data"]["replaces"] == made["id"]


@pytest.mark.parametrize(
    "statement",
    [
        update(tables.token_changes).values(client="somebody else"),
        delete(tables.token_changes),
        text("DELETE FROM tokens"),
    ],
    ids=["update", "delete", "the-token-itself"],
)
def test_the_database_refuses_changes_of_the_record(app_client: Client, seeded_url: str, statement: Executable) -> None:
    app_client.token("clerk", HERE)
    with pytest.raises((DBAPIError, ValueError)):
        run(seeded_url, statement)
    assert len(run(seeded_url, tables.token_changes.select())) == 1


# --- Last use -------------------------------------------------------------------------------------------------------


def used(client: Client, administrator: str, token_id: int) -> str | None:
    moment: str | None = read(client, administrator, token_id)["last_used_at"]
    return moment


def test_the_last_use_is_written_at_most_once_a_minute_and_changes_no_version(
    seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses, "PAUSE", 0.0)
    with Client(seeded_url, NOW) as client:
        administrator = client.token("administrator")
        made = issued(client, administrator)
        assert used(client, administrator, made["id"]) is None

        def after(moment: datetime, expected: str) -> None:
            client.now = moment
            assert lets_in(client, made["secret"])
            until = time.monotonic() + 10
            while used(client, administrator, made["id"]) != expected and time.monotonic() < until:
                time.sleep(0.05)
            assert used(client, administrator, made["id"]) == expected

        after(NOW, "2021-08-16T08:30:00+07:00")
        after(NOW + timedelta(seconds=59), "2021-08-16T08:30:00+07:00")
        after(NOW + timedelta(seconds=60), "2021-08-16T08:31:00+07:00")
        assert read(client, administrator, made["id"])["version"] == 1


def test_a_stopping_worker_writes_the_last_uses(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        made = issued(client, client.token("administrator"))
        assert lets_in(client, made["secret"])
    with Client(seeded_url, NOW) as client:
        assert used(client, client.token("administrator"), made["id"]) == "2021-08-16T08:30:00+07:00"


def test_a_use_with_a_slow_clock_does_not_replace_a_later_use(seeded_url: str) -> None:
    for moment in (NOW, NOW - timedelta(hours=1)):
        with Client(seeded_url, moment) as client:
            if moment == NOW:
                made = issued(client, client.token("administrator"))
            assert lets_in(client, made["secret"])
    with Client(seeded_url, datetime(2021, 8, 17, tzinfo=UTC)) as client:
        assert used(client, client.token("administrator"), made["id"]) == "2021-08-16T08:30:00+07:00"


def unit_id(client: Client, code: str) -> int:
    units = client.get("/api/v1/units?on=2021-08-16&limit=500").json()["items"]
    (unit_key,) = (unit["id"] for unit in units if unit["code"] == code)
    assert isinstance(unit_key, int)
    return unit_key


def new_office(client: Client, administrator: str, parent: int) -> int:
    body = {
        "code": f"{parent}.99",
        "name": "Phòng thử",
        "kind": "office",
        "type": "Phòng",
        "agency_identifier": f"000.99.{parent:02}.H99",
        "parent": parent,
        "valid_from": "2021-01-01",
    }
    answer = client.post("/api/v1/units", body, token=administrator)
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    return made


def test_a_client_reads_its_own_name_role_and_unit(app_client: Client) -> None:
    token = app_client.token("clerk", "20899", client="tiep-nhan-tra-my")
    caller = app_client.get("/api/v1/tokens/current", token=token).json()
    assert caller["client"] == "tiep-nhan-tra-my"
    assert (caller["role"], caller["unit"]["code"]) == ("clerk", "20899")
    assert app_client.get("/api/v1/tokens/current", token=app_client.token("officer")).json()["unit"] is None
