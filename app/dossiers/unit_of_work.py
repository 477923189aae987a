"""The unit of work: one change of a dossier with its caller, its transaction and its reference data."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.backdating import BackdatingWindow
from app.domain.lifecycle import Role
from app.dossiers.permissions import acting_scope, scope_of
from app.dossiers.queries import Dossier
from app.dossiers.schemas import ActIn
from app.text_input import same_spelling

Act = TypeVar("Act", bound=ActIn)


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The same connection, data and instant for every step of a change.

    `backdating`: the working time after which an event needs a supervisor and a reason (rules §8).
    `responsible_codes_from`: the date from which new codes begin with the responsible unit's identifier (rules §10).
    `undo`: for so long after recording, the client of an entry voids it alone (rules §8).
    """

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime
    backdating: timedelta
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

    def scope_for(self, dossier: Dossier) -> frozenset[int] | None:
        """The units of the caller's actions on the dossier; None for all."""
        return acting_scope(self.caller, self.reference, self.now, dossier)

    def signed(self, body: Act) -> Act:
        """The body with the caller as officer, if a person acts and it names nobody (rules §21)."""
        person = self.caller.person
        return body if person is None or body.officer else body.model_copy(update={"officer": person.name})

    def officer_inputs(self, officer: str | None) -> dict[str, int]:
        """The reference to the officer, if it is the person who acts. Journals have no names."""
        person = self.caller.person
        if person is None or officer is None or same_spelling(officer) != same_spelling(person.name):
            return {}
        return {"officer_person": person.id}

    def window(self, unit_id: int, at: datetime) -> BackdatingWindow:
        """The window of a unit for events at an instant."""
        sessions, _revision = self.reference.sessions(unit_id, at)
        return BackdatingWindow(self.backdating, self.reference.calendar, sessions)

    @property
    def supervisor(self) -> bool:
        """True if the caller is a supervisor."""
        return self.caller.role is Role.SUPERVISOR
