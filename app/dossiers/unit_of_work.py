"""The unit of work: one change of a dossier with its caller, its transaction and its reference data."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.lifecycle import Role
from app.dossiers.permissions import scope_of


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The same connection, data and instant for every step of a change.

    `window`: an event further back needs a supervisor and a reason (rules §8). `responsible_codes_from`: the date from
    which new codes begin with the responsible unit's identifier (rules §10). `undo`: for so long after recording, the
    client of an entry voids it alone (rules §8).
    """

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime
    window: timedelta
    tells_applicants: bool = False
    responsible_codes_from: date | None = None
    undo: timedelta = timedelta(0)

    @property
    def notify(self) -> bool:
        """True if applicants or other systems may get a message about the change."""
        return self.tells_applicants or self.reference.subscribed

    @property
    def scope(self) -> frozenset[int] | None:
        """The units of the caller's actions; None for all."""
        return scope_of(self.caller, self.reference, self.now)

    @property
    def supervisor(self) -> bool:
        """True if the caller is a supervisor."""
        return self.caller.role is Role.SUPERVISOR
