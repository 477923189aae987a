"""Facts that the irregularities are counted from: finishes, supplement requests, reschedules and corrections."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.domain.localtime import local_date


class Event(NamedTuple):
    """One entry with all corrections applied; `unit` was responsible then, `recorded_at` is the entry's own."""

    dossier: int
    number: int
    unit: int
    at: datetime
    recorded_at: datetime
    imported: bool


class Finish(NamedTuple):
    """A finish with its client and the dossier's dates; `suspended` is in seconds."""

    event: Event
    client: str
    received_at: datetime
    returned_at: datetime | None
    suspended: int


class SupplementRequest(NamedTuple):
    """A supplement request on a received dossier, with the due date of that time; `again`: not the first one.

    `due_date` is None if no limit runs yet, as before the competent agency has the dossier (rules §15).
    """

    event: Event
    due_date: date | None
    again: bool


class Reschedule(NamedTuple):
    """An apology with a later date; `late`: recorded after the working day before the due date."""

    event: Event
    late: bool


class Correction(NamedTuple):
    """A correction that took effect; `cured`: a dossier finished late became early or on time.

    `voids`: it says that an entry was made by mistake.
    """

    event: Event
    cured: bool
    voids: bool = False


def due_date_of(overdue_from: datetime | None) -> date | None:
    """The due date of a dossier that is overdue from an instant on; None for one that cannot become overdue."""
    return None if overdue_from is None else local_date(overdue_from - timedelta(seconds=1))
