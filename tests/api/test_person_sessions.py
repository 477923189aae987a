"""Sessions of people as callers: who it is, until when, and with which role (rules §21)."""

import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.access import token_uses
from app.database import schema, tables
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.client import Client
from tests.support.staff import ELSEWHERE, HERE, PERSONS, SESSION, created, done, refused


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator", client="quản trị")


def test_a_session_acts_for_its_person_and_the_journal_has_no_name(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator, "clerk", account="Minh.TV", name="Trần Văn Minh")
    secret = app_client.session(person["id"])
    assert secret.startswith("ses_")
    caller = done(app_client.get("/api/v1/tokens/current", token=secret))
    assert (caller["client"], caller["role"], caller["unit"]["code"]) == (f"person:{person['id']}", "clerk", HERE)
    assert caller["person"] == {"id": person["id"], "name": "Trần Văn Minh", "account": "minh.tv", "deputy_of": None}
    assert caller["strong"] is True
    code = done(app_client.post(DOSSIERS, guardianship(), token=secret))["code"]
    entry = done(app_client.get(f"{DOSSIERS}/{code}/journal", token=secret))["items"][0]
    assert entry["client"] == f"person:{person['id']}"


def test_a_session_ends_after_an_hour_without_a_request(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator)
    secret = app_client.session(person["id"])
    app_client.now = NOW + timedelta(minutes=60)
    refused(app_client.get(DOSSIERS, token=secret), 401, "session_ended")


def test_each_use_extends_a_session_up_to_its_longest_life(
    app_client: Client, administrator: str, seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_uses, "PAUSE", 0.0)
    person = created(app_client, administrator)
    secret = app_client.session(person["id"])
    for hour in range(1, 13):
        app_client.now = NOW + timedelta(hours=hour, minutes=-hour)
        assert app_client.get(DOSSIERS, token=secret).status_code == 200, hour
        _wait_for(app_client, seeded_url, min(app_client.now + timedelta(hours=1), NOW + timedelta(hours=12)))
    app_client.now = NOW + timedelta(hours=12)
    refused(app_client.get(DOSSIERS, token=secret), 401, "session_ended")


def _wait_for(client: Client, url: str, end: datetime) -> None:
    for _attempt in range(500):
        rows = schema.in_transaction(
            url, lambda connection: connection.scalars(select(tables.sessions.c.expires_at)).all()
        )
        if rows == [end]:
            return
        # The service writes beside its requests.
        client.get("/healthz")
        time.sleep(0.01)
    raise AssertionError(f"the session ends at {rows}, not at {end}")


@pytest.mark.parametrize(("step", "code"), [("suspend", "person_suspended"), ("end", "person_ended")])
def test_a_suspended_person_is_refused_at_the_next_request(
    app_client: Client, administrator: str, step: str, code: str
) -> None:
    person = created(app_client, administrator)
    secret = app_client.session(person["id"])
    assert app_client.get(DOSSIERS, token=secret).status_code == 200
    done(app_client.post(f"{PERSONS}/{person['id']}/{step}", {}, token=administrator))
    refused(app_client.get(DOSSIERS, token=secret), 401, "session_ended")
    # A session that began at the same moment in another process has a row.
    refused(app_client.get(DOSSIERS, token=app_client.session(person["id"])), 401, code)


