"""Mending particulars: applicant, summary, papers and the way back, without touching status or dates (rules §8)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.lifecycle import Action, Entry, Role, apply
from app.dossiers import recording
from app.dossiers.intake import applicant_data
from app.dossiers.permissions import acting_unit, permissions_for
from app.dossiers.queries import Dossier
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import ApplicantIn, ParticularsIn
from app.dossiers.service import UnitOfWork
from app.http.errors import Forbidden
from app.http.wire_types import validated


async def mend(work: UnitOfWork, dossier: Dossier, body: ParticularsIn) -> Dossier:
    """Changes particulars without touching status or dates; journalled too (rules §8)."""
    permissions = permissions_for(dossier.state, work.caller, work.scope)
    if Role.CLERK not in permissions.roles:
        raise Forbidden("action_not_yours", "Particulars are mended at the dossier's counter.")
    given = body.model_dump(exclude_unset=True)
    for name in ("applicant", "return_method", "documents"):
        if name in given and given[name] is None:
            raise Invalid("cannot_be_removed", f"{name} cannot be taken away.", pointer=f"/{name}")
    after, fields = dossier, sorted(given.keys() - {"applicant"})
    if "applicant" in given:
        applicant = _merged_applicant(work.reference, dossier, given["applicant"], work.now)
        fields += [f"applicant.{name}" for name in sorted(given["applicant"])]
        after = replace(after, applicant=applicant, applicant_number=dossier.applicant_number + 1)
    after = replace(after, **{name: given[name] for name in ("summary", "return_method", "documents") if name in given})
    if after == replace(dossier, applicant_number=after.applicant_number, applicant=after.applicant) and (
        after.applicant == {name: dossier.applicant[name] for name in after.applicant}
    ):
        return dossier
    unit = acting_unit(dossier.state, work.caller.role)
    entry = Entry(dossier.state.version + 1, Action.PARTICULARS, work.now, work.now, unit, {"fields": sorted(fields)})
    after = replace(after, state=apply(dossier.state, entry))
    words = {name: given[name] for name in ("summary", "documents") if given.get(name)}
    one = EntryRecord(entry, work.caller.client, texts=words, notify=work.notify)
    return await recording.record(work.connection, dossier, after, one)


def _merged_applicant(
    reference: Reference, dossier: Dossier, patch: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    commune = dossier.applicant["commune_text"]
    if dossier.applicant["commune_unit_id"] is not None:
        commune = reference.units[dossier.applicant["commune_unit_id"]].code
    present = {name: dossier.applicant[name] for name in ApplicantIn.model_fields if name != "commune"}
    merged = {**present, "commune": commune, **patch}
    data = applicant_data(reference, validated(ApplicantIn, merged, "/applicant"), now)
    if "commune" not in patch:  # the commune of then keeps its id, though its code may be another's by now
        data["commune_unit_id"] = dossier.applicant["commune_unit_id"]
        data["commune_text"] = dossier.applicant["commune_text"]
    return data
