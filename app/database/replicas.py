"""One database of two groups of servers: the primary, and replicas that answer reading.

Each request says where its reading goes (`reading_at`). Work outside requests reads and writes at the primary.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from math import inf
from time import monotonic
from typing import Any

from app.background import Abandoned, running
from app.database.address import database_url
from app.database.connection import Connection, Database, PoolState
from app.database.errors import DatabaseUnavailable
from app.database.server_group import ServerGroup, ServerState

# Seconds of silence after which a group is not asked any more. A pause of the primary must not show old data to staff.
PRIMARY_PATIENCE, REPLICA_PATIENCE = 1.0, 0.3
# This share of a pool's connections may serve readings that are slow at the other pool.
HEDGED_SHARE = 4

# Probes of the primary that a replica may still have to reach: twenty minutes.
_MOST_MARKS = 2400


class Place:
    """Where one reader reads. `group` None: at the primary, or at a replica while the primary is down.

    `moment`: the instant of its data by `time.monotonic`, from the first reading on; None before, -inf if unknown.
    """

    __slots__ = ("group", "moment")

    def __init__(self, group: ServerGroup | None) -> None:
        self.group = group
        self.moment: float | None = None


_PLACE: ContextVar[Place | None] = ContextVar("place", default=None)


def replicas_url(text: str) -> str:
    """The URL of replicas. Of several hosts a standby is meant, and the primary if there is none."""
    url = database_url(text)
    if "," in str(url.query.get("host", "")) and "target_session_attrs" not in url.query:
        url = url.update_query_dict({"target_session_attrs": "prefer-standby"})
    return url.render_as_string(hide_password=False)


@contextmanager
def reading_at(place: Place) -> Iterator[None]:
    """Readings of this task go to the place during the block."""
    token = _PLACE.set(place)
    try:
        yield
    finally:
        _PLACE.reset(token)


class ReplicatedDatabase(Database):
    """Readings at the place of the task, changes at the primary."""

    dialect = "postgresql"

    def __init__(self, primary: ServerGroup, replica: ServerGroup, hedges_at_once: int) -> None:
        self.primary = primary
        self.replica = replica
        self.hedges_left = hedges_at_once
        # When a position in the log was that of the primary: the newest such position is the last.
        self._marks: deque[tuple[float, int]] = deque(maxlen=_MOST_MARKS)
        self._as_of: float | None = None
        self._abandoned = Abandoned()

    def reading(
        self, *, snapshot: bool = False, heavy: bool = False, in_turn: bool = True
    ) -> AbstractAsyncContextManager[Connection]:
        place = _PLACE.get()
        group = self.primary if place is None else place.group or self._up_first(self.primary, self.replica)
        if place is not None and place.moment is None:
            place.group, place.moment = group, monotonic() - self.age(group)
        return group.database.reading(snapshot=snapshot, heavy=heavy, in_turn=in_turn)

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return self.primary.database.writing()

    def pools(self) -> Sequence[PoolState]:
        return [
            replace(pool, name=group.name, up=group.up, standby=group.standby, age=self.age(group))
            for group in (self.primary, self.replica)
            for pool in group.pools()
        ]

    async def close(self) -> None:
        await self._abandoned.ended()
        for group in (self.primary, self.replica):
            await group.close()

    def abandon(self, task: "asyncio.Task[Any]") -> None:
        """Cancels work whose result is not needed. Its connection is returned or dropped without a wait here."""
        self._abandoned.add(task)

    def age(self, group: ServerGroup) -> float:
        """Seconds since the data of the group were those of the primary, by its last probe; inf if unknown."""
        state = group.state
        if state is None or not state.standby:
            return 0.0
        if group is self.replica and self._as_of is not None:
            return max(monotonic() - self._as_of, 0.0)
        # Never compared with the primary: the last replayed transaction says how old the data are at most.
        return inf if state.idle is None else max(monotonic() - state.at + state.idle, 0.0)

    @property
    def writable(self) -> bool:
        """Whether a primary answered its last probe."""
        return self.primary.up and not self.primary.standby

    def other(self, group: ServerGroup) -> ServerGroup:
        """The other one of the two groups."""
        return self.replica if group is self.primary else self.primary

    def usable_first(self, group: ServerGroup) -> ServerGroup:
        """The group, or the other one if only that one is up."""
        return self._up_first(group, self.other(group))

    @staticmethod
    def _up_first(group: ServerGroup, other: ServerGroup) -> ServerGroup:
        return other if other.up and not group.up else group

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Watches both groups while the block runs. Raises DatabaseUnavailable if neither answers at the start."""
        groups = (self.primary, self.replica)
        # The primary first: a replica can only be compared with it.
        for group in groups:
            await group.probe(self._seen)
        if not any(group.up for group in groups):
            raise DatabaseUnavailable("PostgreSQL: neither the primary nor a replica answers")
        async with AsyncExitStack() as stack:
            for group in groups:
                lost = f"it is not noticed if the {group.name} answers"
                await stack.enter_async_context(running(group.watch(self._seen), lost))
            yield

    def _seen(self, group: ServerGroup, state: ServerState) -> None:
        """Notes the position of the primary, or how far the replica has come."""
        if not state.standby and group is self.primary:
            if self._marks and state.position < self._marks[-1][1]:
                # Another primary, without the end of the log of the one before.
                self._marks.clear()
            self._marks.append((state.at, state.position))
        elif group is self.replica:
            while self._marks and self._marks[0][1] <= state.position:
                self._as_of, _ = self._marks.popleft()
