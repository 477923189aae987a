"""Forms of the actions that a dossier allows: their fields, the papers in question, and the entries to choose from."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.catalogue.cache import Reference
from app.domain.lifecycle import Action
from app.dossiers.answer_schemas import DossierOut, EntryOut
from app.web.counter.actions import fields_of
from app.web.counter.forms import Form, blank_rows, from_listed, paper_rows

_NEW_ROWS = 3


def act_facts(
    reference: Reference, dossier: DossierOut, journal: Sequence[EntryOut], action: str, today: date
) -> dict[str, Any]:
    """One form: its fields, a key under which it is done once, and the papers that come into question."""
    return {
        "action": action,
        "fields": fields_of(action),
        "key": secrets.token_urlsafe(16),
        "papers": [*_papers(reference, dossier, journal, action, today), *blank_rows(_NEW_ROWS)],
        "entries": _entries(dossier, journal, action),
        "errors": {},
    }


def _papers(
    reference: Reference, dossier: DossierOut, journal: Sequence[EntryOut], action: str, today: date
) -> list[dict[str, Any]]:
    """To ask for: those of the procedure. Brought: those that were asked for last."""
    if action == Action.REQUEST_SUPPLEMENT:
        version = reference.in_force(reference.procedure(dossier.procedure.code), today)
        return from_listed(version.documents if version else (), given=False)
    if action == Action.SUPPLEMENT:
        asked = [one for one in journal if one.type == Action.REQUEST_SUPPLEMENT]
        return from_listed(asked[-1].data.get("documents", ()) if asked else (), given=True)
    return []


def _entries(dossier: DossierOut, journal: Sequence[EntryOut], action: str) -> list[EntryOut]:
    """The entries of the journal from which a form chooses."""
    if action == Action.CORRECT:
        return list(journal)
    return [one for one in journal if one.sequence in dossier.pending_corrections]


def tried_again(facts: dict[str, Any], action: str, form: Form, errors: Mapping[str, str]) -> None:
    """Puts what was written back into the form that was refused, with what is wrong at which field.

    Where the dossier does not allow the action any more its form stays, so that nothing written is lost.
    """
    acts: list[dict[str, Any]] = facts["acts"]
    act = next((one for one in acts if one["action"] == action), None)
    if act is None:
        act = {"action": action, "fields": fields_of(action), "key": secrets.token_urlsafe(16), "entries": []}
        acts.insert(0, act)
    act["papers"] = paper_rows(form)
    act["errors"] = errors
    facts |= {"tried": action, "form": form}
