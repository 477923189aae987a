"""Records an announced outage of a system as a suspension of many dossiers at once (rules §5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.database import Connection
from app.dossiers.outages import Outage, recorded_in, suspension
from app.dossiers.queries import Dossier
from app.dossiers.reforms.rehearsal import concerned_by
from app.dossiers.reforms.worker import Plan


@dataclass(frozen=True, slots=True)
class SuspendedDossier:
    """A dossier that the outage suspends, and the data of its entry."""

    dossier: Dossier
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutageEffects:
    """The dossiers that an outage suspends, and the codes of those in which it is recorded already."""

    suspended: list[SuspendedDossier] = field(default_factory=list)
    recorded_before: list[str] = field(default_factory=list)


def recording_of(client: str, outage: Callable[[Reference], Outage], *, tells_applicants: bool = False) -> Plan:
    """The reform that records an outage. Each dossier is suspended once for one notice and span.

    `outage` resolves units and procedures by the reference data, and raises what refuses them.
    """

    async def begin(_connection: Connection, reference: Reference, _now: datetime) -> Mapping[str, Any]:
        return parameters(reference)

    def parameters(reference: Reference) -> Mapping[str, Any]:
        return outage(reference).parameters

    return Plan("outage", client, begin, parameters, tells_applicants)


async def effects_of(connection: Connection, reference: Reference, outage: Outage, now: datetime) -> OutageEffects:
    """The effects that recording the outage would have; changes nothing."""
    effects = OutageEffects()
    async for dossier in concerned_by(connection, "outage", outage.parameters):
        if not outage.concerns(dossier):
            continue
        if await recorded_in(connection, outage, [dossier]):
            effects.recorded_before.append(dossier.code)
        elif (data := suspension(reference, outage, dossier, now)) is not None:
            effects.suspended.append(SuspendedDossier(dossier, data))
    return effects
