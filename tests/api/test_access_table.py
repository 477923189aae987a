"""Rights: one table says how each operation answers each role, inside and outside its subtree (rules §8)."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from app.audit.seals.service import seal
from app.encryption.signed_notes import new_signer
from app.main import create_app
from app.settings import Settings
from tests.conftest import NOW
from tests.support.access_scene import CALLS, Scene
from tests.support.access_table import CALLERS, Caller, expected, expected_of_persons
from tests.support.client import Client
from tests.support.database_access import open_database
from tests.support.reference import seed
from tests.support.sign_on import running_issuer

if TYPE_CHECKING:
    from tests.support.databases import Databases, Templates

EXPECTED, EXPECTED_OF_PERSONS = expected(), expected_of_persons()
DOCUMENT = create_app(Settings(database_url="sqlite:///never.db")).openapi()
# One operation for each kind of right. They are tried with tokens of the single sign-on, too.
SIGNED_ON = (
    "get /api/v1/lookup/{code}",
    "get /api/v1/dossiers",
    "get /api/v1/dossiers/{code}",
    "post /api/v1/dossiers",
    "post /api/v1/dossiers/{code}/forward",
    "post /api/v1/dossiers/{code}/finish",
    "post /api/v1/dossiers/{code}/transfer",
    "get /api/v1/statistics/on-time/dossiers",
    "post /api/v1/units",
    "get /api/v1/tokens",
    "get /api/v1/tokens/current",
    "post /api/v1/tokens",
    "post /api/v1/tokens/{token_id}/revoke",
)


@pytest.fixture(scope="module")
def scene(databases: "Databases", templates: "Templates") -> Iterator[Scene]:
    """One register for all calls; each call creates its own subjects."""
    yield from made(databases, templates)


@pytest.fixture(scope="module")
def scene_of_people(databases: "Databases", templates: "Templates") -> Iterator[Scene]:
    """Another register, because the printed one of a counter has at most 500 dossiers."""
    yield from made(databases, templates)


def made(databases: "Databases", templates: "Templates") -> Iterator[Scene]:
    """A register with a subject for each call."""
    url = databases.create(templates.prepared_by(seed))
    with (
        running_issuer() as issuer,
        Client(
            url,
            NOW,
            lookup_rate=0,
            sso_all_units=True,
            outbox_worker=False,
            seal_key=str(new_signer("motcua.example.vn/seals")),
            **issuer.settings,
        ) as client,
    ):
        scene = Scene(client, url)
        scene.issuer = issuer
        # Sealed here, because the service seals the first entries at some time within a minute.
        scene.dossier()
        asyncio.run(_sealed(url))
        yield scene
    databases.drop(url)


async def _sealed(url: str) -> None:
    database = await open_database(url)
    try:
        assert await seal(database, NOW)
    finally:
        await database.close()


def test_the_table_has_a_line_for_every_operation_and_no_other() -> None:
    operations = {f"{method} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    new = sorted(operations - EXPECTED.keys())
    assert not new, f"Add {new} to TABLE in tests/support/access_table.py: who may call it."
    assert EXPECTED.keys() == operations
    new = sorted(operations - CALLS.keys())
    assert not new, f"Add {new} to CALLS in tests/support/access_scene.py: a call that succeeds."
    assert CALLS.keys() == operations
    assert all(outcomes.keys() == set(CALLERS) for outcomes in EXPECTED.values())


@pytest.mark.parametrize("operation", EXPECTED)
def test_an_operation_answers_each_caller_as_the_table_says(scene: Scene, operation: str) -> None:
    assert_answers(scene, operation, scene.token_of)


@pytest.mark.parametrize("operation", SIGNED_ON)
def test_tokens_of_the_single_sign_on_have_the_same_rights(scene: Scene, operation: str) -> None:
    assert_answers(scene, operation, scene.signed_on)


@pytest.mark.parametrize("operation", EXPECTED)
def test_people_with_the_same_roles_have_the_same_rights(scene_of_people: Scene, operation: str) -> None:
    assert_answers(scene_of_people, operation, scene_of_people.person_of, EXPECTED_OF_PERSONS)


def assert_answers(
    scene: Scene,
    operation: str,
    token_of: Callable[[Caller], str | None],
    table: Mapping[str, Mapping[Caller, str]] | None = None,
) -> None:
    """Asserts the outcomes of the table for each caller with the token of `token_of`."""
    outcomes: dict[Caller, str] = {}
    texts = []
    for caller in CALLERS:
        call = CALLS[operation](scene)
        answer = scene.client.request(call.method, call.path, token=token_of(caller), headers=call.headers, **call.body)
        outcomes[caller] = outcome(answer)
        texts.append(answer.text[:300])
    assert outcomes == (table or EXPECTED)[operation], texts


def outcome(answer: Any) -> str:
    """The outcome in the words of the table; for other statuses the number."""
    if answer.is_success:
        listed = answer.headers["content-type"].startswith("application/json") and "items" in answer.json()
        return "none" if listed and not answer.json()["items"] else "ok"
    return "no" if answer.status_code == 403 else str(answer.status_code)
