"""A change sent again under its `Idempotency-Key` is answered again and done once."""

import asyncio
import itertools
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from app.database import schema
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, NEW_UNIT, act, guardianship, received
from tests.support.client import Call, Client
from tests.support.openapi import OPERATIONS, parameters
from tests.support.reference import token_at

REPLAYED = "idempotency-replayed"
KEY = "Idempotency-Key"


def under(key: str) -> dict[str, str]:
    return {KEY: key}


def send(client: Client, token: str, key: str, **changes: Any) -> httpx.Response:
    """The answer to a receipt sent under a key."""
    return client.post(DOSSIERS, guardianship(**changes), token=token, headers=under(key))


def whole(answer: httpx.Response) -> tuple[Any, ...]:
    """All of an answer that a client acts on."""
    sent = {name: value for name, value in answer.headers.items() if name not in (REPLAYED, "x-request-id")}
    return answer.status_code, sent, answer.content


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def dossiers(client: Client, token: str) -> int:
    return len(client.get(f"{DOSSIERS}?limit=500", token=token).json()["items"])


def keys_kept(url: str) -> int:
    def count(connection: Connection) -> int:
        return connection.scalar(text("SELECT count(*) FROM idempotency_responses")) or 0

    return schema.in_transaction(url, count)


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


# --- The same again ---------------------------------------------------------------------------------------------------


def test_ten_times_the_same_receipt_is_one_dossier_and_ten_equal_answers(app_client: Client, clerk: str) -> None:
    answers = [send(app_client, clerk, "r-1") for _ in range(10)]

    assert answers[0].status_code == 201, answers[0].text
    assert {"location", "etag", "cache-control", "vary", "content-type"} <= answers[0].headers.keys()
    assert all(whole(one) == whole(answers[0]) for one in answers)
    assert [one.headers.get(REPLAYED) for one in answers] == [None] + ["true"] * 9
    assert dossiers(app_client, clerk) == 1
    journal = app_client.get(f"{answers[0].headers['location']}/journal", token=clerk).json()["items"]
    assert [entry["sequence"] for entry in journal] == [1]


