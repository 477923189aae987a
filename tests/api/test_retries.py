"""Idempotency: a repeated change with the same `Idempotency-Key` is executed once and gets the first response."""

import asyncio
import itertools
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from app.database import schema
from app.loading.reference.routes import XLSX
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, NEW_UNIT, act, guardianship, received
from tests.support.client import Call, Client
from tests.support.openapi import OPERATIONS, parameters
from tests.support.reference import token_at
from tests.support.staff import PERSONS, new_person

REPLAYED = "idempotency-replayed"
KEY = "Idempotency-Key"


def under(key: str) -> dict[str, str]:
    return {KEY: key}


def send(client: Client, token: str, key: str, **changes: Any) -> httpx.Response:
    """The response to a receipt with a key."""
    return client.post(DOSSIERS, guardianship(**changes), token=token, headers=under(key))


def whole(answer: httpx.Response) -> tuple[Any, ...]:
    """Status, headers and body of a response, without those that differ in a repeat."""
    sent = {name: value for name, value in answer.headers.items() if name not in (REPLAYED, "x-request-id")}
    return answer.status_code, sent, answer.content


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def dossiers(client: Client, token: str) -> int:
    return len(client.get(f"{DOSSIERS}?limit=500", token=token).json()["items"])


def stored_responses(url: str) -> int:
    def count(connection: Connection) -> int:
        return connection.scalar(text("SELECT count(*) FROM idempotency_responses")) or 0

    return schema.in_transaction(url, count)


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


# --- The same request -------------------------------------------------------------------------------------------------


def test_ten_equal_receipts_are_one_dossier_and_ten_equal_responses(app_client: Client, clerk: str) -> None:
    answers = [send(app_client, clerk, "r-1") for _ in range(10)]

    assert answers[0].status_code == 201, answers[0].text
    assert {"location", "etag", "cache-control", "vary", "content-type"} <= answers[0].headers.keys()
    assert all(whole(answer) == whole(answers[0]) for answer in answers)
    assert [answer.headers.get(REPLAYED) for answer in answers] == [None] + ["true"] * 9
    assert dossiers(app_client, clerk) == 1
    journal = app_client.get(f"{answers[0].headers['location']}/journal", token=clerk).json()["items"]
    assert [entry["sequence"] for entry in journal] == [1]


