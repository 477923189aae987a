"""The content of a counter's register: the dossiers that it received in a period, by time of receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.catalogue.cache import Reference
from app.catalogue.records import Unit
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.domain.state import DossierState, Status
from app.dossiers.queries import Dossier
from app.slips.agencies import heading, seat
from app.slips.content import ApplicantLines, applicant_lines
from app.slips.forms import REGISTER, form_on
from app.slips.print_job import PrintJob
from app.slips.wording import CHANNEL, VERDICT, day_words, short_day, short_moment

MOST_DAYS = 366
# Some thirty pages. Longer registers are printed in parts.
MOST_DOSSIERS = 500

_ENDED = {Status.WITHDRAWN: "Người nộp rút hồ sơ", Status.DISCONTINUED: "Dừng giải quyết"}


@dataclass(frozen=True, slots=True)
class RegisterPeriod:
    """A counter and the local dates of its register (both inclusive)."""

    unit: Unit
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One dossier; dates are texts ready to print."""

    code: str
    procedure: str
    applicant: ApplicantLines | None
    responsible: str
    received: str | None
    due: str | None
    forwarded: str | None
    finished: str | None
    returned: str | None
    return_method: str
    note: str | None


def register_period(unit: Unit, first: date, last: date, today: date) -> RegisterPeriod:
    """The period, checked. Raises Invalid `period_invalid`, `period_too_long` or `period_in_future`."""
    if last < first:
        raise Invalid("period_invalid", "The period ends before it begins.", pointer="/to")
    if (last - first).days >= MOST_DAYS:
        raise Invalid("period_too_long", f"The period may have {MOST_DAYS} days at most.", pointer="/to")
    if first > today:
        raise Invalid("period_in_future", "The period has not begun.", pointer="/from")
    return RegisterPeriod(unit, first, last)


def register_job(
    reference: Reference, period: RegisterPeriod, dossiers: Sequence[Dossier], *, sees_people: bool
) -> PrintJob:
    """The register to print. Raises Invalid `period_too_long` for more than MOST_DOSSIERS."""
    if len(dossiers) > MOST_DOSSIERS:
        detail = f"The counter received over {MOST_DOSSIERS} dossiers in the period: choose a shorter period."
        raise Invalid("period_too_long", detail, pointer="/to")
    unit = period.unit
    content = {
        "kind": REGISTER,
        "paper": "a4",
        "form": form_on(REGISTER, period.last),
        "agency": heading(reference, unit.id, period.last),
        "number": None,
        "place": seat(reference, unit.id),
        "date": day_words(period.last),
        "unit": unit.full_name,
        "first": short_day(period.first),
        "last": short_day(period.last),
        "rows": [_row(reference, dossier, sees_people) for dossier in dossiers],
    }
    return PrintJob(REGISTER, unit, content)


def _row(reference: Reference, dossier: Dossier, sees_people: bool) -> RegisterRow:
    state = dossier.state
    forwarded = next((hand_off.given_at for hand_off in state.hand_offs if hand_off.from_unit is not None), None)
    return RegisterRow(
        code=dossier.code,
        procedure=reference.procedures[dossier.procedure_id].name,
        applicant=applicant_lines(reference, dossier) if sees_people and not dossier.purged else None,
        responsible=reference.units[state.responsible_unit].full_name,
        received=short_moment(state.received_at) if state.received_at else None,
        due=short_day(state.due_date) if state.due_date else None,
        forwarded=short_day(local_date(forwarded)) if forwarded else None,
        finished=short_day(local_date(state.finished_at)) if state.finished_at else None,
        returned=short_day(local_date(state.returned_at)) if state.returned_at else None,
        return_method=CHANNEL[dossier.return_method],
        note=_note(state),
    )


def _note(state: DossierState) -> str | None:
    if state.verdict is not None:
        refused = "; từ chối giải quyết" if state.outcome == "refused" else ""
        return f"{VERDICT[state.verdict]}{refused}"
    return _ENDED.get(state.status)