def test_without_a_key_each_receipt_is_a_dossier_of_its_own_and_nothing_is_kept(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    codes = {received(app_client, clerk)["code"] for _ in range(2)}
    assert len(codes) == 2
    assert keys_kept(seeded_url) == 0


def test_a_receipt_decided_anew_in_the_careful_order_is_kept_too(seeded_url: str) -> None:
    version = {"effective_from": "2021-08-16", "limits": {"amount": 5, "unit": "working_day"}}
    with Client(seeded_url, NOW) as one, Client(seeded_url, NOW) as other:
        clerk, administrator = one.token("clerk", "20899"), one.token("administrator")
        received(one, clerk)
        other.post("/api/v1/procedures/1.004837/versions", version, token=administrator)
        answers = [send(client, clerk, "r-1") for client in (one, other, one)]

    assert len({one.content for one in answers}) == 1
    assert [one.headers.get(REPLAYED) for one in answers] == [None, "true", "true"]
    assert answers[0].json()["limit"]["amount"] == 5


def test_a_receipt_that_first_needs_a_calendar_is_kept_too(app_client: Client) -> None:
    app_client.now = NOW.replace(year=2027)
    clerk = app_client.token("clerk", "20900")
    answers = [send(app_client, clerk, "r-1", receiving_unit="20900", at=None) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201], answers[0].text
    assert answers[0].json()["provisional"]
    assert whole(answers[0]) == whole(answers[1])


def test_the_first_answer_is_given_when_the_dossier_has_moved_on(app_client: Client, clerk: str) -> None:
    first = send(app_client, clerk, "r-1")
    code = first.json()["code"]
    act(app_client, app_client.token("officer", "20899"), code, "take")
    path, headers = f"{DOSSIERS}/{code}", {**under("m-1"), "If-Match": '"2"'}
    mended = [app_client.patch(path, {"summary": "khác"}, token=clerk, headers=headers) for _ in range(2)]

    assert whole(send(app_client, clerk, "r-1")) == whole(first)
    # The version that it names has gone by then, and is not looked at again.
    assert [one.status_code for one in mended] == [200, 200]
    assert whole(mended[0]) == whole(mended[1])
    assert app_client.get(path, token=clerk).json()["version"] == 3


LIFE: list[tuple[str, dict[str, Any]]] = [
    ("take", {}),
    ("request-supplement", {"reason": "thiếu", "documents": [{"name": "Giấy khai sinh"}]}),
    ("supplement", {}),
    ("request-payment", {"amount": 8000}),
    ("pay", {}),
    ("suspend", {"reason": "xác minh", "legal_basis": "Điều 1"}),
    ("resume", {}),
    ("extend", {"days": 2, "legal_basis": "Điều 2"}),
    ("apply-condition", {"condition": "more", "legal_basis": "Điều 3"}),
    ("reschedule", {"reason": "bão", "promised_date": "2021-08-30"}),
    ("forward", {"to_unit": "20900"}),
    ("take", {}),
    ("transfer", {"to_unit": "20902", "reason": "đúng thẩm quyền", "legal_basis": "Điều 3"}),
    ("finish", {"outcome": "granted"}),
    ("return", {"received_by": "Nguyễn Thị Hoa", "how": "counter"}),
    ("correct", {"sequence": 1, "changes": {"channel": "postal"}, "reason": "ghi nhầm"}),
    ("reject-correction", {"sequence": 18, "reason": "ghi đúng"}),
    ("correct", {"sequence": 1, "changes": {"channel": "postal"}, "reason": "ghi nhầm"}),
]
OTHER_ENDS: list[tuple[str, dict[str, Any], bool]] = [
    ("receive", {}, True),
    ("decline", {"reason": "không thuộc thẩm quyền"}, True),
    ("withdraw", {"request": "đơn"}, True),
    ("discontinue", {"reason": "không còn đối tượng", "legal_basis": "Điều 4"}, False),
]


class Twice:
    """Sends each change twice under a key of its own, and knows which operations were tried."""

    def __init__(self, client: Client, token: str) -> None:
        self._client, self._token = client, token
        self._keys = itertools.count()
        self.tried: set[str] = set()

    def __call__(self, method: str, path: str, body: Any) -> dict[str, Any]:
        headers = under(f"key {next(self._keys)}")
        first, second = (
            self._client.request(method, path, json=body, token=self._token, headers=headers) for _ in range(2)
        )
        assert first.is_success, first.text
        assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
        assert whole(first) == whole(second)
        self.tried.update(one.name for one in OPERATIONS if fits(one.name, f"{method.lower()} {path}"))
        content: dict[str, Any] = first.json()
        return content


def with_key(tag: str) -> set[str]:
    """The operations of a tag that are documented to take a key."""
    found = {
        one.name
        for one in OPERATIONS
        if tag in one.data["tags"] and KEY in {parameter["name"] for parameter in parameters(one)}
    }
    assert found
    return found


def test_each_change_of_reference_data_is_answered_again_and_done_once(app_client: Client) -> None:
    twice = Twice(app_client, app_client.token("administrator"))
    catalogue = twice("POST", "/api/v1/catalogues", {"name": "Bộ mới"})["id"]
    procedure = {"code": "9.990001", "name": "Mới", "field": "Hộ tịch", "level": "commune", "catalogue": catalogue}
    twice("POST", "/api/v1/procedures", procedure)
    version = {"effective_from": "2021-08-16", "limits": {"amount": 5, "unit": "working_day"}}
    assert len(twice("POST", "/api/v1/procedures/9.990001/versions", version)["versions"]) == 1
    unit = twice("POST", "/api/v1/units", NEW_UNIT)["id"]
    twice("PATCH", f"/api/v1/units/{unit}", {"phone": "0235"})
    twice("POST", f"/api/v1/units/{unit}/succeed", {"into": "20899", "on": "2021-08-16"})
    recording = Twice(app_client, app_client.token("supervisor", client="other"))
    outage = {"from": "2021-08-16T07:00:00+07:00", "to": "2021-08-16T08:00:00+07:00", "notice": "12/TB-A06"}
    recording("POST", "/api/v1/outages", {"unit": "20899", **outage})
    assert twice.tried | recording.tried == with_key("reference")


def test_each_change_of_a_dossier_is_answered_again_and_done_once(app_client: Client) -> None:
    condition = {"code": "more", "name": "Cần xác minh", "days": 2, "legal_basis": "Điều 3"}
    limits = {"limits": {"amount": 5, "unit": "working_day"}, "max_extension": 3}
    version = {"effective_from": "2021-08-16", **limits, "rules": {"conditions": [condition]}}
    path = "/api/v1/procedures/1.004837/versions"
    assert app_client.post(path, version, token=app_client.token("administrator")).status_code == 201
    supervisor = app_client.token("supervisor")
    twice = Twice(app_client, supervisor)
    code = twice("POST", DOSSIERS, guardianship())["code"]
    assert twice("PATCH", f"{DOSSIERS}/{code}", {"summary": "khác"})["version"] == 2
    for number, (action, body) in enumerate(LIFE, 3):
        assert twice("POST", f"{DOSSIERS}/{code}/{action}", body)["version"] == number
    other = app_client.token("supervisor", client="other")
    approving = Twice(app_client, other)
    approved = approving("POST", f"{DOSSIERS}/{code}/approve-correction", {"sequence": 20})
    assert (approved["version"], approved["channel"]) == (21, "postal")
    for action, body, submit in OTHER_ENDS:
        code = received(app_client, supervisor, submit=submit)["code"]
        assert twice("POST", f"{DOSSIERS}/{code}/{action}", body)["version"] == 2
    assert twice.tried | approving.tried == with_key("dossiers")


def fits(name: str, call: str) -> bool:
    """Whether `post /api/v1/units/7` is a call of the operation `post /api/v1/units/{unit_id}`."""
    return re.fullmatch(re.sub(r"\{\w+\}", r"(?!search$)[^/]+", name), call) is not None


# --- Another request --------------------------------------------------------------------------------------------------


def test_the_same_key_with_another_request_is_refused(app_client: Client, clerk: str) -> None:
    code = send(app_client, clerk, "r-1").json()["code"]
    refused(send(app_client, clerk, "r-1", summary="khác"), 422, "key_reused")
    body = guardianship()
    refused(app_client.post(f"{DOSSIERS}?x=1", body, token=clerk, headers=under("r-1")), 422, "key_reused")
    refused(app_client.post(f"{DOSSIERS}/{code}/withdraw", body, token=clerk, headers=under("r-1")), 422, "invalid")
    path, withdrawal = f"{DOSSIERS}/{code}/withdraw", {"request": "đơn"}
    refused(app_client.post(path, withdrawal, token=clerk, headers=under("r-1")), 422, "key_reused")
    assert dossiers(app_client, clerk) == 1
    assert app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()["version"] == 1
    assert send(app_client, clerk, "r-1").json()["code"] == code


def test_another_clients_key_is_another_key(app_client: Client) -> None:
    one, other = (app_client.token("clerk", "20899", client=name) for name in ("quầy 1", "quầy 2"))
    codes = [send(app_client, token, "r-1").json()["code"] for token in (one, other, one, other)]
    assert codes[:2] == codes[2:]
    assert codes[0] != codes[1]


def test_a_new_token_of_the_client_gets_the_answer_and_one_that_may_something_else_does_not(
    app_client: Client, clerk: str
) -> None:
    first = send(app_client, clerk, "r-1")
    assert whole(send(app_client, app_client.token("clerk", "20899"), "r-1")) == whole(first)
    for token in (app_client.token("reporter", "20899"), app_client.token("clerk", "20900")):
        refused(send(app_client, token, "r-1"), 422, "key_reused")


def test_who_has_no_token_that_holds_gets_no_answer_of_before(app_client: Client, clerk: str) -> None:
    send(app_client, clerk, "r-1")
    refused(app_client.post(DOSSIERS, guardianship(), headers=under("r-1")), 401, "token_missing")
    refused(send(app_client, "unknown", "r-1"), 401, "token_unknown")


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "a\x7f"], ids=["empty", "long", "tab", "delete"])
def test_a_key_that_is_none_is_refused(app_client: Client, clerk: str, seeded_url: str, key: str) -> None:
    refused(send(app_client, clerk, key), 400, "bad_header")
    refused(app_client.post("/api/v1/units", NEW_UNIT, token=clerk, headers=under(key)), 403, "administrators_only")
    assert keys_kept(seeded_url) == 0


