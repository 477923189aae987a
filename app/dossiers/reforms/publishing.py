"""Publishes a year's calendar: stores a new revision, under which the open dossiers follow (rules §3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.catalogue.cache import Reference
from app.catalogue.calendars import YearContent, append_revision, with_former_names
from app.database import Connection
from app.dossiers.queries import Dossier
from app.dossiers.reforms.rehearsal import concerned_by
from app.dossiers.reforms.worker import Plan
from app.dossiers.settling import Publication, new_dates
from app.ledger.entries import Author


@dataclass(frozen=True, slots=True)
class DeadlineChange:
    """One open dossier with a new deadline, provisional mark or promised date, and the data of the entry."""

    dossier: Dossier
    data: dict[str, Any]


def publication(
    client: str, content: YearContent, expect: Callable[[int], None], *, tells_applicants: bool = False
) -> Plan:
    """The reform that publishes a calendar; suspended dossiers follow when they resume.

    `expect` gets the number of the present revision, and refuses it if the client expects another. A publication
    without a change stores no revision.
    """

    async def begin(connection: Connection, reference: Reference, now: datetime) -> Mapping[str, Any]:
        stored = reference.years.get(content.year)
        expect(stored.number if stored else 0)
        named = _named(reference, content)
        if _is_new(reference, named):
            await append_revision(connection, named, now, Author(client, None))
        return parameters(reference)

    def parameters(reference: Reference) -> Mapping[str, Any]:
        stored = reference.years.get(content.year)
        number = stored.number if stored else 0
        revision = number + _is_new(reference, _named(reference, content))
        return {"year": content.year, "decision": content.decision, "revision": revision}

    return Plan("publication", client, begin, parameters, tells_applicants)


async def rehearse(
    connection: Connection, reference: Reference, content: YearContent, today: date
) -> list[DeadlineChange]:
    """The changes that publishing today would make; changes nothing."""
    published = Publication(content.year, content.decision, today)
    calendar = reference.calendar.with_years([content.as_revision(0)])
    return [
        DeadlineChange(dossier, data)
        async for dossier in concerned_by(connection, "publication", {"year": content.year})
        if (data := new_dates(reference, dossier, published, calendar)) is not None
    ]


def _named(reference: Reference, content: YearContent) -> YearContent:
    stored = reference.years.get(content.year)
    return replace(content, names=with_former_names(content, [stored.calendar.names] if stored else []))


def _is_new(reference: Reference, content: YearContent) -> bool:
    stored = reference.years.get(content.year)
    return stored is None or content.as_revision(stored.id) != stored.calendar