def test_without_a_key_each_receipt_is_a_dossier_and_no_response_is_stored(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    codes = {received(app_client, clerk)["code"] for _ in range(2)}
    assert len(codes) == 2
    assert stored_responses(seeded_url) == 0


def test_a_receipt_repeated_after_an_outdated_copy_is_stored(seeded_url: str) -> None:
    version = {"effective_from": "2021-08-16", "limits": {"amount": 5, "unit": "working_day"}}
    with Client(seeded_url, NOW) as first, Client(seeded_url, NOW) as second:
        clerk, administrator = first.token("clerk", "20899"), first.token("administrator")
        received(first, clerk)
        second.post("/api/v1/procedures/1.004837/versions", version, token=administrator)
        answers = [send(client, clerk, "r-1") for client in (first, second, first)]

    assert len({answer.content for answer in answers}) == 1
    assert [answer.headers.get(REPLAYED) for answer in answers] == [None, "true", "true"]
    assert answers[0].json()["limit"]["amount"] == 5


def test_a_receipt_that_needs_a_new_calendar_is_stored(app_client: Client) -> None:
    app_client.now = NOW.replace(year=2027)
    clerk = app_client.token("clerk", "20900")
    answers = [send(app_client, clerk, "r-1", receiving_unit="20900", at=None) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].json()["provisional"]
    assert whole(answers[0]) == whole(answers[1])


def test_a_repeat_gets_the_first_response_after_the_dossier_has_changed(app_client: Client, clerk: str) -> None:
    first = send(app_client, clerk, "r-1")
    code = first.json()["code"]
    act(app_client, app_client.token("officer", "20899"), code, "take")
    path, headers = f"{DOSSIERS}/{code}", {**under("m-1"), "If-Match": '"2"'}
    changes = [app_client.patch(path, {"summary": "khác"}, token=clerk, headers=headers) for _ in range(2)]

    assert whole(send(app_client, clerk, "r-1")) == whole(first)
    # The repeat names an outdated version, which is not checked again.
    assert [change.status_code for change in changes] == [200, 200]
    assert whole(changes[0]) == whole(changes[1])
    assert app_client.get(path, token=clerk).json()["version"] == 3


LIFE: list[tuple[str, dict[str, Any]]] = [
    ("take", {}),
    ("request-supplement", {"reason": "thiếu", "documents": [{"name": "Giấy khai sinh"}]}),
    ("supplement", {}),
    ("request-payment", {"amount": 8000}),
    ("pay", {}),
    ("refund", {"amount": 3000, "reason": "thu thừa"}),
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
    ("void", {"sequence": 18, "reason": "bấm nhầm"}),
    ("return", {"received_by": "Nguyễn Thị Hoa", "how": "counter"}),
    ("correct", {"sequence": 1, "changes": {"channel": "postal"}, "reason": "ghi nhầm"}),
    ("reject-correction", {"sequence": 21, "reason": "ghi đúng"}),
    ("correct", {"sequence": 1, "changes": {"channel": "postal"}, "reason": "ghi nhầm"}),
]
OTHER_ENDS: list[tuple[str, dict[str, Any], bool]] = [
    ("receive", {}, True),
    ("decline", {"reason": "không thuộc thẩm quyền"}, True),
    ("withdraw", {"request": "đơn"}, True),
    ("discontinue", {"reason": "không còn đối tượng", "legal_basis": "Điều 4"}, False),
]


class Twice:
    """Sends each change twice with a new key, and records the operations that were tried."""

    def __init__(self, client: Client, token: str) -> None:
        self._client, self._token = client, token
        self._keys = itertools.count()
        self.tried: set[str] = set()

    def __call__(self, method: str, path: str, body: Any) -> dict[str, Any]:
        headers = under(f"key {next(self._keys)}")
        sent: dict[str, Any] = {"json": body}
        if isinstance(body, bytes):
            headers, sent = {**headers, "Content-Type": XLSX}, {"content": body}
        first, second = (
            self._client.request(method, path, token=self._token, headers=headers, **sent) for _ in range(2)
        )
        assert first.is_success, first.text
        assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
        assert whole(first) == whole(second)
        self.tried.update(
            operation.name for operation in OPERATIONS if fits(operation.name, f"{method.lower()} {path}")
        )
        content: dict[str, Any] = first.json()
        return content


def with_key(tag: str) -> set[str]:
    """The operations of a tag that take a key according to the document."""
    names = {
        operation.name
        for operation in OPERATIONS
        if tag in operation.data["tags"] and KEY in {parameter["name"] for parameter in parameters(operation)}
    }
    assert names
    return names


def test_each_repeated_change_of_reference_data_is_executed_once(app_client: Client) -> None:
    twice = Twice(app_client, app_client.token("administrator"))
    catalogue = twice("POST", "/api/v1/catalogues", {"name": "Bộ mới"})["id"]
    procedure = {"code": "9.990001", "name": "Mới", "field": "Hộ tịch", "level": "commune", "catalogue": catalogue}
    twice("POST", "/api/v1/procedures", procedure)
    version = {"effective_from": "2021-08-16", "limits": {"amount": 5, "unit": "working_day"}}
    assert len(twice("POST", "/api/v1/procedures/9.990001/versions", version)["versions"]) == 1
    twice("PATCH", "/api/v1/procedures/9.990001", {"note": "Ghi chú"})
    twice("PATCH", "/api/v1/procedures/9.990001/versions/1", {"legal_basis": "163/QĐ-BTP"})
    workbook = "/api/v1/reference/workbook"
    twice("POST", workbook, app_client.get(workbook, token=app_client.token("administrator")).content)
    unit = twice("POST", "/api/v1/units", NEW_UNIT)["id"]
    twice("PATCH", f"/api/v1/units/{unit}", {"phone": "0235"})
    twice("POST", f"/api/v1/units/{unit}/succeed", {"into": "20899", "on": "2021-08-16"})
    recording = Twice(app_client, app_client.token("supervisor", client="other"))
    outage = {"from": "2021-08-16T07:00:00+07:00", "to": "2021-08-16T08:00:00+07:00", "notice": "12/TB-A06"}
    recording("POST", "/api/v1/outages", {"unit": "20899", **outage})
    assert twice.tried | recording.tried == with_key("reference")


def test_each_repeated_change_of_people_is_executed_once(app_client: Client) -> None:
    twice = Twice(app_client, app_client.token("administrator"))
    unit = twice("POST", "/api/v1/units", NEW_UNIT)["id"]
    first, second = (twice("POST", PERSONS, new_person(unit=unit)) for _ in range(2))
    path, role = f"{PERSONS}/{first['id']}", first["roles"][0]["id"]
    twice("PATCH", path, {"name": "Tên Mới"})
    days = {"deputy_id": second["id"], "from_day": "2021-08-16", "to_day": "2021-08-20"}
    entry = twice("POST", f"{path}/deputies", days)["deputies"][0]["id"]
    twice("POST", f"{path}/deputies/{entry}/withdraw", {"reason": "returned"})
    twice("POST", f"/api/v1/units/{unit}/succeed", {"into": "20899", "on": "2021-08-16"})
    twice("POST", f"{path}/roles/{role}/confirm", {})
    twice("PATCH", f"{path}/roles/{role}", {"valid_to": "2021-12-31"})
    twice("POST", f"{path}/roles", {"role": "officer", "unit": "20899"})
    for step in ("suspend", "resume", "end"):
        twice("POST", f"{path}/{step}", {})
    # Its repeat lacks the address, which is shown once.
    address = {"post /api/v1/persons/{person_id}/links"}
    assert twice.tried >= with_key("people") - address


def test_each_repeated_change_of_a_dossier_is_executed_once(app_client: Client) -> None:
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
    approved = approving("POST", f"{DOSSIERS}/{code}/approve-correction", {"sequence": 23})
    assert (approved["version"], approved["channel"]) == (24, "postal")
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


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(guardianship(), indent=2),
        json.dumps(guardianship(), ensure_ascii=False),
        json.dumps(guardianship(), sort_keys=True, separators=(",", ":")),
        json.dumps(dict(reversed(guardianship().items()))),
    ],
)
def test_a_repeat_may_write_the_same_json_in_another_way(app_client: Client, clerk: str, written: str) -> None:
    headers = {**under("json"), "Content-Type": "application/json", "Authorization": f"Bearer {clerk}"}
    first = send(app_client, clerk, "json")
    repeat = app_client.request("POST", DOSSIERS, content=written.encode(), headers=headers)
    assert (repeat.status_code, repeat.json()["code"]) == (201, first.json()["code"]), repeat.text
    assert repeat.headers[REPLAYED] == "true"
    assert whole(repeat) == whole(first)


