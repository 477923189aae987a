"""Exports a register like another system: one line a dossier, units by their codes."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from app.catalogue.cache import load
from app.database import Database
from app.database.tables import applicants, dossiers, entries, entry_texts
from app.domain.lifecycle import Action
from app.domain.money import FEE_FIELDS
from app.dossiers.operations import BODIES
from app.dossiers.participants import KINDS
from app.dossiers.rows import identity_place


async def exported_lines(database: Database) -> list[dict[str, Any]]:
    """The lines of all dossiers in order, without what follows from the rules.

    People beside the applicant are left out: a table has at most their names.
    """
    async with database.reading() as connection:
        reference = await load(connection)
        texts = {
            (row.dossier_id, row.sequence): row.content
            for row in await connection.all(select(entry_texts).order_by(entry_texts.c.dossier_id))
        }
        applicant_of = {row.dossier_id: row for row in await connection.all(select(applicants))}
        ring = connection.ring
        journals: dict[int, list[Any]] = defaultdict(list)
        for row in await connection.all(select(entries).order_by(entries.c.dossier_id, entries.c.sequence)):
            if row.type != Action.SUCCEED:
                journals[row.dossier_id].append(row)
        rows = await connection.all(select(dossiers).order_by(dossiers.c.id))
    codes = {unit.id: unit.code for unit in reference.units.values()}
    procedures = {procedure.id: procedure.code for procedure in reference.procedures.values()}
    lines = []
    for dossier in rows:
        events = [_event(row, texts.get((row.dossier_id, row.sequence), {}), codes) for row in journals[dossier.id]]
        first, applicant = events[0], applicant_of[dossier.id]
        for name in KINDS:
            first.pop(name, None)
        line = {
            "code": dossier.code,
            "external": [{"system": "mcdt", "code": f"H47-{dossier.id}"}],
            "procedure": procedures[dossier.procedure_id],
            "receiving_unit": codes[dossier.receiving_unit_id],
            "channel": dossier.channel,
            "summary": dossier.summary,
            "return_method": dossier.return_method,
            **{name: value for name, value in journals[dossier.id][0].data.items() if name in FEE_FIELDS},
            "applicant": {
                **{name: getattr(applicant, name) for name in ("kind", "name", "phone", "address")},
                "identity_number": ring.decrypt(
                    applicant.identity_encrypted, identity_place(dossier.id, applicant.number)
                )
                if applicant.identity_encrypted
                else None,
                "commune": codes.get(applicant.commune_unit_id),
            },
            "documents": first.pop("documents", []),
            "events": events,
        }
        lines.append(line)
    return lines


_OF_LINE = {"procedure", "channel", "receiving_unit", "responsible_unit"}


def _event(row: Any, words: dict[str, Any], codes: dict[int, str]) -> dict[str, Any]:
    # The other fields of an entry follow from the rules, or stand on the line itself.
    fields = BODIES[Action(row.type)].model_fields.keys() - _OF_LINE if row.sequence > 1 else set()
    inputs = {name: value for name, value in row.data.items() if name in fields}
    if "to_unit" in inputs:
        inputs["to_unit"] = codes[inputs["to_unit"]]
    return {"action": row.type, "at": row.occurred_at.isoformat(), **inputs, **words}
