"""A synchronous client of the application in this process, with a clock that the test sets."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import unquote

import httpx
from sqlalchemy import Select, select

from app.access.person_sessions import Method, begin_person_session, first_expiry
from app.access.service import create_token
from app.catalogue.cache import ReferenceCache
from app.database import tables
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.domain.typed_codes import code_in
from app.main import create_app
from app.notifications.delivery.worker import Outbox
from app.services import Services
from app.settings import Settings
from tests.support.database_access import open_database

T = TypeVar("T")


# Headers of a reader of a look-up who has the code alone.
BARE = {"X-Slip-Key": ""}
_LOOK_UP = re.compile(r"/(api/v1/lookup|d)/([^/?]+)")


# No rate limits, because tests send more requests than people. Tests of the limits set their own.
UNLIMITED = {"address_rate": 0, "token_rate": 0, "failure_rate": 0, "lookup_misses": 0}


class Call(NamedTuple):
    """One request to send: `Call("POST", "/api/v1/dossiers", body, token)`."""

    method: str
    path: str
    json: Any = None
    token: str | None = None
    headers: Mapping[str, str] = {}
    content: bytes | None = None  # a body that is no JSON

    @property
    def body(self) -> Mapping[str, Any]:
        """The body as an option of `Client.request`."""
        return {"json": self.json} if self.content is None else {"content": self.content}


class Client:
    """The application over one database. It runs within a `with` block.

    It holds the slip of every dossier: its look-ups have the key, and its pages the cookie. `BARE` leaves them out.

    `now` is the clock of the service, an aware UTC instant. Tests set it to let time pass.
    """

    def __init__(self, database_url: str, now: datetime, **settings: Any) -> None:
        self.now = now
        self._database_url = database_url
        self._app = create_app(Settings(database_url=database_url, **{**UNLIMITED, **settings}), now=lambda: self.now)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        with ExitStack() as undone_on_failure:
            undone_on_failure.callback(self._runner.close)
            self._run(self._start())
            undone_on_failure.pop_all()
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        try:
            self._run(self._stop())
        finally:
            self._runner.close()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """The answer to a GET; `options` are those of `request`."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """The answer to a POST; `options` are those of `request`."""
        return self.request("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """The answer to a PUT; `options` are those of `request`."""
        return self.request("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """The answer to a PATCH; `options` are those of `request`."""
        return self.request("PATCH", path, json=json, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """The answer to one request; further `options` are httpx's (`json`, `params`, `content`)."""
        return self._run(self._send(method, path, token, headers, options))

    def together(self, calls: list[Call]) -> list[httpx.Response]:
        """The answers to concurrent requests, in the order of `calls`."""

        async def send() -> list[httpx.Response]:
            return await asyncio.gather(
                *(self._send(c.method, c.path, c.token, c.headers, {"json": c.json}) for c in calls)
            )

        return self._run(send())

    def posted_together(
        self, path: str, form: Mapping[str, str], times: int, headers: Mapping[str, str]
    ) -> list[httpx.Response]:
        """The answers to a form that is sent several times concurrently."""

        async def send() -> list[httpx.Response]:
            return await asyncio.gather(
                *(self._send("POST", path, None, headers, {"data": form}) for _time in range(times))
            )

        return self._run(send())

    @contextmanager
    def under_way(self, calls: list[Call]) -> Iterator[Callable[[], list[httpx.Response]]]:
        """Starts requests that run during the block. The yielded function waits for their answers."""

        async def begin() -> list[asyncio.Task[httpx.Response]]:
            tasks = [asyncio.create_task(self._send(c.method, c.path, c.token, c.headers, {})) for c in calls]
            # Until each request waits for another one.
            await asyncio.sleep(0.1)
            return tasks

        async def end(tasks: list[asyncio.Task[httpx.Response]]) -> list[httpx.Response]:
            return list(await asyncio.gather(*tasks))

        tasks = self._run(begin())
        yield lambda: self._run(end(tasks))

    def work_off(self, at_once: int = 1) -> int:
        """Sends the due messages of the outbox with `at_once` workers. Returns the number of attempts."""

        async def work() -> int:
            services = Services.of(self._app)
            outbox = Outbox(services.settings, ReferenceCache(), lambda: self.now)
            async with outbox.sending(services.database):
                return await outbox.work_off(services.database)

        async def together() -> int:
            return sum(await asyncio.gather(*(work() for _ in range(at_once))))

        return self._run(together())

    def token(self, role: str, unit: str | int | None = None, client: str = "tests") -> str:
        """A new token of a role, for the subtree of a unit (its id, or its code today) or for all units."""
        return self._run(self._create_token(role, unit, client))

    def session(self, person_id: int, method: str = "second_factor") -> str:
        """The secret of a new session of a person, who signed in by the method."""
        settings = Services.of(self._app).settings
        return self._run(
            begin_person_session(
                self._database, person_id, Method(method), self.now, first_expiry(settings, self.now), browser="Tests"
            )
        )

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _start(self) -> None:
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        # The same task starts and ends the application, as under a server.
        self._lifespan = asyncio.create_task(self._live())
        started = asyncio.create_task(self._started.wait())
        await asyncio.wait([started, self._lifespan], return_when=asyncio.FIRST_COMPLETED)
        if self._lifespan.done():
            started.cancel()
            self._lifespan.result()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://service.test")
        self._database = await open_database(self._database_url, pool_size=2)

    async def _live(self) -> None:
        async with self._app.router.lifespan_context(self._app):
            self._started.set()
            await self._ended.wait()

    async def _stop(self) -> None:
        await self._http.aclose()
        self._ended.set()
        await self._lifespan
        await self._database.close()

    async def _send(
        self, method: str, path: str, token: str | None, headers: Mapping[str, str] | None, options: dict[str, Any]
    ) -> httpx.Response:
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if method == "GET" and (match := _LOOK_UP.match(path)):
            await self._show_slip(match[1], unquote(match[2]), sent)
        return await self._http.request(method, path, headers=sent, **options)

    async def _show_slip(self, kind: str, code: str, sent: dict[str, str]) -> None:
        """Adds the proof of a holder of the slip to a look-up: the key, or the cookie of a page."""
        for cookie in [cookie for cookie in self._http.cookies.jar if cookie.name == "slip"]:
            self._http.cookies.delete("slip", cookie.domain, cookie.path)
        keys = Services.of(self._app).rating_keys
        await keys.load(self._database)
        with suppress(Invalid, AssertionError):  # no code of this service, and no receipt yet
            code = code_in(code)
            if "X-Slip-Key" in sent:
                return
            if kind != "d":
                sent["X-Slip-Key"] = keys.of(code)
            elif "Cookie" in sent:
                sent["Cookie"] += f"; slip={keys.mark(code)}"
            else:
                self._http.cookies.set("slip", keys.mark(code), domain="service.test", path="/d/")

    async def _create_token(self, role: str, unit: str | int | None, client: str) -> str:
        async with self._database.writing() as connection:
            unit_id = (
                await connection.scalar(unit_by_code(unit, local_date(self.now))) if isinstance(unit, str) else unit
            )
            assert unit_id is not None or unit is None, f"no unit {unit} on {local_date(self.now)}"
            return await create_token(connection, client=client, role=role, unit_id=unit_id, now=self.now)


def unit_by_code(code: str, today: date) -> Select[tuple[int]]:
    """The id of the unit with this code today, in every schema."""
    unit = tables.units.c
    is_valid = (unit.valid_from <= today) & (unit.valid_to.is_(None) | (unit.valid_to >= today))
    return select(unit.id).where(unit.code == code, is_valid)
