"""Processes that check parts of the dossiers side by side, in one state of the database."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Any

from app.audit.verification.check_part import Part, PartResult, check_part
from app.database import Database, DatabaseUnavailable, open_database
from app.database.shared_state import joined
from app.domain.errors import DomainError
from app.encryption.key_files import Keys

# A new interpreter: a copy of this process would share its connections.
_CONTEXT = get_context("spawn")
_READY = "ready"


class Helper:
    """A process with one part. It sends `_READY` when it can begin and when it has begun, numbers, and a result."""

    def __init__(self, process: BaseProcess, pipe: Pipe) -> None:
        self._process = process
        self._pipe = pipe

    async def ready(self) -> None:
        """Waits until the process is ready."""
        await self._receive()

    async def begin(self, state: str) -> None:
        """Lets the process begin in this state of the database, and waits until it has."""
        self._pipe.send(state)
        await self._receive()

    async def result(self, done: Callable[[int], object]) -> PartResult:
        """The result of the part; `done` gets the number of dossiers of each step."""
        while not isinstance(message := await self._receive(), PartResult):
            done(message)
        return message

    async def _receive(self) -> Any:
        """The next message. Raises the error that ended the process, and ChildProcessError without one."""
        try:
            message = await asyncio.to_thread(self._pipe.recv)
        except EOFError:
            raise ChildProcessError("A process of the verification ended early; run it again.") from None
        if isinstance(message, Exception):
            raise message
        return message

    def end(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.join()
        self._pipe.close()


@asynccontextmanager
async def start_helpers(database: Database, parts: Sequence[Part]) -> AsyncIterator[list[Helper]]:
    """A process for each part, connected to the database. They end with the block."""
    helpers: list[Helper] = []
    try:
        for part in parts:
            pipe, other = _CONTEXT.Pipe()
            process = _CONTEXT.Process(target=_run, args=(other, database.url, database.keys, part), daemon=True)
            process.start()
            other.close()
            helpers.append(Helper(process, pipe))
        for helper in helpers:
            await helper.ready()
        yield helpers
    finally:
        for helper in helpers:
            helper.end()


def _run(pipe: Pipe, url: str, keys: Keys, part: Part) -> None:
    """The main function of a helper."""
    # The process that started the helper ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Without a reader of the pipe nobody waits for the result.
    with suppress(BrokenPipeError):
        try:
            asyncio.run(_check(pipe, url, keys, part))
        except (DomainError, DatabaseUnavailable, OSError) as error:
            # The process that started the helper raises it. Other errors are shown here, and end this process.
            pipe.send(error)


async def _check(pipe: Pipe, url: str, keys: Keys, part: Part) -> None:
    database = await open_database(url, keys=keys)
    try:
        pipe.send(_READY)
        async with joined(database, await asyncio.to_thread(pipe.recv)) as connection:
            pipe.send(_READY)
            pipe.send(await check_part(connection, part, pipe.send))
    finally:
        await database.close()
