"""Every response with people is a view in the access log, whatever operation gives it (rules §8)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from app.database import schema
from tests.conftest import NOW
from tests.support.access_scene import CALLS, Scene
from tests.support.bodies import HOA
from tests.support.client import Client
from tests.support.openapi import OPERATIONS, Operation, resolved
from tests.support.reference import seed

if TYPE_CHECKING:
    from tests.support.databases import Databases, Templates

# A component with one of these fields has people, their words or their payments; so has one with all of the last two.
PERSONAL = frozenset({"handed_in_by", "summary", "note", "comment", "receipt_number"})
RECORDED_BY = frozenset({"client", "officer"})
# A signed note is no note of a person.
SIGNED = "get /api/v1/seals/witnessed"
# Without such a field it says that the same person has other dossiers.
SIMILAR = "post /api/v1/dossiers/similar"

_VIEWS = text("SELECT coalesce(max(id), 0) FROM access_log")


@pytest.fixture(scope="module")
def register(databases: "Databases", templates: "Templates") -> Iterator[tuple[Scene, str]]:
    """One register for all calls; each call creates its own subjects."""
    url = databases.create(templates.prepared_by(seed))
    with Client(url, NOW, lookup_rate=0, outbox_worker=False) as client:
        yield Scene(client, url), url
    databases.drop(url)


def components(part: Any, met: set[int]) -> Iterator[frozenset[str]]:
    """The fields of each object in a schema and in those that it refers to."""
    if isinstance(part, list):
        part = dict(enumerate(part))
    if not isinstance(part, dict):
        return
    part = resolved(part)
    if id(part) not in met:
        met.add(id(part))
        yield frozenset(part.get("properties", ()))
        for value in part.values():
            yield from components(value, met)


def holds_people(operation: Operation) -> bool:
    content = operation.success[1].get("content", {})
    of_people = any(fields & PERSONAL or fields >= RECORDED_BY for fields in components(content, set()))
    return (of_people and operation.name != SIGNED) or "application/pdf" in content or operation.name == SIMILAR


def test_an_operation_is_recorded_exactly_if_its_response_holds_people(register: tuple[Scene, str]) -> None:
    scene, url = register
    recorded, named = set(), set()
    for operation in CALLS:
        call = CALLS[operation](scene)
        token = scene.administrator if "/tokens" in call.path else scene.token_of(("supervisor", "all"))
        before = schema.in_transaction(url, lambda connection: connection.scalar(_VIEWS))
        answer = scene.client.request(call.method, call.path, headers=call.headers, **call.body, token=token)
        after = schema.in_transaction(url, lambda connection: connection.scalar(_VIEWS))
        assert after - before <= 1, operation
        recorded |= {operation} if after > before else set()
        named |= {operation} if HOA["name"] in answer.text else set()
    holding = {operation.name for operation in OPERATIONS if holds_people(operation)}
    assert recorded == holding
    assert named <= recorded