def test_keys_have_up_to_200_characters_with_spaces_between_them(app_client: Client, clerk: str) -> None:
    for key in ('"5f0c 1b1e"', "~" * 200):
        answers = [send(app_client, clerk, key) for _ in range(2)]
        assert [one.headers.get(REPLAYED) for one in answers] == [None, "true"], answers[0].text


def test_refusals_leave_no_trace_of_the_key(app_client: Client, clerk: str, seeded_url: str) -> None:
    code = received(app_client, clerk)["code"]
    refused(send(app_client, app_client.token("reporter", "20899"), "k"), 403, "role_may_not")
    refused(send(app_client, clerk, "k", procedure="0.0"), 422, "unknown_procedure")
    refused(send(app_client, clerk, "k", channel="fax"), 422, "invalid")
    path = f"{DOSSIERS}/{code}/return"
    handed_out = {"received_by": "Nguyễn Thị Hoa", "how": "counter"}
    for _ in range(2):
        refused(app_client.post(path, handed_out, token=clerk, headers=under("k")), 409, "not_possible")
    mending = {**under("k"), "If-Match": '"9"'}
    refused(
        app_client.patch(f"{DOSSIERS}/{code}", {"summary": "b"}, token=clerk, headers=mending), 412, "version_changed"
    )
    assert keys_kept(seeded_url) == 0

    # What was refused may be possible by now, under the same key.
    act(app_client, app_client.token("officer", "20899"), code, "finish", outcome="granted")
    answers = [app_client.post(path, handed_out, token=clerk, headers=under("k")) for _ in range(2)]
    assert [one.headers.get(REPLAYED) for one in answers] == [None, "true"], answers[0].text
    assert keys_kept(seeded_url) == 1


