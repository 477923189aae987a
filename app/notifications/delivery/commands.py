"""Command `motcua work`: sends the messages of the outbox in a separate process."""

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
    """Builds the command."""

    def work(
        once: Annotated[bool, typer.Option("--once", help="Send the messages that are due now, then exit.")] = False,
    ) -> None:
        """Send outgoing messages until stopped: mail, phone messages, webhooks."""
        outbox = Outbox(Settings(), ReferenceCache(), clock.now)

        async def run(database: Database) -> int:
            async with outbox.sending(database):
                if once:
                    return await outbox.work_off(database)
                await _until_signal(outbox.worker.run(database))
            return 0

        attempts = with_database(run)
        if once:
            typer.echo(f"{attempts} messages were attempted.")

    return work


async def _until_signal(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
