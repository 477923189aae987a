"""Records between the routes and the statements by hand, and the reference data in memory."""

from datetime import date, datetime
from typing import NamedTuple, Protocol

from app.catalogue.cache import Reference
from app.catalogue.presenting import SessionOut
from app.domain.localtime import TZ
from app.dossiers.answer_schemas import ProcedureOut
from app.http.wire_types import UnitOut
from app.lookup.schemas import CollectAtOut


class StoredDossier(NamedTuple):
    """A row of the look-up."""

    code: str
    procedure_id: int
    procedure_version_id: int | None
    status: str
    stage: str
    clock: str
    open: bool
    verdict: str | None
    provisional: bool
    received_at: datetime | None
    finished_at: datetime | None
    returned_at: datetime | None
    overdue_from: datetime | None
    due_date: date | None
    promised_date: date | None
    receiving_unit_id: int
    holder_unit_id: int
    counter_unit_id: int
    details: str


class Receipt(NamedTuple):
    """The parameters of a receipt's statements in their order. JSON is already text."""

    agency: str
    day: date
    procedure: int
    version: int
    unit: int
    summary: str | None
    documents: str
    officer: str | None
    at: datetime
    due_at: datetime
    overdue_from: datetime
    applicant_salt: str
    kind: str
    name: str
    name_folded: str
    identity_number: str | None
    phone: str | None
    email: str | None
    address: str | None
    commune: int | None
    client: str
    data: str
    text_hash: str
    applicant_hash: str
    text_salt: str
    texts: str


class Store(Protocol):
    """The statements by hand on one database."""

    async def look_up(self, code: str) -> StoredDossier | None:
        """The dossier with that code."""

    async def receive(self, receipt: Receipt) -> str:
        """Writes a receipt and commits it; its code."""

    async def close(self) -> None:
        """End all connections."""


class Memory:
    """Reference data in the form of the responses."""

    def __init__(self, reference: Reference) -> None:
        today = datetime.now(TZ).date()
        self.units: dict[int, UnitOut] = {}
        self.counters: dict[int, CollectAtOut] = {}
        self.present: dict[str, tuple[int, str]] = {}
        for unit in reference.units.values():
            answer = UnitOut(id=unit.id, code=unit.code, name=unit.name, kind=unit.kind)
            sessions = [SessionOut.model_validate(session) for session in reference.week(unit.id)]
            self.units[unit.id] = answer
            self.counters[unit.id] = CollectAtOut(
                unit=answer, address=unit.address, phone=unit.phone, sessions=sessions
            )
            if unit.valid_on(today):
                self.present[unit.code] = unit.id, unit.agency_identifier
        self.procedures: dict[tuple[int, int | None], ProcedureOut] = {}
        self.in_force: dict[str, tuple[int, int]] = {}
        for procedure in reference.procedures.values():
            self.in_force[procedure.code] = procedure.id, procedure.versions[-1].id
            # The key has the id of the version, None for dossiers that are only submitted.
            for key, number in [(None, None), *((version.id, version.version) for version in procedure.versions)]:
                self.procedures[procedure.id, key] = ProcedureOut(
                    code=procedure.code, name=procedure.name, version=number, field=procedure.field
                )
