"""Webhooks: signed, in order, at least once, and only to allowed addresses."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.database import schema
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Call, Client
from tests.support.receivers import Received, Receiver, running_receiver

HOOKS, OUTBOX = "/api/v1/webhooks", "/api/v1/outbox"
HERE, ELSEWHERE = "20899", "20902"
LOOPBACK = {"webhook_networks": "127.0.0.0/8", "outbox_worker": False}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, **LOOPBACK) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def subscribed(client: Client, token: str, url: str, **more: Any) -> dict[str, Any]:
    answer = client.post(HOOKS, {"url": url, **more}, token=token)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def events_of(requests: list[Received]) -> list[tuple[str, int, str]]:
    bodies = [json.loads(item.body) for item in requests]
    return [(body["data"]["dossier"], body["data"]["sequence"], body["type"]) for body in bodies]


def finished(client: Client, token: str) -> str:
    code: str = received(client, token)["code"]
    act(client, token, code, "take")
    act(client, token, code, "finish", outcome="granted")
    return code


def test_a_webhook_gets_each_entry_in_order_with_the_state_after_it(
    client: Client, supervisor: str, receiver: Receiver
) -> None:
    subscribed(client, supervisor, receiver.url)
    code = finished(client, supervisor)
    assert receiver.got == []
    assert client.work_off() == 3
    assert events_of(receiver.got) == [
        (code, 1, "dossier.receive"),
        (code, 2, "dossier.take"),
        (code, 3, "dossier.finish"),
    ]
    first, _, last = (json.loads(request.body)["data"] for request in receiver.got)
    assert (first["status"], first["due_date"], first["verdict"]) == ("received", "2021-08-19", None)
    assert (last["status"], last["verdict"]) == ("finished", "early")
    assert last["unit"]["code"] == HERE
    assert client.work_off() == 0


def test_a_webhook_gets_no_personal_data(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url)
    finished(client, supervisor)
    client.work_off()
    everything = b" ".join(request.body for request in receiver.got).decode()
    for personal in ("Hoa", "049185001234", "0905123456", "Thôn 2", "giám hộ", "Minh"):
        assert personal not in everything


def test_the_signature_follows_standard_webhooks(client: Client, supervisor: str, receiver: Receiver) -> None:
    secret = subscribed(client, supervisor, receiver.url)["secret"]
    received(client, supervisor)
    client.work_off()
    (request,) = receiver.got
    # By the specification: https://www.standardwebhooks.com, "Signature scheme".
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.{request.body.decode()}"
    key = base64.b64decode(secret.split("_")[1])
    expected = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert int(request.headers["webhook-timestamp"]) == int(NOW.timestamp())
    assert json.loads(request.body)["id"] == request.headers["webhook-id"]


def test_a_webhook_gets_no_entry_from_before_its_subscription(
    client: Client, supervisor: str, receiver: Receiver
) -> None:
    code = received(client, supervisor)["code"]
    client.now += timedelta(minutes=1)
    subscribed(client, supervisor, receiver.url)
    act(client, supervisor, code, "take")
    client.work_off()
    assert events_of(receiver.got) == [(code, 2, "dossier.take")]


def test_a_webhook_gets_only_its_units_and_types(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url, unit=HERE, types=["finish"])
    received(client, supervisor, receiving_unit=ELSEWHERE)
    code = finished(client, supervisor)
    client.work_off()
    assert events_of(receiver.got) == [(code, 3, "dossier.finish")]


def test_a_failed_message_is_retried_and_delays_the_next_of_its_dossier(
    client: Client, supervisor: str, receiver: Receiver
) -> None:
    subscribed(client, supervisor, receiver.url)
    receiver.statuses = [400]
    code = received(client, supervisor)["code"]
    client.work_off()
    act(client, supervisor, code, "take")
    other = received(client, supervisor)["code"]
    client.work_off()
    assert events_of(receiver.got) == [(code, 1, "dossier.receive"), (other, 1, "dossier.receive")]
    client.now += timedelta(minutes=1)
    client.work_off()
    assert events_of(receiver.accepted) == [
        (other, 1, "dossier.receive"),
        (code, 1, "dossier.receive"),
        (code, 2, "dossier.take"),
    ]
    tried = [request for request in receiver.got if events_of([request])[0] == (code, 1, "dossier.receive")]
    assert len({(item.headers["webhook-id"], item.body) for item in tried}) == 1


def test_messages_to_a_stalled_receiver_back_off_together(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url)
    receiver.status = 503
    for _ in range(20):
        received(client, supervisor)
    client.work_off()
    assert 0 < len(receiver.got) <= 8
    receiver.status = 200
    client.now += timedelta(minutes=1)
    client.work_off()
    assert len(receiver.accepted) == len(set(events_of(receiver.accepted))) == 20


def test_a_dead_message_releases_the_next_and_can_be_resent(
    client: Client, supervisor: str, receiver: Receiver
) -> None:
    subscribed(client, supervisor, receiver.url, unit=HERE)
    code = received(client, supervisor)["code"]
    receiver.status = 500
    for _ in range(12):
        client.work_off()
        client.now += timedelta(hours=10)
    receiver.status = 200
    act(client, supervisor, code, "take")
    client.work_off()
    assert events_of(receiver.accepted) == [(code, 2, "dossier.take")]

    (dead,) = client.get(f"{OUTBOX}?state=dead", token=supervisor).json()["items"]
    assert (dead["dossier"], dead["sequence"], dead["attempts"]) == (code, 1, 12)
    assert dead["last_error"] == "status 500"
    outsider = client.token("supervisor", ELSEWHERE)
    assert client.get(f"{OUTBOX}?state=dead", token=outsider).json()["items"] == []
    assert client.post(f"{OUTBOX}/{dead['id']}/resend", {}, token=outsider).status_code == 403

    again = client.post(f"{OUTBOX}/{dead['id']}/resend", {}, token=supervisor)
    assert (again.status_code, again.json()["state"]) == (200, "pending")
    client.work_off()
    assert events_of(receiver.accepted)[-1] == (code, 1, "dossier.receive")
    refused = client.post(f"{OUTBOX}/{dead['id']}/resend", {}, token=supervisor)
    assert (refused.status_code, refused.json()["code"]) == (409, "message_not_dead")


def test_several_workers_send_everything_once_and_in_order(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url)
    codes = [received(client, supervisor)["code"] for _ in range(8)]
    for code in codes:
        act(client, supervisor, code, "take")
        act(client, supervisor, code, "finish", outcome="granted")
    assert client.work_off(at_once=2) == 24
    assert len(receiver.got) == 24
    for code in codes:
        assert [sequence for of, sequence, _ in events_of(receiver.got) if of == code] == [1, 2, 3]


def test_a_crashed_worker_loses_no_message(
    client: Client, supervisor: str, receiver: Receiver, seeded_url: str
) -> None:
    subscribed(client, supervisor, receiver.url)
    received(client, supervisor)
    receiver.status = 500
    client.work_off()
    receiver.status = 200
    # The state after the crash of a worker with a claim.
    later = client.now + timedelta(minutes=3)
    stamp = str(int(later.timestamp())) if seeded_url.startswith("sqlite") else f"'{later.isoformat()}'"
    claimed = f"UPDATE outbox SET claim = 'gone', claimed_until = {stamp}"
    schema.in_transaction(seeded_url, lambda connection: connection.exec_driver_sql(claimed))
    client.now += timedelta(minutes=2)
    assert client.work_off() == 0
    client.now += timedelta(minutes=2)
    assert client.work_off() == 1
    assert len(receiver.accepted) == 1


def test_a_replay_starts_at_an_instant_or_entry_and_then_continues(
    client: Client, supervisor: str, receiver: Receiver
) -> None:
    hook = subscribed(client, supervisor, receiver.url)
    before = received(client, supervisor)["code"]
    client.now += timedelta(hours=1)
    code = received(client, supervisor)["code"]
    client.work_off()
    first_ids = [request.headers["webhook-id"] for request in receiver.got]
    receiver.got.clear()

    path = f"{HOOKS}/{hook['id']}/replay"
    answer = client.post(path, {"from": "2021-08-16T09:00:00+07:00"}, token=supervisor)
    assert (answer.status_code, answer.json()["replaying"]) == (200, True)
    assert client.post(path, {"from": 1}, token=supervisor).json()["code"] == "replaying_already"
    act(client, supervisor, code, "take")
    client.work_off()
    assert events_of(receiver.got) == [(code, 1, "dossier.receive"), (code, 2, "dossier.take")]
    assert receiver.got[0].headers["webhook-id"] in first_ids
    assert client.get(f"{HOOKS}/{hook['id']}", token=supervisor).json()["replaying"] is False

    receiver.got.clear()
    client.post(path, {"from": 1}, token=supervisor)
    client.work_off()
    # In order for each dossier; the order between dossiers is free.
    assert sorted(events_of(receiver.got)) == [
        (before, 1, "dossier.receive"),
        (code, 1, "dossier.receive"),
        (code, 2, "dossier.take"),
    ]
    assert [sequence for of, sequence, _ in events_of(receiver.got) if of == code] == [1, 2]
    act(client, supervisor, code, "finish", outcome="granted")
    client.work_off()
    assert events_of(receiver.got)[-1] == (code, 3, "dossier.finish")


def test_an_ended_webhook_gets_nothing(client: Client, supervisor: str, receiver: Receiver) -> None:
    hook = subscribed(client, supervisor, receiver.url)
    received(client, supervisor)
    ended = client.request("DELETE", f"{HOOKS}/{hook['id']}", token=supervisor)
    assert (ended.status_code, ended.json()["ended_at"]) == (200, "2021-08-16T08:30:00+07:00")
    received(client, supervisor)
    assert client.work_off() == 0
    assert client.get(HOOKS, token=supervisor).json()["items"] == []
    assert client.get(f"{HOOKS}/{hook['id']}", token=supervisor).status_code == 404


def test_the_secret_is_shown_once(client: Client, supervisor: str) -> None:
    body = {"url": "https://he-thong.example.vn/motcua"}
    key = {"Idempotency-Key": "once"}
    first = client.post(HOOKS, body, token=supervisor, headers=key)
    again = client.post(HOOKS, body, token=supervisor, headers=key)
    assert first.json()["secret"].startswith("whsec_")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {**first.json(), "secret": None}
    listed = client.get(HOOKS, token=supervisor).json()["items"]
    assert [item["id"] for item in listed] == [first.json()["id"]]
    assert "secret" not in listed[0]


def test_a_supervisor_of_a_unit_subscribes_for_its_subtree_only(client: Client) -> None:
    here = client.token("supervisor", HERE)
    made = subscribed(client, here, "https://he-thong.example.vn/motcua")
    assert made["unit"]["code"] == HERE
    refused = client.post(HOOKS, {"url": "https://example.vn/", "unit": ELSEWHERE}, token=here)
    assert (refused.status_code, refused.json()["code"]) == (403, "unit_of_others")
    elsewhere = client.token("administrator", ELSEWHERE)
    assert client.get(HOOKS, token=elsewhere).json()["items"] == []
    assert client.request("DELETE", f"{HOOKS}/{made['id']}", token=elsewhere).status_code == 403
    assert client.post(f"{HOOKS}/{made['id']}/replay", {"from": 1}, token=elsewhere).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "http://he-thong.example.vn/motcua",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://224.0.0.1/",
        "https://user:password@example.vn/",
        "https://example.vn:0/",
        "https://example.vn/#part",
        "https:///motcua",
        "ftp://example.vn/",
        "file:///etc/passwd",
        "https://[::1/",
    ],
)
def test_a_private_address_is_refused(app_client: Client, url: str) -> None:
    answer = app_client.post(HOOKS, {"url": url}, token=app_client.token("administrator"))
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook_url_invalid")


def test_a_name_with_a_private_address_gets_nothing(seeded_url: str, receiver: Receiver) -> None:
    # The name had a public address at the subscription, and has a private one at sending.
    with Client(seeded_url, NOW, outbox_worker=False) as client:
        token = client.token("supervisor")
        port = receiver.url.split(":")[2]
        subscribed(client, token, f"https://localhost:{port}")
        subscribed(client, token, f"https://no-such-host.invalid:{port}")
        received(client, token)
        client.work_off()
        assert receiver.got == []
        messages = client.get(OUTBOX, token=token).json()["items"]
        # A name within the network of the service and one that does not exist look the same.
        assert {(message["state"], message["last_error"]) for message in messages} == {
            ("pending", "address_not_usable")
        }
        assert len(messages) == 2


def test_a_redirect_is_not_followed(client: Client, supervisor: str, receiver: Receiver) -> None:
    with running_receiver() as other:
        receiver.status, receiver.location = 307, other.url
        subscribed(client, supervisor, receiver.url)
        received(client, supervisor)
        client.work_off()
        assert len(receiver.got) == 1
        assert other.got == []


def test_a_rolled_back_change_sends_nothing(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url)
    code = received(client, supervisor)["code"]
    assert client.post(f"{DOSSIERS}/{code}/return", {"received_by": "x", "how": "counter"}, token=supervisor).is_error
    client.work_off()
    assert events_of(receiver.got) == [(code, 1, "dossier.receive")]


def test_concurrent_changes_are_all_sent(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url)
    codes = [received(client, supervisor)["code"] for _ in range(6)]
    answers = client.together([Call("POST", f"{DOSSIERS}/{code}/take", {}, supervisor) for code in codes])
    assert {answer.status_code for answer in answers} == {200}
    client.work_off(at_once=2)
    assert sorted(events_of(receiver.got)) == sorted(
        [(code, 1, "dossier.receive") for code in codes] + [(code, 2, "dossier.take") for code in codes]
    )


def test_the_service_sends_in_the_background(seeded_url: str, receiver: Receiver) -> None:
    with Client(seeded_url, NOW, webhook_networks="127.0.0.0/8") as client:
        token = client.token("supervisor")
        subscribed(client, token, receiver.url)
        received(client, token)
        deadline = datetime.now(NOW.tzinfo) + timedelta(seconds=20)
        while not receiver.got and datetime.now(NOW.tzinfo) < deadline:
            client.get("/healthz")
        assert len(receiver.got) == 1
