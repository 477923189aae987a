"""A register as the witness of another one: it cosigns a tree of seals that grows, and nothing else."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta

import httpx
import pytest
from pydantic import ValidationError

from app.audit.seals.service import seal
from app.audit.seals.tree import Checkpoint, parse_checkpoint
from app.database import Database
from app.encryption.signed_notes import COSIGNATURE, new_signer, split_note
from app.operations.witness.service import Neighbour, Outcome, cosign_all
from app.settings import Settings, neighbours_of
from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.database_access import in_database

KEY, WITNESS = new_signer("motcua.a.example.vn/seals"), new_signer("motcua.b.example.vn/seals")
NEIGHBOUR = Neighbour(KEY.verifier(), "https://motcua.a.example.vn")
Answer = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    """A register that signs its tree. Its database also keeps what the witness has cosigned."""
    with Client(seeded_url, NOW, seal_key=str(KEY)) as client:
        yield client


def grow(client: Client, url: str) -> None:
    """Adds a seal over a new entry."""
    client.now += timedelta(minutes=5)
    token = client.token("clerk", "20899")
    act(client, token, received(client, token)["code"], "forward", to_unit="515.03")

    async def work(database: Database) -> None:
        assert len(await seal(database, client.now)) == 1

    in_database(url, work)


def witnessed(url: str, answer: Answer, client: Client) -> Outcome:
    """The outcome of one round of the witness."""

    async def work(database: Database) -> list[Outcome]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            return await cosign_all(database, http, WITNESS, [NEIGHBOUR], client.now)

    (outcome,) = in_database(url, work)
    return outcome


def answering(client: Client) -> Answer:
    """The answers of the register itself."""

    async def answer(request: httpx.Request) -> httpx.Response:
        # The client has an event loop of its own.
        response = await asyncio.to_thread(client.get, f"{request.url.path}?{request.url.query.decode()}")
        return httpx.Response(response.status_code, content=response.content)

    return answer


def test_a_growing_tree_is_cosigned_and_the_head_is_public(client: Client, seeded_url: str) -> None:
    for size in (1, 2, 3, 4):
        grow(client, seeded_url)
        assert witnessed(seeded_url, answering(client), client) == Outcome(KEY.name, size)
    assert witnessed(seeded_url, answering(client), client) == Outcome(KEY.name, 4)
    (item,) = client.get("/api/v1/seals/witnessed").json()["items"]
    assert (item["origin"], item["size"]) == (KEY.name, 4)
    assert item["note"].startswith(client.get("/api/v1/seals/checkpoint").text)
    assert KEY.verifier().signed(item["note"])
    assert WITNESS.verifier(COSIGNATURE).cosigned_at(item["note"]) == int(client.now.timestamp())


def test_a_tree_that_shrinks_forks_or_is_not_signed_is_not_cosigned(client: Client, seeded_url: str) -> None:
    for _seal in range(3):
        grow(client, seeded_url)
    assert witnessed(seeded_url, answering(client), client).size == 3
    text = split_note(client.get("/api/v1/seals/checkpoint").text)[0]

    def head(size: int, root: bytes = bytes(32)) -> Answer:
        note = KEY.sign(Checkpoint(KEY.name, size, root).text)

        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("checkpoint"):
                return httpx.Response(200, text=note)
            return httpx.Response(200, json={"hashes": ["00" * 32]})

        return answer

    faults: dict[str, Answer] = {
        "the tree had 3 seals and has 2": head(2),
        "the tree of 3 seals does not begin with the 3 that were cosigned": head(3),
        "the tree of 4 seals does not begin with the 3 that were cosigned": head(4),
        "the head is not signed by the key of the register": lambda _request: httpx.Response(
            200, text=new_signer(KEY.name).sign(text)
        ),
        "the answer is too long": lambda _request: httpx.Response(200, text="x" * 70_000),
    }
    for fault, answer in faults.items():
        assert witnessed(seeded_url, answer, client) == Outcome(KEY.name, None, fault)
    silent = witnessed(seeded_url, lambda _request: httpx.Response(503), client)
    assert (silent.size, silent.fault.startswith("no answer")) == (None, True)
    (item,) = client.get("/api/v1/seals/witnessed").json()["items"]
    kept = parse_checkpoint(split_note(item["note"])[0])
    assert kept is not None
    assert kept.size == 3


def test_two_witnessing_processes_cosign_a_head_once(client: Client, seeded_url: str) -> None:
    grow(client, seeded_url)
    note = client.get("/api/v1/seals/checkpoint").text

    async def work(database: Database) -> list[list[Outcome]]:
        transport = httpx.MockTransport(lambda _request: httpx.Response(200, text=note))
        async with httpx.AsyncClient(transport=transport) as http:
            rounds = (cosign_all(database, http, WITNESS, [NEIGHBOUR], client.now) for _round in range(3))
            return await asyncio.gather(*rounds)

    assert in_database(seeded_url, work) == [[Outcome(KEY.name, 1)]] * 3


def test_neighbours_are_pairs_of_a_public_key_and_an_address() -> None:
    pair = f"{KEY.verifier()}=https://motcua.a.example.vn/"
    assert neighbours_of(Settings(witnessed=f"{pair}, ")) == [tuple(NEIGHBOUR)]
    for wrong in (
        str(KEY.verifier()),
        "https://motcua.a.example.vn",
        pair[1:],
        f"{KEY.verifier(COSIGNATURE)}=https://a",
    ):
        with pytest.raises(ValidationError):
            Settings(witnessed=wrong)
