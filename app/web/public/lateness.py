"""The facts of the page of lateness: causes of late results, and promises kept, in a period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.catalogue.cache import Reference
from app.domain.localtime import local_date
from app.http.wire_types import validated
from app.lookup.texts import LATE_CAUSES
from app.statistics.lateness.parameters import LatenessIn
from app.statistics.lateness.presenting import lateness_out
from app.statistics.lateness.schemas import LatenessRowOut
from app.statistics.on_time.counts import RowCounts
from app.statistics.on_time.question import BY_UNIT, Question, question_of
from app.web.public.periods import period_choices, title_of

PARAMETERS = ("by", "period", "from", "to")
_BY = ("commune", "office", "procedure", "month")


@dataclass(frozen=True, slots=True)
class Lateness:
    """A validated request: its parameters, and the question for the figures."""

    query: Mapping[str, str]
    question: Question


def parse_lateness(query: Mapping[str, str], reference: Reference, now: datetime) -> Lateness:
    """The page of the parameters; without them communes in the year so far. Raises Invalid as the figures do."""
    period = {name: query[name] for name in ("period", "from", "to") if name in query}
    by = query["by"] if query.get("by") in _BY else _BY[0]
    return Lateness(query, question_of(validated(LatenessIn, {"by": by, **period}, ""), reference, now))


def lateness_facts(
    lateness: Lateness, counts: RowCounts, changed: datetime | None, now: datetime, language: str
) -> dict[str, Any]:
    """The facts of the template `lateness.html`: rows with a late result or a promise, and the causes that occur."""
    question = lateness.question
    figures = lateness_out(question, counts, changed, language)
    causes = [(cause.value, words.say(language)) for cause, words in LATE_CAUSES.items()]
    return {
        "by": question.by,
        "query": lateness.query,
        "rows": [_row(row, question) for row in figures.rows if row.late or row.promises.total],
        "total": _row(figures.total, question),
        "causes": [(name, words) for name, words in causes if getattr(figures.total.causes, name)],
        "title": title_of(question, lateness.query.get("period"), language),
        "periods": period_choices(local_date(now), lateness.query.get("period"), language),
        "first": question.first,
        "last": question.last,
        "as_of": question.whole.as_of.replace(second=0),
        "changed": changed,
        "figures_query": urlencode({"by": question.by, "from": question.first, "to": question.last}),
    }


def _row(row: LatenessRowOut, question: Question) -> dict[str, Any]:
    name = question.reference.units[row.id].full_name if question.by in BY_UNIT and row.id is not None else row.name
    return {**row.model_dump(), "name": name}
