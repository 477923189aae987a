"""The folded part of a dossier's page that explains its due date, kept for the many dossiers that share it."""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

from markupsafe import Markup

from app.catalogue.cache import Reference
from app.domain.limits import LimitUnit
from app.domain.localtime import local_date
from app.lookup.explanation import DeadlineCase, deadline_text
from app.lookup.schemas import LookupOut
from app.web.public.rendering import rendered

# Longer explanations have a page of their own, so that the dossier's stays small on a slow line.
MOST_DAYS = 100
# Some ten megabytes at most.
_MOST_KEPT = 4096

_KEPT: WeakKeyDictionary[Reference, dict[Hashable, Markup]] = WeakKeyDictionary()


def folded(reference: Reference, case: DeadlineCase, found: LookupOut, language: str) -> Markup:
    """The days of the count, folded; or a link to the dossier's page of days where they are too many."""
    code = found.code
    if not _is_shared(reference, case):
        return _written(case, code, language)
    # A few limits on the few days of a year: what costs most of a page is the same for very many of them.
    key = (
        local_date(case.received_at),
        found.due_date,
        case.limit,
        case.extension_days,
        case.cut_off,
        case.origin,
        language,
    )
    kept = _KEPT.setdefault(reference, {})
    part = kept.get(key)
    if part is None:
        part = _written(case, code, language)
        # A link is this dossier's alone.
        if code not in part:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[key] = part
    return part


def _is_shared(reference: Reference, case: DeadlineCase) -> bool:
    """Whether its explanation depends on the dates of receipt and due, the limit and its extension alone."""
    is_in_days = case.limit.unit is not LimitUnit.WORKING_HOUR
    return is_in_days and not case.suspensions and case.calendar is reference.calendar


def _written(case: DeadlineCase, code: str, language: str) -> Markup:
    explanation = deadline_text(case, language)
    if len(explanation.days) > MOST_DAYS:
        return rendered(language, "days-link.html", code=code)
    return rendered(language, "explanation.html", explanation=explanation)
