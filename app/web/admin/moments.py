"""Times and dates in cells, as the templates write them."""

from datetime import date, datetime

from app.domain.localtime import local
from app.lookup.texts import day_text
from app.web.staff.visit import Visit


def moment_text(visit: Visit, instant: datetime | None) -> str:
    """The local time and date; a dash for none."""
    if instant is None:
        return "–"
    at = local(instant)
    return f"{at.hour:02}:{at.minute:02}, {day_text(at.date(), visit.language)}"


def date_text(visit: Visit, day: date | None) -> str:
    """The date; a dash for none."""
    return "–" if day is None else day_text(day, visit.language)
