"""Body of a webhook message: the entry and the state of the dossier, without personal data."""

from typing import Any, Final

from app.catalogue.cache import Reference
from app.domain.actions import Action
from app.http.wire_types import shown
from app.notifications.outbox.events import Event

# Type of the messages about seals, only for webhooks that name it.
SEAL: Final = "seal"
# Types of events for webhooks.
TYPES = tuple(f"dossier.{action}" for action in Action)


def payload(reference: Reference, event: Event, message_id: str) -> dict[str, Any]:
    """The body as JSON: `id`, `type`, `timestamp` and `data`, as Standard Webhooks recommends."""
    entry = event.entry
    return {
        "id": message_id,
        "type": f"dossier.{entry.type}",
        "timestamp": shown(entry.occurred_at),
        "data": {
            "dossier": event.code,
            "sequence": entry.sequence,
            "type": entry.type.value,
            "occurred_at": shown(entry.occurred_at),
            "recorded_at": shown(entry.recorded_at),
            "unit": _unit(reference, entry.unit),
            "procedure": reference.procedures[event.procedure_id].code,
            **_state(reference, event),
        },
    }


def _state(reference: Reference, event: Event) -> dict[str, Any]:
    state = event.state
    instants = {"received_at": state.received_at, "due_at": state.due_at, "finished_at": state.finished_at}
    dates = {"due_date": state.due_date, "promised_date": state.promised_date}
    return {
        "status": state.status.value,
        "stage": state.stage.value,
        "clock": state.clock.value,
        "closed": state.closed,
        "channel": state.channel,
        "receiving_unit": _unit(reference, state.receiving_unit),
        "responsible_unit": _unit(reference, state.responsible_unit),
        "holder_unit": _unit(reference, state.holder_unit),
        **{name: None if at is None else shown(at) for name, at in instants.items()},
        **{name: None if day is None else day.isoformat() for name, day in dates.items()},
        "provisional": state.provisional,
        "returned_at": None if state.returned_at is None else shown(state.returned_at),
        "outcome": state.outcome,
        "verdict": None if state.verdict is None else state.verdict.value,
    }


def _unit(reference: Reference, unit_id: int) -> dict[str, Any]:
    unit = reference.units[unit_id]
    return {"id": unit.id, "code": unit.code, "name": unit.name}
