"""Changes particulars: applicant, summary, papers and return method; status and dates stay (rules §8)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.lifecycle import Action, Entry, Role, apply
from app.dossiers import recording
from app.dossiers.external_claims import pairs_of, replace_all
from app.dossiers.intake import applicant_data
from app.dossiers.permissions import acting_unit, permissions_for
from app.dossiers.queries import Dossier
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import ApplicantIn, ParticularsIn
from app.dossiers.unit_of_work import UnitOfWork
from app.http.errors import Forbidden
from app.http.wire_types import validated

_REQUIRED = ("applicant", "return_method", "notify", "documents", "external")
_OF_DOSSIER = ("summary", "return_method", "notify", "documents")


async def change_particulars(work: UnitOfWork, dossier: Dossier, body: ParticularsIn) -> Dossier:
    """Changes the given particulars with one journal entry; a patch that changes nothing is not recorded.

    Raises Forbidden outside the dossier's counter, and Invalid `cannot_be_removed` for null in a required field.
    """
    if Role.CLERK not in permissions_for(dossier.state, work.caller, work.scope).roles:
        raise Forbidden("action_not_yours", "Particulars are changed at the dossier's counter.")
    given = body.model_dump(exclude_unset=True)
    if body.documents is not None:
        # Form and number of copies have defaults, which exclude_unset leaves out.
        given["documents"] = [document.model_dump() for document in body.documents]
    for name in _REQUIRED:
        if name in given and given[name] is None:
            raise Invalid("cannot_be_removed", f"{name} cannot be removed.", pointer=f"/{name}")
    after, fields = replace(dossier, **{name: given[name] for name in _OF_DOSSIER if name in given}), set(given)
    if body.external is not None:
        after = replace(after, externals=tuple(sorted(pairs_of(body.external))))
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
    record = EntryRecord(entry, work.caller.client, texts=words, notify=work.notify)
    after = replace(after, state=apply(dossier.state, entry))
    if after.externals != dossier.externals:
        await replace_all(work, dossier.id, dossier.externals, after.externals)
    return await recording.record(work.connection, dossier, after, record)


def _merged_applicant(
    reference: Reference, dossier: Dossier, patch: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The applicant's columns after the patch."""
    commune = dossier.applicant["commune_text"]
    if dossier.applicant["commune_unit_id"] is not None:
        commune = reference.units[dossier.applicant["commune_unit_id"]].code
    present = {name: dossier.applicant[name] for name in ApplicantIn.model_fields if name != "commune"}
    merged = {**present, "commune": commune, **patch}
    data = applicant_data(reference, validated(ApplicantIn, merged, "/applicant"), now)
    if "commune" not in patch:  # The code may belong to another unit by now, so the commune keeps its id.
        data["commune_unit_id"] = dossier.applicant["commune_unit_id"]
        data["commune_text"] = dossier.applicant["commune_text"]
    return data
