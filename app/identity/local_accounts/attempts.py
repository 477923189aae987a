"""Limits of wrong attempts to sign in, so that nobody guesses and nobody locks out a colleague (rules §21).

Attempts are counted before their outcome is known: many at once cannot pass together. A browser that signed in to the
account before has a budget of its own. Wrong attempts from other browsers never touch it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import ceil

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.access.persons import fold_account
from app.database import Connection, Database, Prepared, tables

# A count is forgotten after so long without a wrong attempt.
KEPT = timedelta(hours=24)
_FIRST_PAUSE = timedelta(seconds=30)
_QUARTER, _HALF_DAY = timedelta(minutes=15), timedelta(hours=12)

_failures = tables.sign_in_failures.c
_NOW = bindparam("now", type_=_failures.last_at.type)
_BEGIN = Prepared(
    insert(tables.sign_in_failures)
    .values(key=bindparam("key"), failures=0, last_at=_NOW)
    .on_conflict_do_nothing(index_elements=[_failures.key])
)
_COUNT = Prepared(
    update(tables.sign_in_failures)
    .where(_failures.key == bindparam("counter"))
    .values(
        failures=bindparam("count"),
        blocked_until=bindparam("until", type_=_failures.blocked_until.type),
        last_at=_NOW,
    )
)
_TAKE_BACK = Prepared(
    update(tables.sign_in_failures)
    .where(_failures.key == bindparam("counter"), _failures.failures > 0)
    .values(failures=_failures.failures - 1, blocked_until=None)
)
_FORGET = Prepared(delete(tables.sign_in_failures).where(_failures.key == bindparam("counter")))
_DELETE_OLD = Prepared(delete(tables.sign_in_failures).where(_failures.last_at < _NOW))


class Budget(Enum):
    """What counts wrong attempts: its name, the attempts without a pause, and the longest pause."""

    DEVICE = "device", 5, _QUARTER  # an account in a browser that signed in to it before
    PLACE = "place", 5, _QUARTER  # an account from one address, in all other browsers
    ACCOUNT = "account", 50, _QUARTER  # an account in all other browsers
    ADDRESS = "address", 200, _QUARTER  # all accounts from one address, in other browsers
    RESET = "reset", 3, _HALF_DAY  # links for an account that somebody asks for

    def __init__(self, kind: str, free: int, longest: timedelta) -> None:
        self.kind = kind
        self.free = free
        self.longest = longest

    def pause(self, failures: int) -> timedelta | None:
        """The pause after so many wrong attempts, doubled by each further one. None: there is none yet."""
        over = failures - self.free
        return None if over < 0 else min(_FIRST_PAUSE * 2 ** min(over, 12), self.longest)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in: the account as typed, the network address, and the id of a browser that is known."""

    account: str
    address: str
    device: str | None = None

    def counters(self, connection: Connection) -> dict[str, Budget]:
        """The budgets that the attempt takes from, by the keys of their rows."""
        account = fold_account(self.account)
        if self.device is not None:
            return {_key(connection, Budget.DEVICE, account, self.device): Budget.DEVICE}
        return {
            _key(connection, Budget.PLACE, account, self.address): Budget.PLACE,
            _key(connection, Budget.ACCOUNT, account): Budget.ACCOUNT,
            _key(connection, Budget.ADDRESS, self.address): Budget.ADDRESS,
        }


async def count_attempt(database: Database, attempt: Attempt, now: datetime) -> int:
    """Counts an attempt as a wrong one. The seconds to wait if it must not be tried yet: then it does not count."""
    async with database.writing() as connection:
        return await _count(connection, attempt.counters(connection), now)


async def count_reset(connection: Connection, account: str, now: datetime) -> bool:
    """Counts a link that somebody asks for. False: there were too many for the account."""
    key = _key(connection, Budget.RESET, fold_account(account))
    return await _count(connection, {key: Budget.RESET}, now) == 0


async def forgive(connection: Connection, attempt: Attempt, *, whole: bool) -> None:
    """Takes a counted attempt back, because it succeeded.

    `whole`: the person is signed in, so the browser or place begins at nothing again. A password alone, before the
    second factor, takes back this attempt and no other: wrong codes add up.
    """
    for key, budget in sorted(attempt.counters(connection).items(), key=lambda counter: counter[0]):
        forgotten = whole and budget in (Budget.DEVICE, Budget.PLACE)
        await connection.run(_FORGET if forgotten else _TAKE_BACK, counter=key)


async def _count(connection: Connection, counters: Mapping[str, Budget], now: datetime) -> int:
    await connection.run(_DELETE_OLD, now=now - KEPT)
    # In the order of keys, so that two transactions never wait crosswise.
    await connection.run_many(_BEGIN, [{"key": key, "now": now} for key in sorted(counters)])
    rows = select(tables.sign_in_failures).where(_failures.key.in_(sorted(counters))).order_by(_failures.key)
    states = await connection.all(rows.with_for_update())
    ends = [row.blocked_until for row in states if row.blocked_until is not None and row.blocked_until > now]
    if ends:
        seconds: int = ceil((max(ends) - now).total_seconds())
        return max(seconds, 1)
    for row in states:
        failures = row.failures + 1
        pause = counters[row.key].pause(failures)
        until = None if pause is None else now + pause
        await connection.run(_COUNT, counter=row.key, count=failures, until=until, now=now)
    return 0


def _key(connection: Connection, budget: Budget, *parts: str) -> str:
    """The key of a row. It is hashed under the service's own key, so that the table names no account and no address."""
    text = "\n".join([budget.kind, *parts])
    return connection.ring.hash(hashlib.sha256(text.encode(errors="replace")).hexdigest())