def test_a_key_with_what_changes_nothing_or_is_a_put_is_not_looked_at(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    received(app_client, clerk)
    administrator, headers = app_client.token("administrator"), under("k\tk")
    year = app_client.get("/api/v1/calendar/2021").json()
    calendar = {name: year[name] for name in ("status", "decision", "days_off", "working_days")}
    deadline = {"limit": {"amount": 5, "unit": "working_day"}, "received_at": "2021-08-16T08:30:00+07:00"}
    for _ in range(2):
        for answer in (
            app_client.post(f"{DOSSIERS}/search", {"name": "hoa"}, token=clerk, headers=headers),
            app_client.post("/api/v1/deadline", deadline, token=clerk, headers=headers),
            app_client.put("/api/v1/calendar/2021", calendar, token=administrator, headers=headers),
        ):
            assert answer.status_code == 200, answer.text
            assert REPLAYED not in answer.headers
    assert keys_kept(seeded_url) == 0


# --- Life of a key ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [24, 48])
def test_a_key_lives_as_long_as_is_set(seeded_url: str, hours: int) -> None:
    with Client(seeded_url, NOW, idempotency_hours=hours) as client:
        clerk = client.token("clerk", "20899")
        first = send(client, clerk, "r-1")
        client.now = NOW + timedelta(hours=hours, seconds=-1)
        again = send(client, clerk, "r-1")
        client.now = NOW + timedelta(hours=hours)
        late = [send(client, clerk, "r-1", summary="khác") for _ in range(2)]

    assert whole(again) == whole(first)
    assert [one.headers.get(REPLAYED) for one in late] == [None, "true"], late[0].text
    assert late[0].json()["code"] != first.json()["code"]
    assert keys_kept(seeded_url) == 1


def test_a_life_under_a_day_is_refused_at_the_start(seeded_url: str) -> None:
    with pytest.raises(ValueError, match="idempotency_hours"):
        Client(seeded_url, NOW, idempotency_hours=23)


def test_answers_are_swept_after_their_life_and_not_before(seeded_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.http.idempotency.background.MOST", 2)
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        for number in range(5):
            send(client, clerk, f"early {number}")
        client.now = NOW + timedelta(hours=1)
        late = send(client, clerk, "late")
    with Client(seeded_url, NOW + timedelta(hours=24)) as client:
        client.get("/readyz")
        for _ in range(200):
            if keys_kept(seeded_url) == 1:
                break
            client.get("/readyz")
        assert keys_kept(seeded_url) == 1
        assert whole(send(client, clerk, "late")) == whole(late)


def test_a_worker_over_a_database_without_a_schema_lives(empty_database_url: str) -> None:
    with Client(empty_database_url, NOW) as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200


# --- With the work or not at all --------------------------------------------------------------------------------------


def test_neither_the_key_nor_the_work_is_there_where_the_commit_fails(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    received(app_client, clerk)
    schema.in_transaction(seeded_url, _break_commits)
    failed = send(app_client, clerk, "r-1")
    kept_meanwhile, there = keys_kept(seeded_url), dossiers(app_client, clerk)
    schema.in_transaction(seeded_url, _mend_commits)
    answers = [send(app_client, clerk, "r-1") for _ in range(3)]

    refused(failed, 409, "conflict")
    assert (kept_meanwhile, there) == (0, 1)
    assert [one.headers.get(REPLAYED) for one in answers] == [None, "true", "true"]
    assert answers[0].json()["code"].endswith("-0002")
    assert dossiers(app_client, clerk) == 2


def _break_commits(connection: Connection) -> None:
    """Whoever writes a key has a reference to nothing, which the database looks at when the transaction ends."""
    connection.execute(
        text("CREATE TABLE broken (id INTEGER, unit INTEGER REFERENCES units (id) DEFERRABLE INITIALLY DEFERRED)")
    )
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                "CREATE TRIGGER broken_by_key AFTER INSERT ON idempotency_responses "
                "BEGIN INSERT INTO broken (id, unit) VALUES (1, -1); END"
            )
        )
        return
    connection.execute(
        text(
            "CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO broken (id, unit) VALUES (1, -1); RETURN NULL; END $$"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER broken_by_key AFTER INSERT ON idempotency_responses "
            "FOR EACH ROW EXECUTE FUNCTION break_it()"
        )
    )


def _mend_commits(connection: Connection) -> None:
    of_table = " ON idempotency_responses" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER broken_by_key{of_table}"))


def test_who_finds_the_key_taken_only_at_the_end_has_done_nothing_and_may_ask_again(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    received(app_client, clerk)
    schema.in_transaction(seeded_url, _overtake)
    late = send(app_client, clerk, "r-1")
    kept_meanwhile, there = keys_kept(seeded_url), dossiers(app_client, clerk)
    schema.in_transaction(seeded_url, _stop_overtaking)
    again = send(app_client, clerk, "r-1")

    refused(late, 409, "key_in_use")
    assert (kept_meanwhile, there) == (0, 1)
    assert (again.status_code, again.json()["code"][-5:]) == (201, "-0002")


def _overtake(connection: Connection) -> None:
    """Whoever writes a key finds that somebody wrote it a moment before."""
    insert = (
        "INSERT INTO idempotency_responses (id, fingerprint, status, headers, body, expires_at) "
        "VALUES (NEW.id, NEW.fingerprint, NEW.status, NEW.headers, NEW.body, NEW.expires_at);"
    )
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"CREATE TRIGGER overtaking BEFORE INSERT ON idempotency_responses BEGIN {insert} END"))
        return
    body = f"$$ BEGIN {insert} RETURN NEW; END $$"
    connection.execute(text(f"CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS {body}"))
    connection.execute(
        text(
            "CREATE TRIGGER overtaking BEFORE INSERT ON idempotency_responses FOR EACH ROW "
            "WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION overtake()"
        )
    )


