"""Finds dossiers of the same person and procedure: a hint against receiving the same thing twice (rules §8)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, func, or_, select, union

from app.contact_data import phone_key
from app.database import Connection, Instant, Prepared
from app.database.json_rows import ON_POSTGRESQL, ON_SQLITE, JsonForms, json_rows
from app.database.tables import applicants, dossier_units, dossiers
from app.domain.localtime import local
from app.domain.state import Status
from app.dossiers.queries import Dossier
from app.encryption.key_ring import KeyRing
from app.text_input import fold_name

# How far back dossiers are looked for.
SIMILAR_DAYS = 30
# Rows of dossier and unit that are read at most. A business may have many dossiers of one procedure.
_MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class SimilarDossier:
    """A dossier of the same person and procedure; `at`: its receipt, or its submission; `units` may read it."""

    id: int
    code: str
    status: str
    at: datetime
    units: Collection[int]


@dataclass(frozen=True, slots=True)
class Application:
    """The procedure that is applied for, the applicant's fields, and the time."""

    procedure_id: int
    applicant: Mapping[str, Any]
    at: datetime

    def parameters(self, ring: KeyRing) -> dict[str, Any]:
        """The parameters of a statement with `similar_rows`."""
        number = self.applicant["identity_number"]
        return {
            "procedure": self.procedure_id,
            "hashes": ring.hashes(number) if number else [],
            "phone_key": phone_key(self.applicant["phone"]),
            "name": fold_name(self.applicant["name"]),
            "since": self.at - timedelta(days=SIMILAR_DAYS),
            "that_day": local(self.at).replace(hour=0, minute=0, second=0, microsecond=0),
        }


def application_of(dossier: Dossier) -> Application:
    """What a received dossier applies for."""
    assert dossier.state.received_at is not None
    return Application(dossier.procedure_id, dossier.applicant, dossier.state.received_at)


def similar_rows(forms: JsonForms) -> ColumnElement[Any]:
    """The column `similar` for any statement: dossiers with their units, in JSON.

    The person is the same by the identity number, or by name and telephone. A dossier counts while it is open, and on
    the day of its receipt in any case.
    """
    of_person = union(
        _of_applicants(forms.is_among(applicants.c.identity_hash, bindparam("hashes", type_=forms.texts))),
        _of_applicants(
            applicants.c.phone_key == bindparam("phone_key", type_=Text()),
            applicants.c.name_folded == bindparam("name", type_=Text()),
        ),
    ).subquery()
    at = func.coalesce(dossiers.c.received_at, dossiers.c.submitted_at, type_=Instant())
    latest = (
        select(
            dossiers.c.code, dossiers.c.status, forms.seconds(at).label("at"), dossier_units.c.unit_id, dossiers.c.id
        )
        .join(of_person, of_person.c.dossier_id == dossiers.c.id)
        .join(dossier_units, dossier_units.c.dossier_id == dossiers.c.id)
        .where(
            dossiers.c.procedure_id == bindparam("procedure"),
            dossiers.c.applicant_number == of_person.c.number,
            at >= bindparam("since", type_=Instant()),
            dossiers.c.status != Status.ANNULLED.value,
            or_(
                dossiers.c.open,
                dossiers.c.status == Status.SUBMITTED.value,
                at >= bindparam("that_day", type_=Instant()),
            ),
        )
        .order_by(dossiers.c.id.desc())
        .limit(_MOST_ROWS)
        .subquery()
    )
    return json_rows(forms, latest).label("similar")


def _of_applicants(*matches: ColumnElement[bool]) -> Any:
    return select(applicants.c.dossier_id, applicants.c.number).where(*matches)


_SIMILAR = Prepared(select(similar_rows(ON_POSTGRESQL)), sqlite=select(similar_rows(ON_SQLITE)))


async def find_similar(connection: Connection, application: Application) -> Sequence[SimilarDossier]:
    """The similar dossiers, latest first, by a statement of their own."""
    row = await connection.one(_SIMILAR, **application.parameters(connection.ring))
    return similar_dossiers(row.similar)


def similar_dossiers(rows: Sequence[tuple[str, str, int, int, int]] | None) -> Sequence[SimilarDossier]:
    """The dossiers in the column `similar`, latest first."""
    if not rows:
        return ()
    units: dict[str, set[int]] = {}
    facts: dict[str, tuple[int, str, int]] = {}
    for code, status, seconds, unit, dossier_id in rows:
        units.setdefault(code, set()).add(unit)
        facts[code] = (dossier_id, status, seconds)
    dossiers_of = (
        SimilarDossier(dossier_id, code, status, datetime.fromtimestamp(seconds, UTC), units[code])
        for code, (dossier_id, status, seconds) in facts.items()
    )
    return sorted(dossiers_of, key=lambda dossier: (dossier.at, dossier.code), reverse=True)
