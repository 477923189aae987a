"""The page of a dossier: its data as far as the caller may see them, slips, journal, and the possible actions."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from app.catalogue.cache import Reference, Unit
from app.catalogue.records import Version
from app.dossiers.answer_schemas import DossierOut, EntryOut
from app.lookup.schemas import DeadlineOut
from app.web.counter.action_forms import action_form, version_of
from app.web.counter.actions import CHANGEABLE, CHANGES, CODES
from app.web.public.explanation import MOST_DAYS
from app.web.staff.api_client import ApiClient, Refusal
from app.web.staff.forms import NO, YES
from app.web.staff.labels import CHOICES, FIELDS, label_of

# The inputs of an entry that the page of a dossier shows, in this order. Other data of an entry are effects.
SHOWN_INPUTS = (
    "to_unit",
    "from_unit",
    "outcome",
    "late_cause",
    "reason",
    "legal_basis",
    "request",
    "documents",
    "handed_in_by",
    "further_applicants",
    "amount",
    "method",
    "receipt_number",
    "fee_due",
    "fee",
    "fee_method",
    "fee_receipt_number",
    "days",
    "condition",
    "another_area",
    "guidance_not_followed",
    "promised_date",
    "promise",
    "received_by",
    "how",
    "sequence",
)


# The words about the person who hands in that the journal shows.
_OF_AGENT = ("name", "identity_number", "phone", "address", "authority")


async def dossier_facts(api: ApiClient, reference: Reference, code: str, language: str, today: date) -> dict[str, Any]:
    """The facts of the template `counter-dossier.html`; raises Refusal for a caller who may not see the dossier."""
    dossier = DossierOut.model_validate(await api.get("dossiers", code))
    journal, version = await _journal(api, dossier.code), version_of(reference, dossier)
    return {
        "dossier": dossier,
        "explanation": await _explanation(api, dossier),
        "journal": [_entry_facts(reference, version, entry, language) for entry in reversed(journal)],
        "slips": (await api.get("dossiers", dossier.code, "slips"))["items"],
        "acts": [action_form(reference, dossier, journal, action, today) for action in dossier.allowed_actions],
        "units": units_on(reference, today),
        "changeable": CHANGEABLE,
        "changes": CHANGES,
        "codes": CODES,
        "tried": None,
        "form": {},
    }


def units_on(reference: Reference, on: date, kinds: Collection[str] = ()) -> list[Unit]:
    """The units that exist on a date, by name; without `kinds` units of all kinds."""
    units = (unit for unit in reference.units.values() if unit.valid_on(on) and (not kinds or unit.kind in kinds))
    return sorted(units, key=lambda unit: (unit.full_name, unit.code))


async def _journal(api: ApiClient, code: str) -> list[EntryOut]:
    entries: list[EntryOut] = []
    cursor: str | None = None
    while True:
        page = await api.get("dossiers", code, "journal", limit="500", cursor=cursor)
        entries += [EntryOut.model_validate(item) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return entries


async def _explanation(api: ApiClient, dossier: DossierOut) -> DeadlineOut | None:
    """The explanation of the due date; None without a due date, and for one that is too long for this page."""
    if dossier.due_date is None:
        return None
    try:
        explanation = DeadlineOut.model_validate(await api.get("dossiers", dossier.code, "deadline"))
    except Refusal as refusal:
        if refusal.code != "explanation_too_long":
            raise
        return None
    return explanation if len(explanation.days) <= MOST_DAYS else None


# --- The journal ------------------------------------------------------------------------------------------------------


def _entry_facts(reference: Reference, version: Version | None, entry: EntryOut, language: str) -> dict[str, Any]:
    """The entry with its inputs in words."""
    data = {name: entry.data[name] for name in SHOWN_INPUTS if entry.data.get(name)}
    inputs = [
        (label_of(FIELDS, name, language), _value(reference, version, value, name, language))
        for name, value in data.items()
    ]
    for name, value in (entry.data.get("changes") or {}).items():
        inputs.append((f"{label_of(FIELDS, name, language)} →", _value(reference, version, value, name, language)))
    deadline = entry.data.get("deadline")
    return {"entry": entry, "inputs": inputs, "due": date.fromisoformat(deadline["due_date"]) if deadline else None}


def _value(
    reference: Reference, version: Version | None, value: Any, name: str, language: str
) -> str | date | datetime:
    match name:
        case "to_unit" | "from_unit" if value in reference.units:
            return reference.units[value].full_name
        case "documents" | "further_applicants" | "handed_in_by":
            is_one = name == "handed_in_by"
            parts = [value.get(part) for part in _OF_AGENT] if is_one else [item.get("name") for item in value]
            return "; ".join(part for part in parts if part)
        case "condition" if version and (condition := version.terms.condition(value)):
            return condition.name
        case "outcome" | "how" | "late_cause" | "method" | "fee_method":
            return label_of(CHOICES, value, language)
        case "another_area" | "guidance_not_followed":
            return label_of(CHOICES, YES if value else NO, language)
        case "promised_date" | "promise":
            return date.fromisoformat(value)
        case "at":
            return datetime.fromisoformat(value)
    return str(value)
