"""An announced outage of a system, and what it does to one dossier (rules §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import bindparam, select

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import entries
from app.domain.actions import ActionRequest
from app.domain.decisions import decide
from app.domain.lifecycle import Action
from app.domain.localtime import local_date
from app.domain.state import Clock
from app.dossiers.queries import Dossier

_RECORDED = Prepared(
    select(entries.c.dossier_id, entries.c.data).where(
        entries.c.dossier_id.in_(bindparam("dossier_ids", expanding=True)), entries.c.type == Action.OUTAGE.value
    )
)


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage from `start` to `end`, by the owner's notice, for units and procedures; None means all procedures."""

    units: frozenset[int]
    procedures: frozenset[int] | None
    start: datetime
    end: datetime
    notice: str

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """The outage of the parameters of a reform."""
        procedures = parameters["procedures"]
        return cls(
            frozenset(parameters["units"]),
            None if procedures is None else frozenset(procedures),
            datetime.fromisoformat(parameters["from"]),
            datetime.fromisoformat(parameters["to"]),
            parameters["notice"],
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of its reform."""
        procedures = None if self.procedures is None else sorted(self.procedures)
        return {"units": sorted(self.units), "procedures": procedures, **self.inputs}

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of the journal entry."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat(), "notice": self.notice}

    def concerns(self, dossier: Dossier) -> bool:
        """True if the limit of the dossier runs, under a procedure and a unit of the outage."""
        state = dossier.state
        return (
            state.open
            and state.clock is Clock.RUNNING
            and state.received_at is not None
            and local_date(state.received_at) <= local_date(self.end)
            and (self.procedures is None or dossier.procedure_id in self.procedures)
            and state.responsible_unit in self.units
        )

    def is_in(self, data: Mapping[str, Any]) -> bool:
        """True if the data of an entry record this outage: its notice and its span."""
        span = datetime.fromisoformat(data["from"]), datetime.fromisoformat(data["to"])
        return data["notice"] == self.notice and span == (self.start, self.end)


async def recorded_in(connection: Connection, outage: Outage, concerned: Sequence[Dossier]) -> set[int]:
    """The ids of these dossiers whose journal has the outage."""
    if not concerned:
        return set()
    rows = await connection.all(_RECORDED, dossier_ids=[dossier.id for dossier in concerned])
    return {row.dossier_id for row in rows if outage.is_in(row.data)}


def suspension(reference: Reference, outage: Outage, dossier: Dossier, now: datetime) -> dict[str, Any] | None:
    """The data of the entry; None if the outage suspends nothing."""
    state = dossier.state
    if state.procedure_version is None or state.received_at is None:
        return None
    law = reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    data = decide(state, ActionRequest(Action.OUTAGE, now, now, outage.inputs), law)
    return data if "span" in data else None
