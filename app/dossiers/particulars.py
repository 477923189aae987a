"""Changes particulars: people, summary, papers, codes and return method; status and dates stay (rules §8)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.lifecycle import Action, Entry, Role, apply
from app.dossiers import recording
from app.dossiers.external_claims import pairs_of, replace_all
from app.dossiers.intake import applicant_data
from app.dossiers.participants import AGENT, CO_APPLICANTS, KINDS, Participants, replace_participants
from app.dossiers.permissions import acting_unit, permissions_for
from app.dossiers.queries import Dossier
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import AgentIn, ApplicantIn, ParticularsIn
from app.dossiers.unit_of_work import UnitOfWork
from app.http.errors import Forbidden
from app.http.wire_types import validated

Model = TypeVar("Model", bound=BaseModel)

_REQUIRED = ("applicant", "return_method", "notify", "documents", "external", CO_APPLICANTS)
_OF_DOSSIER = ("summary", "return_method", "notify", "documents")


async def change_particulars(work: UnitOfWork, dossier: Dossier, body: ParticularsIn) -> Dossier:
    """Changes the given particulars with one journal entry; a patch that changes nothing is not recorded.

    Raises Forbidden outside the dossier's counter, and Invalid `cannot_be_removed` for null in a required field.
    """
    if Role.CLERK not in permissions_for(dossier.state, work.caller, work.scope_for(dossier)).roles:
        raise Forbidden("action_not_yours", "Particulars are changed at the dossier's counter.")
    given = _given(body)
    after, fields = replace(dossier, **{name: given[name] for name in _OF_DOSSIER if name in given}), set(given)
    if body.external is not None:
        after = replace(after, externals=tuple(sorted(pairs_of(body.external))))
    after = replace(after, people=_people_after(dossier.people, given, body))
    applicant = (
        _merged_applicant(work.reference, dossier, given["applicant"], work.now) if "applicant" in given else None
    )
    if after == dossier and (applicant is None or applicant == {name: dossier.applicant[name] for name in applicant}):
        return dossier
    if applicant is not None:
        after = replace(after, applicant=applicant, applicant_number=dossier.applicant_number + 1)
        fields = {*fields - {"applicant"}, *(f"applicant.{name}" for name in given["applicant"])}
    unit = acting_unit(dossier.state, work.caller.role)
    data = {"fields": sorted(fields)}
    entry = Entry(dossier.state.version + 1, Action.PARTICULARS, work.now, work.now, unit, data)
    words = {name: given[name] for name in ("summary", "documents", "external") if given.get(name)}
    record = EntryRecord(entry, work.caller.client, texts=words | _words_of(after.people, given), notify=work.notify)
    after = replace(after, state=apply(dossier.state, entry))
    if after.externals != dossier.externals:
        await replace_all(work, dossier.id, dossier.externals, after.externals)
    await replace_participants(work.connection, dossier.id, KINDS.keys() & given.keys(), entry.sequence)
    return await recording.record(work.connection, dossier, after, record)


def _given(body: ParticularsIn) -> dict[str, Any]:
    """The fields of the patch. Raises Invalid for null in a required field."""
    given = body.model_dump(exclude_unset=True)
    if body.documents is not None:
        # Form and number of copies have defaults, which exclude_unset leaves out.
        given["documents"] = [document.model_dump() for document in body.documents]
    for name in _REQUIRED:
        if name in given and given[name] is None:
            raise Invalid("cannot_be_removed", f"{name} cannot be removed.", pointer=f"/{name}")
    return given


# --- People -----------------------------------------------------------------------------------------------------------


def _merged_applicant(
    reference: Reference, dossier: Dossier, patch: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The applicant's columns after the patch."""
    commune = dossier.applicant["commune_text"]
    if dossier.applicant["commune_unit_id"] is not None:
        commune = reference.units[dossier.applicant["commune_unit_id"]].code
    present = {name: dossier.applicant[name] for name in ApplicantIn.model_fields if name != "commune"}
    merged = _merged(ApplicantIn, {**present, "commune": commune}, patch, "/applicant")
    data = applicant_data(reference, merged, now)
    if "commune" not in patch:  # The code may belong to another unit by now, so the commune keeps its id.
        data["commune_unit_id"] = dossier.applicant["commune_unit_id"]
        data["commune_text"] = dossier.applicant["commune_text"]
    return data


def _people_after(present: Participants, given: Mapping[str, Any], body: ParticularsIn) -> Participants:
    """The people beside the applicant after the patch."""
    agent, others = present.handed_in_by, present.further_applicants
    if AGENT in given:
        patch = given[AGENT]
        merged = None if patch is None else _merged(AgentIn, agent or {}, patch, f"/{AGENT}")
        agent = None if merged is None else merged.model_dump(exclude_none=True)
    if body.further_applicants is not None:
        others = tuple(person.model_dump(exclude_none=True) for person in body.further_applicants)
    return Participants(agent, others)


def _merged(model: type[Model], present: Mapping[str, Any], patch: Mapping[str, Any], pointer: str) -> Model:
    """The person after the patch. The kind of a paper does not outlive its number."""
    renumbered = "identity_number" in patch and "identity_kind" not in patch
    forgotten = {"identity_kind": None} if renumbered else {}
    return validated(model, {**present, **forgotten, **patch}, pointer)


def _words_of(people: Participants, given: Mapping[str, Any]) -> dict[str, Any]:
    """The words of an entry that describe the people whom the patch names."""
    words = {AGENT: people.handed_in_by, CO_APPLICANTS: list(people.further_applicants)}
    return {name: value for name, value in words.items() if name in given and value}
