"""Content of the export: each dossier with the person's data, and without officers' names and other people."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, bindparam, select

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import access_log, outbox, rating_comments, ratings, tokens
from app.domain.localtime import local_date
from app.dossiers.answer_schemas import ExternalOut
from app.dossiers.presenting import applicant_out, procedure_out
from app.identity.access_log.offices import OFFICE
from app.identity.access_log.queries import shows
from app.operations.person.matching import Match
from app.operations.person.schemas import (
    ExportedAgentOut,
    ExportedCoApplicantOut,
    ExportedDossierOut,
    ExportedEntryOut,
    ExportedNoticeOut,
    ExportedRatingOut,
    ExportedViewsOut,
)
from app.text_input import fold_name

_RATING = Prepared(
    select(ratings, rating_comments.c.content)
    .outerjoin(rating_comments, rating_comments.c.dossier_id == ratings.c.dossier_id)
    .where(ratings.c.dossier_id == bindparam("dossier"))
)
_NOTICES = Prepared(
    select(outbox)
    .where(outbox.c.dossier_id == bindparam("dossier"), outbox.c.recipient == "applicant")
    .order_by(outbox.c.id)
)
_VIEWS = Prepared(
    select(access_log.c.viewed_at, access_log.c.kind, OFFICE.label("unit_id"))
    .outerjoin(tokens, tokens.c.id == access_log.c.token_id)
    .where(shows(bindparam("dossier", type_=BigInteger)))
    .order_by(access_log.c.id)
)
# Texts that speak of the dossier. Others name officers, or people beside the applicant.
_OF_DOSSIER = frozenset({"summary", "documents", "note", "reason", "legal_basis", "request"})


async def exported(connection: Connection, reference: Reference, match: Match) -> ExportedDossierOut:
    """A dossier as the person may see it."""
    dossier, state, first = match.dossier, match.dossier.state, match.is_applicant
    mine = first or match.applies_together
    version = reference.version(state.procedure_version) if state.procedure_version else None
    return ExportedDossierOut(
        code=dossier.code,
        role="applicant" if first else "co_applicant" if mine else "named",
        external=[ExternalOut(system=system, code=code) for system, code in dossier.externals] if mine else [],
        procedure=procedure_out(reference.procedures[dossier.procedure_id], version),
        receiving_unit=reference.units[state.receiving_unit].full_name,
        responsible_unit=reference.units[state.responsible_unit].full_name,
        channel=state.channel,
        return_method=dossier.return_method,
        notify=dossier.notify,
        fee=dossier.fee,
        status=state.status.value,
        submitted_at=state.submitted_at,
        received_at=state.received_at,
        due_date=state.due_date,
        promised_date=state.promised_date,
        finished_at=state.finished_at,
        outcome=state.outcome,
        verdict=state.verdict.value if state.verdict else None,
        returned_at=state.returned_at,
        particulars=[applicant_out(reference, version.data, whole=True) for version in match.own],
        handed_in=[ExportedAgentOut.model_validate(agent) for agent in match.agents],
        applied_together=[ExportedCoApplicantOut.model_validate(person) for person in match.together],
        summary=dossier.summary if mine else None,
        documents=[dict(paper) for paper in dossier.documents] if mine else [],
        entries=_entries(reference, match) if mine else [],
        rating=await _rating(connection, dossier.id) if first else None,
        notices=await _notices(connection, dossier.id) if first else [],
        views=await _views(connection, reference, dossier.id),
    )


def _entries(reference: Reference, match: Match) -> list[ExportedEntryOut]:
    return [
        ExportedEntryOut(
            sequence=written.entry.sequence,
            type=written.entry.type.value,
            occurred_at=written.entry.occurred_at,
            unit=reference.units[written.entry.unit].full_name,
            texts=_texts(written.texts, match.names),
        )
        for written in match.entries
    ]


def _texts(texts: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The texts about the dossier, and the recipient of the result if that is the person."""
    shown = {name: text for name, text in texts.items() if name in _OF_DOSSIER}
    if fold_name(texts.get("received_by", "")) in names:
        shown["received_by"] = texts["received_by"]
    if changes := _texts(texts["changes"], names) if "changes" in texts else {}:
        shown["changes"] = changes
    return shown


async def _rating(connection: Connection, dossier_id: int) -> ExportedRatingOut | None:
    row = await connection.first(_RATING, dossier=dossier_id)
    if row is None:
        return None
    return ExportedRatingOut(rated_at=row.rated_at, score=row.score, comment=row.content)


async def _notices(connection: Connection, dossier_id: int) -> list[ExportedNoticeOut]:
    return [
        ExportedNoticeOut(
            kind=row.kind, channel=row.channel, state=row.state, created_at=row.created_at, ended_at=row.ended_at
        )
        for row in await connection.all(_NOTICES, dossier=dossier_id)
    ]


async def _views(connection: Connection, reference: Reference, dossier_id: int) -> list[ExportedViewsOut]:
    views: Counter[tuple[date, int | None, str]] = Counter()
    for row in await connection.all(_VIEWS, dossier=dossier_id):
        views[local_date(row.viewed_at), row.unit_id, row.kind] += 1
    return [
        ExportedViewsOut(
            date=day, office=reference.units[unit].full_name if unit is not None else None, kind=kind, times=times
        )
        for (day, unit, kind), times in views.items()
    ]
