"""What passes between the routes and the statements by hand, and what of the reference data is kept in memory."""

from datetime import date, datetime
from typing import NamedTuple, Protocol

from app.catalogue.cache import Reference
from app.catalogue.presenting import SessionOut
from app.domain.localtime import TZ
from app.dossiers.answer_schemas import ProcedureOut
from app.http.wire_types import UnitOut
from app.lookup.schemas import CollectAtOut


class Found(NamedTuple):
    """What the look-up's statement gives; `journal` is `[[type, seconds since 1970, unit, data or null], …]`."""

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
    journal: str


class Receipt(NamedTuple):
    """What the statements of a receipt need, in the order of their parameters; JSON is text already."""

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

    async def look_up(self, code: str) -> Found | None:
        """The dossier with that code."""

    async def receive(self, receipt: Receipt) -> str:
        """Writes a receipt and commits it; its code."""

    async def close(self) -> None:
        """End all connections."""


class Memory:
    """What of the reference data the answers name, ready to be put into them."""

    def __init__(self, reference: Reference) -> None:
        today = datetime.now(TZ).date()
        self.units: dict[int, UnitOut] = {}
        self.names: dict[int, str] = {}
        self.counters: dict[int, CollectAtOut] = {}
        self.present: dict[str, tuple[int, str]] = {}
        for one in reference.units.values():
            shown = UnitOut(id=one.id, code=one.code, name=one.name, kind=one.kind)
            sessions = [SessionOut.model_validate(session) for session in reference.week(one.id)]
            self.units[one.id] = shown
            self.names[one.id] = one.name if one.kind == "office" else f"{one.type} {one.name}"
            self.counters[one.id] = CollectAtOut(unit=shown, address=one.address, phone=one.phone, sessions=sessions)
            if one.valid_on(today):
                self.present[one.code] = one.id, one.agency_identifier
        self.procedures: dict[tuple[int, int | None], ProcedureOut] = {}
        self.in_force: dict[str, tuple[int, int]] = {}
        for procedure in reference.procedures.values():
            self.in_force[procedure.code] = procedure.id, procedure.versions[-1].id
            # By the version's id; while it is only submitted a dossier has none.
            for key, number in [(None, None), *((version.id, version.version) for version in procedure.versions)]:
                self.procedures[procedure.id, key] = ProcedureOut(
                    code=procedure.code, name=procedure.name, version=number, field=procedure.field
                )
