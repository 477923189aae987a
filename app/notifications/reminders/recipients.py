"""Selects recipients: contacts in their office hours, by unit and its successor, officer and subtree."""

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
from app.text_input import same_spelling

# Occasions for supervisors themselves. They get other reminders only if a unit does not acknowledge them.
_OF_SUPERVISORS = frozenset({Occasion.OVERDUE, Occasion.PROMISE_PASSED, Occasion.APOLOGY_OWED})
_SOON = ("soon_days", "soon_hours", "soon_percent")


class Roster:
    """The contacts in their office hours at an instant, with their working time and thresholds."""

    def __init__(self, reference: Reference, contacts: Sequence[Contact], now: datetime) -> None:
        self.now = now
        self.reference, self._today = reference, local_date(now)
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
        """The present moment with calendar and sessions of the contact."""
        return self._moments[contact.id]

    def limits(self, contact: Contact, procedure_id: int) -> Thresholds:
        """The thresholds of the contact for a procedure. Those of the procedure take precedence.

        A contact sets general thresholds of its unit, a procedure those that fit its time limit.
        """
        limits = self._limits.get((contact.id, procedure_id))
        if limits is None:
            own = self.reference.procedures[procedure_id].thresholds
            merged = _merged(contact.limits, own or {})
            # Equal thresholds are one object, so that occasions are computed once for them.
            limits = self._limits[contact.id, procedure_id] = self._shared.setdefault(merged, merged)
        return limits

    def near(self, units: Iterable[int]) -> list[Contact]:
        """The contacts that may concern a dossier of these units."""
        contacts = {item.id: item for unit in units for item in (*self._at[self._home(unit)], *self.above(unit))}
        return list(contacts.values())

    def above(self, unit_id: int) -> list[Contact]:
        """The supervisors with the unit in their subtree."""
        supervisors = self._above.get(unit_id)
        if supervisors is None:
            supervisors = self._above[unit_id] = [
                contact
                for contact in self.contacts.values()
                if contact.role == "supervisor" and self._is_below(contact, unit_id)
            ]
        return supervisors

    def concerns(self, contact: Contact, reminder: DueReminder, officer: str | None) -> bool:
        """Whether the contact gets this reminder about a dossier of that officer."""
        if contact.role == "supervisor":
            return reminder.occasion in _OF_SUPERVISORS and contact in self.above(reminder.unit)
        mine = contact.role == "unit" or _same_person(contact.officer, officer)
        return mine and self._home(contact.unit_id) == self._home(reminder.unit)

    def _is_below(self, supervisor: Contact, unit_id: int) -> bool:
        return unit_id in self.reference.widened_scope(supervisor.unit_id, self._today)

    def _home(self, unit_id: int) -> int:
        return self.reference.succeeded(unit_id, self._today).id


def _same_person(officer: str | None, other: str | None) -> bool:
    """Whether two names are spellings of one (rules §18)."""
    return officer is not None and other is not None and same_spelling(officer) == same_spelling(other)


def present_at(reference: Reference, contact: Contact, now: datetime) -> WorkingMoment:
    """The present moment with calendar and sessions of the contact's unit or its successor."""
    return moment_at(reference, reference.succeeded(contact.unit_id, local_date(now)).id, now)


def _merged(contact: Thresholds, procedure: Mapping[str, Any]) -> Thresholds:
    own = {name: value for name, value in procedure.items() if value is not None}
    # The thresholds for "soon" form one group: if the procedure sets one, those of the contact are ignored.
    if any(name in own for name in _SOON):
        own = {**dict.fromkeys(_SOON), **own}
    return replace(contact, **own)
