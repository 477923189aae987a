"""Resolves the procedure, units and particulars of a new dossier on the day of its first event (rules §4, §12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.catalogue.cache import Procedure, Reference
from app.domain.calendar import local_date
from app.domain.errors import Invalid
from app.domain.money import FEE_FIELDS
from app.domain.regimes import regime_on
from app.domain.terms import Law
from app.dossiers.receipt_rules import receipt_rules
from app.dossiers.rows import Particulars
from app.dossiers.schemas import ApplicantIn, DossierIn


@dataclass(frozen=True, slots=True)
class Intake:
    """Procedure, receiving unit, inputs of the first entry, and the law; no law while it is only submitted."""

    procedure: Procedure
    receiving_unit: int
    inputs: Mapping[str, Any]
    law: Law | None


def resolve_intake(reference: Reference, body: DossierIn, default_unit: int | None, at: datetime) -> Intake:
    """Resolves the units and the procedure of a new dossier on the date of its first event (rules §4, §12)."""
    on = local_date(at)
    procedure = reference.procedure(body.procedure)
    version = reference.version_on(procedure, on)
    named = body.receiving_unit
    if named is None:
        if default_unit is None:
            raise Invalid("receiving_unit_needed", "Name the receiving unit.", pointer="/receiving_unit")
        receiving = reference.unit_on(default_unit, on)
    else:
        receiving = reference.unit(named, on, pointer="/receiving_unit")
    if body.responsible_unit is not None:
        responsible = reference.unit(body.responsible_unit, on, pointer="/responsible_unit")
    elif version.responsible_unit_id is not None:
        commune = _commune(reference, body.applicant, at)
        responsible = reference.unit_on(version.responsible_unit_id, on, procedure.id, commune)
    else:
        responsible = reference.answering(receiving, procedure.field, on)
    inputs: dict[str, Any] = {
        "procedure": procedure.id,
        "channel": body.channel,
        "receiving_unit": receiving.id,
        "responsible_unit": responsible.id,
        **fee_inputs(body),
    }
    if body.submit:
        inputs["regime"] = regime_on(on).code
    else:
        inputs |= receipt_rules(reference, version, receiving, responsible, at, body.another_area)
    law = None if body.submit else reference.law(version.id, receiving.id, at)
    return Intake(procedure, receiving.id, inputs, law)


def fee_inputs(body: DossierIn) -> dict[str, Any]:
    """The money of a receipt as inputs of its entry: the fee always, the other fields where they are given."""
    given = {name: value for name in FEE_FIELDS if (value := getattr(body, name)) is not None}
    if given.get("fee_due") == body.fee:
        del given["fee_due"]
    return given


def particulars(reference: Reference, body: DossierIn, at: datetime) -> Particulars:
    """The particulars of the body: applicant, request, papers, return method, and the wish to be told."""
    return Particulars(
        applicant_data(reference, body.applicant, at),
        body.summary,
        [paper.model_dump() for paper in body.documents],
        body.return_method,
        body.notify,
    )


def _commune(reference: Reference, applicant: ApplicantIn, at: datetime) -> int | None:
    """The unit of the applicant's home commune; None if it is not in the registry."""
    if applicant.commune is None:
        return None
    try:
        return reference.unit(applicant.commune, local_date(at)).id
    except Invalid:
        return None


def applicant_data(reference: Reference, applicant: ApplicantIn, at: datetime) -> dict[str, Any]:
    """The applicant's columns; a commune that is not in the registry is stored as text (contract, Dossiers)."""
    data = applicant.model_dump(exclude={"commune"})
    unit = _commune(reference, applicant, at)
    return {
        **data,
        "commune_unit_id": unit,
        "commune_text": applicant.commune if unit is None else None,
    }
