"""Drops the connections to a server that has fallen silent, so that no task waits for it."""

import asyncio
import logging
from collections.abc import Collection
from time import monotonic

from app.database.postgresql_servers import Server, Servers, Session

logger = logging.getLogger(__name__)

# Seconds between two checks, and seconds of a statement without an answer after which its server is asked.
PAUSE, SILENCE = 0.5, 1.5
# A server with too much to do may once answer late.
ATTEMPTS = 2


async def watch(servers: Servers, lent: Collection[Session], idle: list[Session]) -> None:
    """Checks the servers of `lent` connections, and closes all of a silent one. Runs until it is cancelled.

    A long statement is no silence: a new connection to the same server shows the difference.
    """
    while True:
        await asyncio.sleep(PAUSE)
        for server in {session.server for session in lent if _is_silent(session)}:
            if not await _lives(servers, server):
                logger.warning("PostgreSQL: %s does not answer; its connections are closed", server)
                servers.ask_last(server)
                close_all(server, idle, lent)


def close_all(server: Server, idle: list[Session], lent: Collection[Session] = ()) -> None:
    """Closes the connections to this server. A task that waits for an answer on one gets an error at once."""
    for session in (*idle, *lent):
        if session.server is server:
            session.terminate()
    idle[:] = [session for session in idle if not session.is_closed()]


def _is_silent(session: Session) -> bool:
    return monotonic() - max(session.lent_at, session.server.heard_at) > SILENCE


async def _lives(servers: Servers, server: Server) -> bool:
    for _attempt in range(ATTEMPTS):
        asked_at = monotonic()
        if await servers.answers(server):
            server.heard_at = monotonic()
            return True
        if server.heard_at > asked_at:
            return True
    return False
