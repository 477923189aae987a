"""The part of a dossier's page that explains its due date, cached for the many dossiers that share it."""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

from markupsafe import Markup

from app.catalogue.cache import Reference
from app.domain.limits import LimitUnit
from app.domain.localtime import local_date
from app.lookup.explanation import DeadlineCase, deadline_text
from app.lookup.schemas import LookupOut
from app.web.public.rendering import render

# A longer explanation has a page of its own, so that the dossier's page loads fast on a slow line.
MOST_DAYS = 100
# Some ten megabytes.
_MOST_CACHED = 4096

_PARTS: WeakKeyDictionary[Reference, dict[Hashable, Markup]] = WeakKeyDictionary()


def deadline_part(reference: Reference, case: DeadlineCase, lookup: LookupOut, language: str) -> Markup:
    """The days of the count, folded; for a long count a link to the page of days."""
    code = lookup.code
    if not _is_shared(reference, case):
        return _rendered(case, code, language)
    # A few limits on the few days of a year: what costs most of a page is the same for very many of them.
    key = (
        local_date(case.received_at),
        lookup.due_date,
        case.limit,
        case.extension_days,
        case.cut_off,
        case.origin,
        language,
    )
    cache = _PARTS.setdefault(reference, {})
    part = cache.get(key)
    if part is None:
        part = _rendered(case, code, language)
        # A link belongs to this dossier alone.
        if code not in part:
            if len(cache) >= _MOST_CACHED:
                cache.clear()
            cache[key] = part
    return part


def _is_shared(reference: Reference, case: DeadlineCase) -> bool:
    """True if the explanation depends on nothing that the key of the cache lacks."""
    is_in_days = case.limit.unit is not LimitUnit.WORKING_HOUR
    return is_in_days and not case.suspensions and case.calendar is reference.calendar


def _rendered(case: DeadlineCase, code: str, language: str) -> Markup:
    explanation = deadline_text(case, language)
    if len(explanation.days) > MOST_DAYS:
        return render(language, "days-link.html", code=code)
    return render(language, "explanation.html", explanation=explanation)