def test_a_stored_response_of_an_older_version_answers_the_same_bytes(
    seeded_url: str, app_client: Client, clerk: str
) -> None:
    first = send(app_client, clerk, "old")

    def forget_the_json(connection: Connection) -> None:
        key = "request-json"
        rows = connection.execute(text("SELECT id, headers FROM idempotency_responses")).all()
        for row in rows:
            headers = row.headers if isinstance(row.headers, dict) else json.loads(row.headers)
            headers.pop(key)
            connection.execute(
                text("UPDATE idempotency_responses SET headers = :headers WHERE id = :id"),
                {"headers": json.dumps(headers), "id": row.id},
            )

    schema.in_transaction(seeded_url, forget_the_json)
    assert whole(send(app_client, clerk, "old")) == whole(first)
    refused(send(app_client, clerk, "old", summary="Khác"), 422, "key_reused")


def test_the_key_of_another_client_is_another_key(app_client: Client) -> None:
    first, second = (app_client.token("clerk", "20899", client=name) for name in ("quầy 1", "quầy 2"))
    codes = [send(app_client, token, "r-1").json()["code"] for token in (first, second, first, second)]
    assert codes[:2] == codes[2:]
    assert codes[0] != codes[1]


def test_a_new_token_of_the_client_gets_the_response_unless_its_rights_differ(app_client: Client, clerk: str) -> None:
    first = send(app_client, clerk, "r-1")
    assert whole(send(app_client, app_client.token("clerk", "20899"), "r-1")) == whole(first)
    for token in (app_client.token("reporter", "20899"), app_client.token("clerk", "20900")):
        refused(send(app_client, token, "r-1"), 422, "key_reused")


def test_without_a_valid_token_no_stored_response_is_given(app_client: Client, clerk: str) -> None:
    send(app_client, clerk, "r-1")
    refused(app_client.post(DOSSIERS, guardianship(), headers=under("r-1")), 401, "token_missing")
    refused(send(app_client, "unknown", "r-1"), 401, "token_unknown")


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "a\x7f"], ids=["empty", "long", "tab", "delete"])
def test_an_invalid_key_is_refused(app_client: Client, clerk: str, seeded_url: str, key: str) -> None:
    refused(send(app_client, clerk, key), 400, "bad_header")
    refused(app_client.post("/api/v1/units", NEW_UNIT, token=clerk, headers=under(key)), 403, "administrators_only")
    assert stored_responses(seeded_url) == 0


def test_a_key_has_up_to_200_characters_and_may_have_spaces(app_client: Client, clerk: str) -> None:
    for key in ('"5f0c 1b1e"', "~" * 200):
        answers = [send(app_client, clerk, key) for _ in range(2)]
        assert [answer.headers.get(REPLAYED) for answer in answers] == [None, "true"], answers[0].text