def _stop_overtaking(connection: Connection) -> None:
    of_table = " ON idempotency_responses" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER overtaking{of_table}"))


# --- At once ----------------------------------------------------------------------------------------------------------


def test_of_many_at_once_with_one_key_one_does_the_work(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    for number in range(5):
        call = Call("POST", DOSSIERS, guardianship(), clerk, under(f"r-{number}"))
        answers = app_client.together([call] * 12)
        again = send(app_client, clerk, f"r-{number}")
        done = [one for one in answers if one.status_code == 201]

        assert [one.headers.get(REPLAYED) for one in done].count(None) == 1
        assert all(whole(one) == whole(again) for one in done)
        for one in answers:
            if one.status_code != 201:
                refused(one, 409, "key_in_use")
    assert dossiers(app_client, clerk) == 6


@pytest.mark.parametrize("counter", ["20899", "20935"], ids=["standing", "succeeded"])
def test_an_external_code_does_not_keep_a_retry_from_its_answer(app_client: Client, counter: str) -> None:
    token = app_client.token("supervisor")
    _succeeded_counter(app_client)
    for number in range(3):
        named = {"external": [{"system": "dvcqg", "code": f"G22.99-210816-000{number}"}], "receiving_unit": counter}
        body = guardianship(**named, at="2021-08-13T08:30:00+07:00", reason="mất điện")
        answers = app_client.together([Call("POST", DOSSIERS, body, token, under(f"r-{number}"))] * 8)

        for one in answers:
            if one.status_code != 201:
                refused(one, 409, "key_in_use")
        done = [one for one in answers if one.status_code == 201]
        assert [one.headers.get(REPLAYED) for one in done].count(None) == 1
    assert dossiers(app_client, token) == 3


def _succeeded_counter(client: Client) -> None:
    """The unit of NEW_UNIT, whose place another has taken: what is received there writes in two goes."""
    administrator = client.token("administrator")
    unit = client.post("/api/v1/units", NEW_UNIT, token=administrator).json()["id"]
    succession = {"into": "20899", "on": "2021-08-16"}
    assert client.post(f"/api/v1/units/{unit}/succeed", succession, token=administrator).status_code == 200


def test_who_names_an_external_code_taken_at_that_moment_is_told_of_its_dossier(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    body = guardianship(external=[{"system": "dvcqg", "code": "G22.99-210816-0001"}])
    answers = app_client.together([Call("POST", DOSSIERS, body, clerk, under(f"r-{number}")) for number in range(6)])

    (code,) = [one.json()["code"] for one in answers if one.status_code == 201]
    others = [one for one in answers if one.status_code != 201]
    for one in others:
        refused(one, 409, "external_known")
        assert one.json()["dossier"] == code
    assert len(others) == 5


def test_processes_share_the_keys(seeded_url: str, live_server: Callable[..., AbstractContextManager[str]]) -> None:
    token = token_at(seeded_url, "clerk", "20900")
    with live_server(workers=2) as address:
        rounds = asyncio.run(_contend(address, token, rounds=8))
        twice = [("Authorization", f"Bearer {token}"), (KEY, "a"), (KEY, "b")]
        body = guardianship(receiving_unit="20900", at=None)
        refused(httpx.post(f"{address}{DOSSIERS}", json=body, headers=twice), 400, "bad_header")

    codes = set()
    for answers, again in rounds:
        assert {one.status_code for one in answers} <= {201, 409}
        done = [one for one in answers if one.status_code == 201]
        assert [one.headers.get(REPLAYED) for one in done].count(None) == 1
        assert {one.content for one in done} == {again.content}
        assert again.headers[REPLAYED] == "true"
        codes.add(again.json()["code"])
    assert len(codes) == len(rounds)


async def _contend(address: str, token: str, rounds: int) -> list[tuple[list[httpx.Response], httpx.Response]]:
    headers = {"Authorization": f"Bearer {token}"}
    body = guardianship(receiving_unit="20900")
    del body["at"]
    told = []
    for number in range(rounds):
        # New connections each time, so that they may reach different processes.
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
            calls = [client.post(DOSSIERS, json=body, headers=under(f"r-{number}")) for _ in range(8)]
            answers = await asyncio.gather(*calls)
            told.append((answers, await client.post(DOSSIERS, json=body, headers=under(f"r-{number}"))))
    return told
