"""Who is at work now, and which of them has to do with what: by unit and what succeeded it, officer and subtree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.domain.localtime import local_date
from app.domain.occasions import DueReminder, Occasion, Thresholds, WorkingMoment
from app.notifications.reminders.contacts import Contact
from app.notifications.reminders.office_hours import is_open, moment_at

# Theirs to decide or to answer for; the rest comes to them when a unit does not say that it knows.
_OF_SUPERVISORS = frozenset({Occasion.OVERDUE, Occasion.APOLOGY_OWED})
_SOON = ("soon_days", "soon_hours", "soon_percent")


class Roster:
    """Those of the contacts that are at work at an instant, each with its working time and thresholds."""

    def __init__(self, reference: Reference, contacts: Sequence[Contact], now: datetime) -> None:
        self.now = now
        self._reference, self._today = reference, local_date(now)
        moments = {contact.id: present_at(reference, contact, now) for contact in contacts}
        self.contacts = {contact.id: contact for contact in contacts if is_open(moments[contact.id])}
        self._moments: Mapping[int, WorkingMoment] = moments
        self._at: dict[int, list[Contact]] = defaultdict(list)
        for contact in self.contacts.values():
            if contact.role != "supervisor":
                self._at[self._home(contact.unit_id)].append(contact)
        self._above: dict[int, list[Contact]] = {}
        self._limits: dict[tuple[int, int], Thresholds] = {}
        self._shared: dict[Thresholds, Thresholds] = {}

    def moment(self, contact: Contact) -> WorkingMoment:
        """Now, in the contact's working time."""
        return self._moments[contact.id]

    def limits(self, contact: Contact, procedure_id: int) -> Thresholds:
        """From when on the contact is reminded of a dossier of the procedure: what the procedure says goes before.

        A unit says how it works in general, a procedure how long its limit is.
        """
        known = self._limits.get((contact.id, procedure_id))
        if known is None:
            own = self._reference.procedures[procedure_id].thresholds
            merged = _merged(contact.limits, own or {})
            # One object for all that are equal.
            known = self._limits[contact.id, procedure_id] = self._shared.setdefault(merged, merged)
        return known

    def near(self, units: Iterable[int]) -> list[Contact]:
        """Whoever may have to do with a dossier that these units have to do with."""
        found = {item.id: item for unit in units for item in (*self._at[self._home(unit)], *self.above(unit))}
        return list(found.values())

    def above(self, unit_id: int) -> list[Contact]:
        """The supervisors beneath whom the unit is."""
        known = self._above.get(unit_id)
        if known is None:
            known = self._above[unit_id] = [
                contact
                for contact in self.contacts.values()
                if contact.role == "supervisor" and self._is_beneath(contact, unit_id)
            ]
        return known

    def concerns(self, contact: Contact, one: DueReminder, officer: str | None) -> bool:
        """Whether the contact is to be reminded on this occasion, of a dossier of that officer."""
        if contact.role == "supervisor":
            return one.occasion in _OF_SUPERVISORS and contact in self.above(one.unit)
        mine = contact.role == "unit" or contact.officer == officer
        return mine and self._home(contact.unit_id) == self._home(one.unit)

    def _is_beneath(self, supervisor: Contact, unit_id: int) -> bool:
        scope = self._reference.scope(supervisor.unit_id, self._today)
        return scope is None or unit_id in scope

    def _home(self, unit_id: int) -> int:
        return self._reference.succeeded(unit_id, self._today).id


def present_at(reference: Reference, contact: Contact, now: datetime) -> WorkingMoment:
    """Now, in the working time of a contact's unit, or of what succeeded it."""
    return moment_at(reference, reference.succeeded(contact.unit_id, local_date(now)).id, now)


def _merged(contact: Thresholds, procedure: Mapping[str, Any]) -> Thresholds:
    said = {name: value for name, value in procedure.items() if value is not None}
    # Soon is said in one way or several, which together are one.
    if any(name in said for name in _SOON):
        said = {**dict.fromkeys(_SOON), **said}
    return replace(contact, **said)