def test_a_refusal_is_not_stored(app_client: Client, clerk: str, seeded_url: str) -> None:
    code = received(app_client, clerk)["code"]
    refused(send(app_client, app_client.token("reporter", "20899"), "k"), 403, "role_may_not")
    refused(send(app_client, clerk, "k", procedure="0.0"), 422, "unknown_procedure")
    refused(send(app_client, clerk, "k", channel="fax"), 422, "invalid")
    path = f"{DOSSIERS}/{code}/return"
    handover = {"received_by": "Nguyễn Thị Hoa", "how": "counter"}
    for _ in range(2):
        refused(app_client.post(path, handover, token=clerk, headers=under("k")), 409, "not_possible")
    outdated = {**under("k"), "If-Match": '"9"'}
    refused(
        app_client.patch(f"{DOSSIERS}/{code}", {"summary": "b"}, token=clerk, headers=outdated), 412, "version_changed"
    )
    assert stored_responses(seeded_url) == 0

    # The same change, with the same key, is possible later.
    act(app_client, app_client.token("officer", "20899"), code, "finish", outcome="granted")
    answers = [app_client.post(path, handover, token=clerk, headers=under("k")) for _ in range(2)]
    assert [answer.headers.get(REPLAYED) for answer in answers] == [None, "true"], answers[0].text
    assert stored_responses(seeded_url) == 1


