"""What the register of a counter says: the dossiers that it received in a period, in their order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.catalogue.cache import Reference
from app.catalogue.records import Unit
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.domain.state import DossierState, Status
from app.dossiers.queries import Dossier
from app.slips.agencies import heading, seat
from app.slips.content import Content, applicant_of
from app.slips.forms import REGISTER, form_on
from app.slips.wording import CHANNEL, VERDICT, day_words, short_day, short_moment

MOST_DAYS = 366
# Some thirty pages: more are asked for day by day or month by month.
MOST_DOSSIERS = 500

_ENDED = {Status.WITHDRAWN: "Người nộp rút hồ sơ", Status.DISCONTINUED: "Dừng giải quyết"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A counter and the local dates, inclusive, of its register."""

    unit: Unit
    first: date
    last: date


def asked(unit: Unit, first: date, last: date, today: date) -> Asked:
    """The register to be printed; raises Invalid `period_invalid`, `period_too_long` or `period_in_future`."""
    if last < first:
        raise Invalid("period_invalid", "The period ends before it begins.", pointer="/to")
    if (last - first).days >= MOST_DAYS:
        raise Invalid("period_too_long", f"The period may have {MOST_DAYS} days at most.", pointer="/to")
    if first > today:
        raise Invalid("period_in_future", "The period has not begun.", pointer="/from")
    return Asked(unit, first, last)


def register_of(reference: Reference, one: Asked, dossiers: Sequence[Dossier], *, sees_people: bool) -> Content:
    """The register as its template is given it.

    Raises Invalid `period_too_long` for more dossiers than one print may have.
    """
    if len(dossiers) > MOST_DOSSIERS:
        detail = f"The counter received over {MOST_DOSSIERS} dossiers in the period: ask for a shorter one."
        raise Invalid("period_too_long", detail, pointer="/to")
    return {
        "kind": REGISTER,
        "form": asdict(form_on(REGISTER, one.last)),
        "agency": heading(reference, one.unit.id, one.last),
        "number": None,
        "place": seat(reference, one.unit.id),
        "date": day_words(one.last),
        "unit": one.unit.full_name,
        "first": short_day(one.first),
        "last": short_day(one.last),
        "rows": [_row(reference, dossier, sees_people) for dossier in dossiers],
    }


def _row(reference: Reference, dossier: Dossier, sees_people: bool) -> dict[str, Any]:
    state = dossier.state
    forwarded = next((one.given_at for one in state.hand_offs if one.from_unit is not None), None)
    return {
        "code": dossier.code,
        "procedure": reference.procedures[dossier.procedure_id].name,
        "applicant": applicant_of(reference, dossier) if sees_people and not dossier.purged else None,
        "responsible": reference.units[state.responsible_unit].full_name,
        "received": short_moment(state.received_at) if state.received_at else None,
        "due": short_day(state.due_date) if state.due_date else None,
        "forwarded": short_day(local_date(forwarded)) if forwarded else None,
        "finished": short_day(local_date(state.finished_at)) if state.finished_at else None,
        "returned": short_day(local_date(state.returned_at)) if state.returned_at else None,
        "return_method": CHANNEL[dossier.return_method],
        "note": _note(state),
    }


def _note(state: DossierState) -> str | None:
    if state.verdict is not None:
        refused = "; từ chối giải quyết" if state.outcome == "refused" else ""
        return f"{VERDICT[state.verdict]}{refused}"
    return _ENDED.get(state.status)
