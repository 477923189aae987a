"""The preview of a correction: the facts of the dossier that it would change."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.state import limit_from
from app.dossiers.answer_schemas import DossierOut, LimitOut, ProcedureOut
from app.lookup.texts import STATUS, Words, day_text
from app.slips.wording import limit_words
from app.web.staff.labels import CHOICES, FIELDS, label_of

# The fields of a dossier that a correction may change, with their labels.
_PREVIEWED: Mapping[str, Words] = {
    "procedure": FIELDS["procedure"],
    "limit": Words("Thời hạn giải quyết", "Time limit"),
    "due_date": Words("Ngày hẹn trả kết quả", "Due date"),
    "promised_date": FIELDS["promised_date"],
    "status": Words("Trạng thái", "Status"),
    "verdict": Words("Kết luận thời hạn", "Verdict"),
    "late_cause": FIELDS["late_cause"],
}


def preview_of(before: DossierOut, after: DossierOut, language: str) -> list[tuple[str, str, str]]:
    """The facts that a correction would change: their labels, and their values before and after."""
    changed = (name for name in _PREVIEWED if getattr(before, name) != getattr(after, name))
    return [
        (
            _PREVIEWED[name].say(language),
            _previewed(getattr(before, name), language),
            _previewed(getattr(after, name), language),
        )
        for name in changed
    ]


def _previewed(value: Any, language: str) -> str:
    match value:
        case None:
            return "–"
        case ProcedureOut():
            return value.name
        case LimitOut():
            return limit_words(limit_from(value.model_dump())) if language == "vi" else f"{value.amount} {value.unit}"
        case date():
            return day_text(value, language)
    return label_of({**CHOICES, **{status.value: words for status, words in STATUS.items()}}, value, language)
