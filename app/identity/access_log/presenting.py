"""Makes the answer of which office looked at a dossier from what was read."""

from collections.abc import Sequence
from datetime import datetime

from app.catalogue.cache import Reference
from app.dossiers.presenting import unit_out
from app.identity.access_log.offices import OfficeDay, first_day
from app.identity.access_log.schemas import OfficeDayOut, OfficeDaysOut


def office_days_out(reference: Reference, code: str, days: Sequence[OfficeDay], now: datetime) -> OfficeDaysOut:
    """The offices as the person sees them."""
    items = [
        OfficeDayOut(
            date=office.day,
            unit=None if office.unit_id is None else unit_out(reference, office.unit_id),
            views=office.views,
        )
        for office in days
    ]
    return OfficeDaysOut(code=code, since=first_day(now), items=items)