def test_a_key_is_ignored_for_a_put_and_for_operations_that_change_nothing(
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
    assert stored_responses(seeded_url) == 0


# --- Lifetime of a key ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [24, 48])
def test_a_key_lives_as_long_as_the_setting_says(seeded_url: str, hours: int) -> None:
    with Client(seeded_url, NOW, idempotency_hours=hours) as client:
        clerk = client.token("clerk", "20899")
        first = send(client, clerk, "r-1")
        client.now = NOW + timedelta(hours=hours, seconds=-1)
        again = send(client, clerk, "r-1")
        client.now = NOW + timedelta(hours=hours)
        late = [send(client, clerk, "r-1", summary="khác") for _ in range(2)]

    assert whole(again) == whole(first)
    assert [answer.headers.get(REPLAYED) for answer in late] == [None, "true"], late[0].text
    assert late[0].json()["code"] != first.json()["code"]
    assert stored_responses(seeded_url) == 1


def test_a_lifetime_under_a_day_is_refused_at_the_start(seeded_url: str) -> None:
    with pytest.raises(ValueError, match="idempotency_hours"):
        Client(seeded_url, NOW, idempotency_hours=23)


def test_responses_are_deleted_after_their_lifetime_and_not_before(
    seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
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
            if stored_responses(seeded_url) == 1:
                break
            client.get("/readyz")
        assert stored_responses(seeded_url) == 1
        assert whole(send(client, clerk, "late")) == whole(late)


def test_a_worker_over_a_database_without_a_schema_keeps_running(empty_database_url: str) -> None:
    with Client(empty_database_url, NOW) as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200


# --- One transaction with the change ----------------------------------------------------------------------------------


def test_a_failed_commit_stores_neither_the_response_nor_the_change(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    received(app_client, clerk)
    schema.in_transaction(seeded_url, _break_commits)
    failed = send(app_client, clerk, "r-1")
    responses, found_dossiers = stored_responses(seeded_url), dossiers(app_client, clerk)
    schema.in_transaction(seeded_url, _repair_commits)
    answers = [send(app_client, clerk, "r-1") for _ in range(3)]

    refused(failed, 409, "conflict")
    assert (responses, found_dossiers) == (0, 1)
    assert [answer.headers.get(REPLAYED) for answer in answers] == [None, "true", "true"]
    assert answers[0].json()["code"].endswith("-0002")
    assert dossiers(app_client, clerk) == 2


def _break_commits(connection: Connection) -> None:
    """Makes each stored response violate a foreign key that the database checks at the commit."""
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


def _repair_commits(connection: Connection) -> None:
    of_table = " ON idempotency_responses" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER broken_by_key{of_table}"))


def test_a_key_that_is_taken_at_the_end_rolls_the_change_back(app_client: Client, clerk: str, seeded_url: str) -> None:
    received(app_client, clerk)
    schema.in_transaction(seeded_url, _overtake)
    late = send(app_client, clerk, "r-1")
    responses, found_dossiers = stored_responses(seeded_url), dossiers(app_client, clerk)
    schema.in_transaction(seeded_url, _stop_overtaking)
    again = send(app_client, clerk, "r-1")

    refused(late, 409, "key_in_use")
    assert (responses, found_dossiers) == (0, 1)
    assert (again.status_code, again.json()["code"][-5:]) == (201, "-0002")


def _overtake(connection: Connection) -> None:
    """Makes the database store a response for each key a moment before the service does."""
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


# --- Concurrency ------------------------------------------------------------------------------------------------------


def test_of_concurrent_requests_with_one_key_one_is_executed(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    for number in range(5):
        call = Call("POST", DOSSIERS, guardianship(), clerk, under(f"r-{number}"))
        answers = app_client.together([call] * 12)
        again = send(app_client, clerk, f"r-{number}")
        accepted = [answer for answer in answers if answer.status_code == 201]

        assert [answer.headers.get(REPLAYED) for answer in accepted].count(None) == 1
        assert all(whole(answer) == whole(again) for answer in accepted)
        for answer in answers:
            if answer.status_code != 201:
                refused(answer, 409, "key_in_use")
    assert dossiers(app_client, clerk) == 6


@pytest.mark.parametrize("counter", ["20899", "20935"], ids=["standing", "succeeded"])
def test_a_receipt_with_an_external_code_can_be_repeated(app_client: Client, counter: str) -> None:
    token = app_client.token("supervisor")
    _succeeded_counter(app_client)
    for number in range(3):
        external = {"external": [{"system": "dvcqg", "code": f"G22.99-210816-000{number}"}], "receiving_unit": counter}
        body = guardianship(**external, at="2021-08-13T08:30:00+07:00", reason="mất điện")
        answers = app_client.together([Call("POST", DOSSIERS, body, token, under(f"r-{number}"))] * 8)

        for answer in answers:
            if answer.status_code != 201:
                refused(answer, 409, "key_in_use")
        accepted = [answer for answer in answers if answer.status_code == 201]
        assert [answer.headers.get(REPLAYED) for answer in accepted].count(None) == 1
    assert dossiers(app_client, token) == 3


def _succeeded_counter(client: Client) -> None:
    """Creates NEW_UNIT and gives it a successor. A receipt there needs two inserts."""
    administrator = client.token("administrator")
    unit = client.post("/api/v1/units", NEW_UNIT, token=administrator).json()["id"]
    succession = {"into": "20899", "on": "2021-08-16"}
    assert client.post(f"/api/v1/units/{unit}/succeed", succession, token=administrator).status_code == 200


def test_a_concurrently_taken_external_code_is_refused_with_its_dossier(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    body = guardianship(external=[{"system": "dvcqg", "code": "G22.99-210816-0001"}])
    answers = app_client.together([Call("POST", DOSSIERS, body, clerk, under(f"r-{number}")) for number in range(6)])

    (code,) = [answer.json()["code"] for answer in answers if answer.status_code == 201]
    refusals = [answer for answer in answers if answer.status_code != 201]
    for refusal in refusals:
        refused(refusal, 409, "external_known")
        assert refusal.json()["dossier"] == code
    assert len(refusals) == 5


def test_processes_share_the_keys(seeded_url: str, live_server: Callable[..., AbstractContextManager[str]]) -> None:
    token = token_at(seeded_url, "clerk", "20900")
    with live_server(workers=2) as address:
        rounds = asyncio.run(_contend(address, token, 8))
        twice = [("Authorization", f"Bearer {token}"), (KEY, "a"), (KEY, "b")]
        body = guardianship(receiving_unit="20900", at=None)
        refused(httpx.post(f"{address}{DOSSIERS}", json=body, headers=twice), 400, "bad_header")

    codes = set()
    for answers, again in rounds:
        assert {answer.status_code for answer in answers} <= {201, 409}
        accepted = [answer for answer in answers if answer.status_code == 201]
        assert [answer.headers.get(REPLAYED) for answer in accepted].count(None) == 1
        assert {answer.content for answer in accepted} == {again.content}
        assert again.headers[REPLAYED] == "true"
        codes.add(again.json()["code"])
    assert len(codes) == len(rounds)


async def _contend(
    address: str, token: str, number_of_rounds: int
) -> list[tuple[list[httpx.Response], httpx.Response]]:
    headers = {"Authorization": f"Bearer {token}"}
    body = guardianship(receiving_unit="20900")
    del body["at"]
    rounds = []
    for number in range(number_of_rounds):
        # New connections in each round, so that the requests may reach different processes.
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
            calls = [client.post(DOSSIERS, json=body, headers=under(f"r-{number}")) for _ in range(8)]
            answers = await asyncio.gather(*calls)
            rounds.append((answers, await client.post(DOSSIERS, json=body, headers=under(f"r-{number}"))))
    return rounds
