"""One dossier as whoever is signed in may see it: what is known of it, its slips, and what can be done now."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from app.catalogue.cache import Reference, Unit
from app.catalogue.records import Version
from app.dossiers.answer_schemas import DossierOut, EntryOut
from app.lookup.schemas import DeadlineOut
from app.web.counter.action_forms import action_form, version_of
from app.web.counter.actions import CHANGEABLE, CHANGES, NO, YES
from app.web.counter.api_client import Interface, Refusal
from app.web.counter.labels import CHOICES, FIELDS, called
from app.web.public.explanation import MOST_DAYS

# The inputs of an entry that the page of a dossier shows, in this order. Other data of an entry are effects.
SHOWN_INPUTS = (
    "to_unit",
    "from_unit",
    "outcome",
    "reason",
    "legal_basis",
    "request",
    "documents",
    "handed_in_by",
    "amount",
    "days",
    "condition",
    "another_area",
    "guidance_not_followed",
    "promised_date",
    "received_by",
    "how",
    "sequence",
)


async def dossier_facts(
    interface: Interface, reference: Reference, code: str, language: str, today: date
) -> dict[str, Any]:
    """What the template `counter-dossier.html` shows; raises Refusal for who may not see it."""
    dossier = DossierOut.model_validate(await interface.get("dossiers", code))
    journal, version = await _journal(interface, dossier.code), version_of(reference, dossier)
    return {
        "dossier": dossier,
        "explanation": await _explanation(interface, dossier),
        "journal": [_told(reference, version, one, language) for one in reversed(journal)],
        "slips": (await interface.get("dossiers", dossier.code, "slips"))["items"],
        "acts": [action_form(reference, dossier, journal, action, today) for action in dossier.allowed_actions],
        "units": units_on(reference, today),
        "changeable": CHANGEABLE,
        "changes": CHANGES,
        "tried": None,
        "form": {},
    }


def units_on(reference: Reference, on: date, kinds: Collection[str] = ()) -> list[Unit]:
    """The units that exist on a date, of these kinds or of all, by name."""
    found = (one for one in reference.units.values() if one.valid_on(on) and (not kinds or one.kind in kinds))
    return sorted(found, key=lambda one: (one.full_name, one.code))


async def _journal(interface: Interface, code: str) -> list[EntryOut]:
    entries: list[EntryOut] = []
    cursor: str | None = None
    while True:
        page = await interface.get("dossiers", code, "journal", limit="500", cursor=cursor)
        entries += [EntryOut.model_validate(one) for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return entries


async def _explanation(interface: Interface, dossier: DossierOut) -> DeadlineOut | None:
    """How the due date comes about; None where there is none, or where it takes too many days to be told here."""
    if dossier.due_date is None:
        return None
    try:
        found = DeadlineOut.model_validate(await interface.get("dossiers", dossier.code, "deadline"))
    except Refusal as refusal:
        if refusal.code != "explanation_too_long":
            raise
        return None
    return found if len(found.days) <= MOST_DAYS else None


# --- The journal ------------------------------------------------------------------------------------------------------


def _told(reference: Reference, version: Version | None, entry: EntryOut, language: str) -> dict[str, Any]:
    """The entry with its inputs in words."""
    inputs = {name: entry.data[name] for name in SHOWN_INPUTS if entry.data.get(name)}
    told = [
        (called(FIELDS, name, language), _value(reference, version, value, name, language))
        for name, value in inputs.items()
    ]
    for name, value in (entry.data.get("changes") or {}).items():
        told.append((f"{called(FIELDS, name, language)} →", _value(reference, version, value, name, language)))
    deadline = entry.data.get("deadline")
    return {"entry": entry, "told": told, "due": date.fromisoformat(deadline["due_date"]) if deadline else None}


def _value(
    reference: Reference, version: Version | None, value: Any, name: str, language: str
) -> str | date | datetime:
    match name:
        case "to_unit" | "from_unit" if value in reference.units:
            return reference.units[value].full_name
        case "documents" | "handed_in_by":
            items = value if isinstance(value, list) else [value]
            return "; ".join(item["name"] for item in items if item.get("name"))
        case "condition" if version and (condition := version.terms.condition(value)):
            return condition.name
        case "outcome" | "how":
            return called(CHOICES, value, language)
        case "another_area" | "guidance_not_followed":
            return called(CHOICES, YES if value else NO, language)
        case "promised_date":
            return date.fromisoformat(value)
        case "at":
            return datetime.fromisoformat(value)
    return str(value)
