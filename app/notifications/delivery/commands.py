"""The command `motcua work`: works the outbox off in a process of its own."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated

import typer

from app import clock
from app.catalogue.cache import ReferenceCache
from app.database import Database
from app.notifications.delivery.worker import Outbox
from app.settings import Settings


def work_command(with_database: Callable[[Callable[[Database], Awaitable[int]]], int]) -> Callable[..., None]:
    """The command."""

    def work(
        once: Annotated[bool, typer.Option("--once", help="Send what is due now, and end.")] = False,
    ) -> None:
        """Send what is to be told outside, until told to stop."""
        outbox = Outbox(Settings(), ReferenceCache(), clock.now)

        async def run(database: Database) -> int:
            async with outbox.sending(database):
                if once:
                    return await outbox.work_off(database)
                await _until_told(outbox.worker.run(database))
            return 0

        tried = with_database(run)
        if once:
            typer.echo(f"{tried} messages were sent, or tried.")

    return work


async def _until_told(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