def test_a_suspension_counts_in_every_process(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as first, Client(seeded_url, NOW) as second:
        administrator = first.token("administrator")
        person = created(first, administrator)
        secret = first.session(person["id"])
        assert second.get(DOSSIERS, token=secret).status_code == 200
        done(first.post(f"{PERSONS}/{person['id']}/suspend", {}, token=administrator))
        refused(second.get(DOSSIERS, token=secret), 401, "session_ended")


def test_no_other_end_is_needed_for_a_session_to_end(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator)
    first, second = app_client.session(person["id"]), app_client.session(person["id"], "password")
    listed = done(app_client.get(f"{PERSONS}/{person['id']}/sessions", token=first))["items"]
    assert [(item["method"], item["current"]) for item in listed] == [("second_factor", True), ("password", False)]
    assert first not in str(listed)
    path = f"{PERSONS}/{person['id']}/sessions/{listed[1]['id']}"
    assert app_client.request("DELETE", path, token=first).status_code == 200
    refused(app_client.get(SESSION, token=second), 401, "session_ended")
    refused(app_client.request("DELETE", path, token=first), 404, "unknown_session")
    third = app_client.session(person["id"])
    assert app_client.request("DELETE", f"{PERSONS}/{person['id']}/sessions", token=first).status_code == 200
    refused(app_client.get(SESSION, token=third), 401, "session_ended")
    assert app_client.request("DELETE", SESSION, token=first).status_code == 200
    refused(app_client.get(SESSION, token=first), 401, "session_ended")


def test_sessions_of_others_are_shown_to_nobody_else(app_client: Client, administrator: str) -> None:
    person, other = created(app_client, administrator), created(app_client, administrator, "supervisor")
    path = f"{PERSONS}/{person['id']}/sessions"
    secret = app_client.session(other["id"])
    refused(app_client.get(path, token=secret), 403, "administrators_only")
    refused(app_client.request("DELETE", path, token=secret), 403, "administrators_only")
    elsewhere = app_client.session(created(app_client, administrator, "administrator", ELSEWHERE)["id"])
    refused(app_client.get(path, token=elsewhere), 403, "person_of_others")
    here = app_client.session(created(app_client, administrator, "administrator", HERE)["id"])
    assert app_client.get(path, token=here).status_code == 200


def test_a_program_has_no_session(app_client: Client, administrator: str) -> None:
    for method, body in (("GET", None), ("PUT", {"role_id": 1}), ("DELETE", None)):
        refused(app_client.request(method, SESSION, json=body, token=administrator), 403, "persons_only")
        refused(app_client.request(method, SESSION, json=body), 401, "token_missing")
    refused(app_client.get(f"{PERSONS}/current", token=administrator), 403, "persons_only")


def test_a_made_up_session_is_refused(app_client: Client) -> None:
    refused(app_client.get(DOSSIERS, token="ses_" + "a" * 43), 401, "session_ended")
    refused(app_client.get(DOSSIERS, token="ses_abc"), 401, "token_unknown")


# --- Roles ----------------------------------------------------------------------------------------------------------


def test_a_role_is_valid_from_its_first_day_to_its_last(app_client: Client, administrator: str) -> None:
    days = {"role": "clerk", "unit": HERE, "valid_from": "2021-08-17", "valid_to": "2021-08-18"}
    person = created(app_client, administrator, roles=[days])
    refused(app_client.get(DOSSIERS, token=app_client.session(person["id"])), 403, "no_role_today")
    for day, allowed in ((1, True), (2, True), (3, False)):
        app_client.now = NOW + timedelta(days=day)
        secret = app_client.session(person["id"])
        assert app_client.get(DOSSIERS, token=secret).is_success == allowed, day
        assert app_client.get(SESSION, token=secret).status_code == 200
        assert app_client.get(f"{PERSONS}/current", token=secret).status_code == 200


def test_a_role_that_is_taken_back_is_refused_at_the_next_request(app_client: Client, administrator: str) -> None:
    person = created(app_client, administrator)
    secret = app_client.session(person["id"])
    assert app_client.get(DOSSIERS, token=secret).status_code == 200
    path = f"{PERSONS}/{person['id']}/roles/{person['roles'][0]['id']}"
    done(app_client.patch(path, {"ended": True}, token=administrator))
    refused(app_client.get(DOSSIERS, token=secret), 403, "role_not_today")


def test_a_person_with_two_roles_works_with_one_at_a_time(app_client: Client, administrator: str) -> None:
    roles = [{"role": "clerk", "unit": HERE}, {"role": "officer", "unit": ELSEWHERE}]
    person = created(app_client, administrator, roles=roles)
    secret = app_client.session(person["id"])
    current = done(app_client.get(SESSION, token=secret))
    assert [(role["role"], role["chosen"]) for role in current["roles"]] == [("clerk", True), ("officer", False)]
    chosen = done(app_client.put(SESSION, {"role_id": current["roles"][1]["role_id"]}, token=secret))
    assert [role["chosen"] for role in chosen["roles"]] == [False, True]
    caller = done(app_client.get("/api/v1/tokens/current", token=secret))
    assert (caller["role"], caller["unit"]["code"]) == ("officer", ELSEWHERE)
    refused(app_client.put(SESSION, {"role_id": 99}, token=secret), 403, "role_not_today")
    refused(app_client.post(DOSSIERS, guardianship(), token=secret), 403, "role_may_not")
    path = f"{PERSONS}/{person['id']}/roles/{current['roles'][1]['role_id']}"
    done(app_client.patch(path, {"valid_to": "2021-08-16", "ended": True}, token=administrator))
    refused(app_client.get(DOSSIERS, token=secret), 403, "role_not_today")
    done(app_client.put(SESSION, {"role_id": current["roles"][0]["role_id"]}, token=secret))
    assert app_client.get(DOSSIERS, token=secret).status_code == 200


# --- Deputies -------------------------------------------------------------------------------------------------------


def test_a_deputy_has_the_roles_of_an_absent_person_for_the_days(app_client: Client, administrator: str) -> None:
    away, deputy = created(app_client, administrator, "supervisor"), created(app_client, administrator, "clerk")
    days = {"deputy_id": deputy["id"], "from_day": "2021-08-17", "to_day": "2021-08-18"}
    own = app_client.session(away["id"])
    done(app_client.post(f"{PERSONS}/{away['id']}/deputies", days, token=own))
    for day, count in ((0, 1), (1, 2), (2, 2), (3, 1)):
        app_client.now = NOW + timedelta(days=day)
        current = done(app_client.get(SESSION, token=app_client.session(deputy["id"])))
        assert len(current["roles"]) == count, day
    app_client.now = NOW + timedelta(days=2)
    secret = app_client.session(deputy["id"])
    lent = done(app_client.get(SESSION, token=secret))["roles"][1]
    assert lent["absent"]["id"] == away["id"]
    done(app_client.put(SESSION, {"role_id": lent["role_id"], "deputy_id": lent["deputy_id"]}, token=secret))
    caller = done(app_client.get("/api/v1/tokens/current", token=secret))
    assert (caller["client"], caller["role"]) == (f"person:{deputy['id']}", "supervisor")
    assert caller["person"]["deputy_of"] == away["id"]
    # Half an hour later it is the next day.
    app_client.now = NOW.replace(day=18, hour=16, minute=45)
    late = app_client.session(deputy["id"])
    done(app_client.put(SESSION, {"role_id": lent["role_id"], "deputy_id": lent["deputy_id"]}, token=late))
    app_client.now = NOW.replace(day=18, hour=17, minute=0)
    refused(app_client.get(DOSSIERS, token=late), 403, "role_not_today")


@pytest.mark.parametrize("end", ["withdraw", "suspend", "role", "end of deputy"])
def test_a_deputy_loses_the_roles_at_once(app_client: Client, administrator: str, end: str) -> None:
    away, deputy = created(app_client, administrator, "supervisor"), created(app_client, administrator, "clerk")
    days = {"deputy_id": deputy["id"], "from_day": "2021-08-16", "to_day": "2021-08-18"}
    stored = done(app_client.post(f"{PERSONS}/{away['id']}/deputies", days, token=administrator))
    role, entry = stored["roles"][0]["id"], stored["deputies"][0]["id"]
    secret = app_client.session(deputy["id"])
    done(app_client.put(SESSION, {"role_id": role, "deputy_id": entry}, token=secret))
    assert app_client.get(DOSSIERS, token=secret).status_code == 200
    path = f"{PERSONS}/{away['id']}"
    if end == "withdraw":
        done(app_client.post(f"{path}/deputies/{entry}/withdraw", {}, token=app_client.session(away["id"])))
    elif end == "suspend":
        done(app_client.post(f"{path}/suspend", {}, token=administrator))
    elif end == "role":
        done(app_client.patch(f"{path}/roles/{role}", {"valid_to": "2021-08-16", "ended": True}, token=administrator))
    else:
        done(app_client.post(f"{PERSONS}/{deputy['id']}/end", {}, token=administrator))
        refused(app_client.get(DOSSIERS, token=secret), 401, "session_ended")
        return
    refused(app_client.get(DOSSIERS, token=secret), 403, "role_not_today")


def test_a_deputy_works_in_the_same_units(app_client: Client, administrator: str) -> None:
    away, other = created(app_client, administrator), created(app_client, administrator, unit=ELSEWHERE)
    days = {"from_day": "2021-08-16", "to_day": "2021-08-18"}
    path, own = f"{PERSONS}/{away['id']}/deputies", app_client.session(away["id"])
    for deputy in (other["id"], away["id"]):
        refused(app_client.post(path, {**days, "deputy_id": deputy}, token=own), 422, "deputy_invalid")
    refused(app_client.post(path, {**days, "deputy_id": 9999}, token=own), 422, "unknown_account")
    near = created(app_client, administrator, "officer")["id"]
    wrong = {"deputy_id": near, "from_day": "2021-08-18", "to_day": "2021-08-17"}
    refused(app_client.post(path, wrong, token=own), 422, "validity_invalid")
    refused(
        app_client.post(path, {**days, "deputy_id": near}, token=app_client.session(near)), 403, "administrators_only"
    )
    names = [item["id"] for item in done(app_client.get(f"{PERSONS}/colleagues", token=own))["items"]]
    assert near in names
    assert not {other["id"], away["id"]} & set(names)
