"""Connects to the server of a cluster that is meant, and finds out if a silent server is still there."""

import random
from time import monotonic
from typing import Any

import asyncpg

from app.database.address import Address, Target
from app.database.errors import DatabaseUnavailable
from app.database.observed import report_round_trips
from app.database.postgresql_errors import DRIVER_ERRORS

OLDEST_VERSION = 15


class NoRoom(DatabaseUnavailable):
    """The server, or a pooler before it, has no free connection."""


class Server:
    """One host of the address. `heard_at`: the last sign of life, on the clock of `time.monotonic`."""

    __slots__ = ("heard_at", "host", "port")

    def __init__(self, host: str | None, port: int | None) -> None:
        self.host = host
        self.port = port
        self.heard_at = 0.0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.host, self.port) if part) or "the default host"


class Session(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection that knows its server. `lent_at`: since when a task has it."""

    __slots__ = ("lent_at", "server")

    server: Server
    lent_at: float


class Servers:
    """The servers of one address, the one that was right last in front.

    asyncpg has lists of hosts too, but one time-out for all of them: a frozen host in front would use it up. It also
    ends its search at a host that is full.
    """

    def __init__(self, address: Address, most_seconds: float, **options: Any) -> None:
        self._address = address
        self._seconds = min(address.connect_seconds, most_seconds)
        self._options = options
        self._servers = [Server(host, port) for host, port in address.hosts]
        if address.shuffled:
            random.shuffle(self._servers)

    async def connect(self, **options: Any) -> Session:
        """A connection to the first server that is meant. Raises DatabaseUnavailable, and NoRoom if one may be full."""
        refusals, full = [], False
        for target in self._targets():
            for server in tuple(self._servers):
                try:
                    session = await self._connect_to(server, target, **options)
                except DRIVER_ERRORS as error:
                    refusals.append(f"{server}: {str(error) or 'no answer in time'}")
                    full = full or _is_full(error)
                    if isinstance(error, TimeoutError):
                        self.ask_last(server)
                else:
                    self._ask_first(server)
                    return session
        # A list, because the same server may refuse as a standby and as any.
        raise (NoRoom if full else DatabaseUnavailable)(f"PostgreSQL: {'; '.join(dict.fromkeys(refusals))}")

    async def answers(self, server: Server) -> bool:
        """Whether the server accepts a connection, or says why not."""
        try:
            session = await self._connect_to(server, "any")
        except (OSError, TimeoutError):
            return False
        except DRIVER_ERRORS:
            return True
        session.terminate()
        return True

    def ask_last(self, server: Server) -> None:
        """Ask the other servers before this one."""
        self._servers.sort(key=lambda other: other is server)

    def _ask_first(self, server: Server) -> None:
        self._servers.sort(key=lambda other: other is not server)

    def _targets(self) -> tuple[Target, ...]:
        return ("standby", "any") if self._address.target == "prefer-standby" else (self._address.target,)

    async def _connect_to(self, server: Server, target: Target, **options: Any) -> Session:
        session: Session = await asyncpg.connect(
            self._address.dsn,
            host=server.host,
            port=server.port,
            target_session_attrs=target,
            timeout=self._seconds,
            connection_class=Session,
            **self._options,
            **options,
        )
        report_round_trips(session)
        version = session.get_server_version()
        if version.major < OLDEST_VERSION:
            session.terminate()
            raise asyncpg.InterfaceError(f"PostgreSQL {OLDEST_VERSION} or later is required, this is {version.major}")
        session.server = server
        session.lent_at = server.heard_at = monotonic()
        return session


def _is_full(error: Exception) -> bool:
    # A server under many attempts closes some before their refusal can be read. PgBouncer has no code of its own.
    refused = isinstance(error, asyncpg.TooManyConnectionsError | asyncpg.ConnectionDoesNotExistError)
    return refused or "no more connections allowed" in str(error)
