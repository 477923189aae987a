"""Forms of the actions that a dossier allows: fields, papers and conditions in question, and entries to choose from."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.catalogue.cache import Reference
from app.catalogue.records import Version
from app.domain.lifecycle import Action
from app.domain.regimes import regime_of
from app.domain.terms import Condition
from app.dossiers.answer_schemas import DossierOut, EntryOut
from app.web.counter.actions import Field, fields_of
from app.web.staff.forms import Form, blank_rows, paper_rows, rows_of

_NEW_ROWS = 3
# Fields that a form has only in some states: the statement for a request beyond the ceiling (rules §5), and the cause
# of a result after the due date (rules §7).
_STATEMENT, _CAUSE = "guidance_not_followed", "late_cause"


@dataclass(frozen=True, slots=True)
class ActionForm:
    """The form of one action; its `key` lets the action happen once, even if the form is sent twice.

    `conditions` are those that can still be applied. `filled` has values of fields before the visitor writes.
    """

    action: str
    fields: Sequence[Field]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    papers: Sequence[Mapping[str, Any]] = ()
    entries: Sequence[EntryOut] = ()
    conditions: Sequence[Condition] = ()
    filled: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def version_of(reference: Reference, dossier: DossierOut) -> Version | None:
    """The version under which the dossier was received; None while it is only submitted."""
    versions = reference.procedure(dossier.procedure.code).versions
    return next((version for version in versions if version.version == dossier.procedure.version), None)


def action_form(
    reference: Reference, dossier: DossierOut, journal: Sequence[EntryOut], action: str, today: date
) -> ActionForm:
    """The form of an action as it is offered first."""
    conditions = _conditions(reference, dossier) if action == Action.APPLY_CONDITION else []
    bases = {condition.legal_basis for condition in conditions}
    fields = _fields(action, {_STATEMENT: _is_beyond_ceiling(journal), _CAUSE: dossier.overdue})
    if len(bases) > 1:
        # Left blank, it is the one of the condition that the visitor chooses.
        fields = [entry._replace(is_required=entry.is_required and entry.name != "legal_basis") for entry in fields]
    return ActionForm(
        action=action,
        fields=fields,
        papers=[*_papers(reference, dossier, journal, action, today), *blank_rows(_NEW_ROWS)],
        entries=_entries(dossier, journal, action),
        conditions=conditions,
        filled={"legal_basis": bases.pop()} if len(bases) == 1 else {},
    )


def _fields(action: str, wanted: Mapping[str, bool]) -> list[Field]:
    """The fields of an action; those that only some states want stand among the first ones, or are left out."""
    fields = [field._replace(aside=field.aside and field.name not in wanted) for field in fields_of(action)]
    return [field for field in fields if wanted.get(field.name, True)]


def _is_beyond_ceiling(journal: Sequence[EntryOut]) -> bool:
    """True if the next request for papers needs the statement; requests before the receipt do not count (rules §5)."""
    receipt = next((entry for entry in journal if entry.type == Action.RECEIVE), None)
    if receipt is None:
        return False
    most = regime_of(receipt.data.get("regime")).most_supplement_requests
    later = [entry for entry in journal if entry.sequence > receipt.sequence]
    return most is not None and sum(entry.type == Action.REQUEST_SUPPLEMENT for entry in later) >= most


def _conditions(reference: Reference, dossier: DossierOut) -> list[Condition]:
    version = version_of(reference, dossier)
    conditions = version.special.conditions if version else ()
    return [condition for condition in conditions if condition.code not in dossier.conditions]


def _papers(
    reference: Reference, dossier: DossierOut, journal: Sequence[EntryOut], action: str, today: date
) -> list[dict[str, Any]]:
    """Rows to ask for: the papers of the procedure. Rows that were brought: the papers of the last request."""
    if action == Action.REQUEST_SUPPLEMENT:
        version = reference.in_force(reference.procedure(dossier.procedure.code), today)
        return rows_of(version.documents if version else (), given=False)
    if action == Action.SUPPLEMENT:
        requests = [entry for entry in journal if entry.type == Action.REQUEST_SUPPLEMENT]
        return rows_of(requests[-1].data.get("documents", ()) if requests else (), given=True)
    return []


def _entries(dossier: DossierOut, journal: Sequence[EntryOut], action: str) -> list[EntryOut]:
    """The entries of the journal from which a form chooses."""
    if action == Action.CORRECT:
        return list(journal)
    if action == Action.VOID:
        return list(reversed(journal))  # mostly the last entry
    return [entry for entry in journal if entry.sequence in dossier.pending_corrections]


def refill(facts: dict[str, Any], action: str, form: Form, errors: Mapping[str, str]) -> None:
    """Puts the text of a refused form back into it, with each error at its field.

    If the dossier does not allow the action any more, its form stays, so that no text is lost.
    """
    acts: list[ActionForm] = facts["acts"]
    number = next((number for number, act in enumerate(acts) if act.action == action), None)
    if number is None:
        number = 0
        acts.insert(0, ActionForm(action, _fields(action, {_STATEMENT: False, _CAUSE: _CAUSE in form})))
    act = replace(acts[number], papers=paper_rows(form), errors=errors)
    if _STATEMENT in errors:
        act = replace(act, fields=_fields(action, {_STATEMENT: True}))
    acts[number] = act
    facts |= {"tried": action, "form": form}
