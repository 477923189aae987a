"""What the patterns are looked for in: finishes, requests for papers, reschedules and corrections, as they now hold."""

from datetime import date, datetime
from typing import NamedTuple


class Event(NamedTuple):
    """What one entry did, corrections carried out; `unit` was responsible then, `recorded_at` is the entry's own."""

    dossier: int
    number: int
    unit: int
    at: datetime
    recorded_at: datetime
    imported: bool


class Finish(NamedTuple):
    """A finish, its client, and from when to when the dossier lasted; `suspended` counts seconds."""

    event: Event
    client: str
    received_at: datetime
    returned_at: datetime | None
    suspended: int


class SupplementRequest(NamedTuple):
    """Papers asked for of a received dossier: what was the due date then, and had it been done before."""

    event: Event
    due_date: date
    again: bool


class Reschedule(NamedTuple):
    """An apology with a later date; `late`: recorded after the working day before the due date."""

    event: Event
    late: bool


class Correction(NamedTuple):
    """A correction that took effect; `cured`: a dossier finished late is early or on time since."""

    event: Event
    cured: bool
