"""The two busiest routes of the service, written by hand for one database.

Paths, bodies, responses and stored rows are those of the service. There are no rules and no checks except Pydantic's.
Reference data and the token are in memory.
"""

import gc
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import make_url

from app.catalogue.cache import load
from app.dossiers.answer_schemas import DossierOut
from app.lookup.schemas import LookupOut
from benchmarks.by_hand import postgresql, sqlite
from benchmarks.by_hand.lookup import look_up
from benchmarks.by_hand.receipt import receive
from benchmarks.by_hand.records import Memory, Store
from benchmarks.database_access import open_database


def create_app(url: str, token: str) -> FastAPI:
    """The routes over the database at `url`; `token` lets its bearer receive."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.memory = await _memory(url)
        app.state.store = await _store(url)
        # Like the service after its start.
        gc.collect()
        gc.freeze()
        yield
        await app.state.store.close()

    app = FastAPI(lifespan=lifespan)
    app.state.clients = {hashlib.sha256(token.encode()).hexdigest(): "benchmark"}
    app.get("/api/v1/lookup/{code}", response_model=LookupOut)(look_up)
    app.post("/api/v1/dossiers", status_code=201, response_model=DossierOut)(receive)
    return app


async def _memory(url: str) -> Memory:
    database = await open_database(url)
    async with database.reading() as connection:
        memory = Memory(await load(connection))
    await database.close()
    return memory


async def _store(url: str) -> Store:
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite.open_store(url)
    return await postgresql.open_store(url)
