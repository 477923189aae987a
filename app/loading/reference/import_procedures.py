"""Imports catalogues, procedures and versions of a workbook. Words change in place, law by another version."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.catalogue.cache import load
from app.catalogue.procedures import append_version, create_catalogue, insert_procedure
from app.catalogue.records import CHANNELS, Procedure, Version
from app.catalogue.schemas import CatalogueIn, ProcedureIn, ProcedurePatch, VersionIn, VersionPatch
from app.catalogue.wording import update_procedure, update_version
from app.database.tables import procedure_versions, procedures
from app.domain.errors import Invalid
from app.loading.reference import forms
from app.loading.reference.changes import CHANGED, ColumnChange, Import, RowChange, by_group, by_key
from app.loading.reference.columns import SheetForm
from app.loading.reference.exporting import PLACES, Values
from app.loading.reference.import_units import same_unit, unit_named
from app.loading.reference.problems import Place, Wrong, of_refusal, wrong
from app.loading.reference.reading import Line, key_of, not_changeable, words

_CHILDREN = {
    "documents": forms.DOCUMENTS,
    "results": forms.RESULTS,
    "route": forms.STEPS,
    "rules": forms.SPECIAL,
}
_WORDS = ("documents", "results")
_OF_RULES = {"condition": "conditions", "area": "area_surcharges", "local": "local_limits"}

Key = tuple[Any, ...]
Lines = Mapping[str, Sequence[Line]]


async def import_catalogues(work: Import) -> None:
    """Adds the catalogues of the workbook; their bounds are law, so none changes."""
    before = by_key(forms.CATALOGUES, work.before)
    for line in work.table(forms.CATALOGUES).lines:
        if line.bad:
            continue
        stored = before.get((line.values["name"],))
        differing = work.compare(line, stored)
        if stored is not None:
            for name in sorted(differing):
                work.problems.add(line.place(name), not_changeable(line, name, stored[name]))
            continue
        with work.problems.noticed(lambda pointer, line=line: _place(line, pointer)):  # type: ignore[misc]
            body = CatalogueIn.model_validate({"min_days": None, "max_days": None, **line.values})
            await create_catalogue(work.connection, body, work.author, work.now)
    work.reference = await load(work.connection)


async def import_procedures(work: Import) -> None:
    """Adds and changes the procedures of the workbook with their versions."""
    held = {procedure.code: procedure for procedure in work.reference.procedures.values()}
    before, failed = by_key(forms.PROCEDURES, work.before), set[str]()
    for line in work.table(forms.PROCEDURES).lines:
        code = line.values.get("code")
        if line.bad:
            failed.add(str(code))
            continue
        stored = before.get((code,))
        differing = work.compare(line, stored)
        with work.problems.noticed(lambda pointer, line=line: _place(line, pointer)):  # type: ignore[misc]
            if stored is None:
                failed.add(str(code))
                body = {name: value for name, value in line.values.items() if name != "taken"}
                held[str(code)] = await insert_procedure(
                    work.connection, work.reference, ProcedureIn.model_validate(body)
                )
                failed.discard(str(code))
                work.touch(procedures, [held[str(code)].id])
            elif differing:
                await _change(work, line, differing, stored, held[str(code)])
    await _import_versions(work, held, failed)


async def _change(work: Import, line: Line, differing: set[str], stored: Values, procedure: Procedure) -> None:
    for name in sorted(differing & {"level", "catalogue"}):
        work.problems.add(line.place(name), not_changeable(line, name, stored[name]))
    words = {name: line.values[name] for name in differing - {"level", "catalogue"}}
    if words and await update_procedure(work.connection, procedure, ProcedurePatch.model_validate(words)):
        work.touch(procedures, [procedure.id])


async def _import_versions(work: Import, held: dict[str, Procedure], failed: set[str]) -> None:
    before, (own, children, keys) = by_key(forms.VERSIONS, work.before), _grouped(work)
    stored_children = {name: by_group(form, work.before) for name, form in _CHILDREN.items()}
    for key in keys:
        code, start = key
        lines = {name: groups.get(key, ()) for name, groups in children.items()}
        first = own.get(key) or next(line for group in lines.values() for line in group)
        procedure = held.get(code)
        if code in failed:
            continue
        if procedure is None:
            work.problems.add(first.place("code"), _unknown(code))
        elif key not in before and key not in own:
            work.problems.add(first.place("effective_from"), wrong("version_needed"))
        elif key not in before:
            held[code] = await _add_version(work, procedure, own[key], lines)
        else:
            version = next(version for version in procedure.versions if version.effective_from == start)
            present = {name: groups.get(key, ()) for name, groups in stored_children.items()}
            await _change_version(work, version, own.get(key), lines, before[key], present)


def _grouped(work: Import) -> tuple[dict[Key, Line], dict[str, dict[Key, list[Line]]], list[Key]]:
    """The rows of versions, the rows beneath them by sheet, and the keys of versions whose cells are all usable."""
    own = {key_of(forms.VERSIONS.key, line.values): line for line in work.table(forms.VERSIONS).lines}
    bad, children = {key for key, line in own.items() if line.bad}, dict[str, dict[Key, list[Line]]]()
    for name, form in _CHILDREN.items():
        groups = children[name] = {}
        for line in work.table(form).lines:
            key = key_of(form.group, line.values)
            groups.setdefault(key, []).append(line)
            if line.bad:
                bad.add(key)
    keys = {*own, *(key for groups in children.values() for key in groups)} - bad
    return own, children, sorted(key for key in keys if None not in key)


def _unknown(code: str) -> Wrong:
    return of_refusal(Invalid("unknown_procedure", f"There is no procedure {code}."), code)


async def _add_version(work: Import, procedure: Procedure, line: Line, lines: Lines) -> Procedure:
    work.compare(line, None)
    for group in lines.values():
        for child in group:
            work.compare(child, None)
    with work.problems.noticed(lambda pointer: _version_place(line, lines, pointer)):
        body = VersionIn.model_validate(_version_body(work, line, lines))
        procedure, changed = await append_version(work.connection, work.reference, procedure, body)
        work.touch(procedure_versions, changed)
    return procedure


def _version_body(work: Import, line: Line, lines: Lines) -> dict[str, Any]:
    values = line.values
    limits = {channel: _limit(values.get(channel)) for channel in CHANNELS}
    names = ("effective_from", "effective_to", "clock_policy", "fee", "max_supplement_requests", "max_extension")
    body = {name: values[name] for name in (*names, "legal_basis") if name in values}
    unit, start = values.get("responsible_unit"), values["effective_from"]
    if unit is not None:
        body["responsible_unit"] = unit_named(work.reference, unit, start, "/responsible_unit").id
    route = [
        {"unit": _step_unit(work, step, number), "name": step.values["name"], "limit": _limit(step.values.get("limit"))}
        for number, step in enumerate(lines["route"])
    ]
    return {**body, "limits": limits, "route": route, "rules": _rules(work, lines["rules"])} | _words(lines, ())


def _words(lines: Lines, stored: Sequence[Values]) -> dict[str, Any]:
    """The papers and results of a version; `stored`: its papers until now."""
    papers = _papers(lines["documents"], stored)
    results = [{"code": line.values.get("id"), "name": line.values["name"]} for line in lines["results"]]
    return {"documents": papers, "results": results}


def _papers(lines: Sequence[Line], stored: Sequence[Values]) -> list[dict[str, Any]]:
    """Papers from their rows. A column that the sheet leaves out stays as the same paper has it.

    The same paper has the same name, or the same place if its name is no longer there.
    """
    names, by_name = {line.values["name"] for line in lines}, {paper["name"]: paper for paper in stored}
    papers = []
    for number, line in enumerate(lines):
        former = by_name.get(line.values["name"])
        if former is None and number < len(stored) and stored[number]["name"] not in names:
            former = stored[number]
        papers.append({name: line.values.get(name, (former or {}).get(name)) for name in forms.PAPER})
    return papers


def _step_unit(work: Import, step: Line, number: int) -> str | int:
    cell, start = step.values["unit"], step.values["effective_from"]
    place = PLACES.get(cell.casefold())
    return place or unit_named(work.reference, cell, start, f"/route/{number}/unit").id


def _limit(value: tuple[int | None, str] | None) -> dict[str, Any] | None:
    return None if value is None else {"amount": value[0], "unit": value[1]}


def _rules(work: Import, lines: Sequence[Line]) -> dict[str, Any] | None:
    if not lines:
        return None
    rules: dict[str, Any] = {}
    for line in lines:
        values = line.values
        match values["rule"]:
            case "cut_off":
                time = values.get("time") or ""
                rules["cut_off"] = {"minutes_before_closing": int(time)} if time.isdecimal() else {"time": time}
            case "condition":
                condition = {"code": values.get("id"), "name": values.get("name"), "legal_basis": values.get("basis")}
                more = {"limit": _limit(values.get("limit")), "days": values.get("days")}
                rules.setdefault("conditions", []).append({**condition, **more})
            case "area":
                area = {"trait": values.get("id"), "days": values.get("days"), "legal_basis": values.get("basis")}
                rules.setdefault("area_surcharges", []).append(area)
            case "local":
                number = len(rules.setdefault("local_limits", []))
                pointer = f"/rules/local_limits/{number}/unit"
                unit = unit_named(work.reference, values.get("id") or "", values["effective_from"], pointer).id
                limits = {channel: _limit(values.get(channel)) for channel in CHANNELS}
                rules["local_limits"].append({"unit": unit, "limits": limits, "decision": values.get("basis")})
            case "supplement_within":
                rules["supplement_within"] = _limit(values.get("limit"))
            case _:
                rules["outage_suspends"] = True
    return rules


async def _change_version(
    work: Import, version: Version, line: Line | None, lines: Lines, stored: Values, present: Mapping[str, Any]
) -> None:
    patch: dict[str, Any] = {}
    if line is not None:
        differing = work.compare(
            line, stored, lambda key, old, new: key == "responsible_unit" and _same(work, version, old, new)
        )
        for name in sorted(differing - {"legal_basis"}):
            if not (name == "effective_to" and _is_ended_by_another(line)):
                work.problems.add(
                    line.place(name),
                    wrong("law_needs_version", words(line, name, line.values[name]), version.effective_from),
                )
        if "legal_basis" in differing:
            patch["legal_basis"] = line.values["legal_basis"]
    for name, form in _CHILDREN.items():
        if form.name in work.tables and (line is not None or lines[name]):
            differs = _compare_children(work, form, lines[name], present[name], line)
            if differs and name in _WORDS:
                patch[name] = _words(lines, present["documents"])[name]
            elif differs:
                work.problems.add(differs[0], wrong("law_needs_version", form.name, version.effective_from))
    with work.problems.noticed(lambda pointer: _version_place(line, lines, pointer)):
        if patch and await update_version(work.connection, version, VersionPatch.model_validate(patch)):
            work.touch(procedure_versions, [version.id])


def _same(work: Import, version: Version, old: Any, new: Any) -> bool:
    return same_unit(work.reference, old, new, version.effective_from)


def _is_ended_by_another(line: Line) -> bool:
    """Whether another row of the workbook begins on the day after the row ends."""
    last = line.values.get("effective_to")
    return last is not None and any(
        other.values.get("code") == line.values["code"]
        and (start := other.values.get("effective_from")) is not None
        and (start - last).days == 1
        for other in line.table.lines
    )


def _compare_children(
    work: Import, form: SheetForm, lines: Sequence[Line], stored: Sequence[Values], version: Line | None
) -> list[Place]:
    """The places that differ, in order."""
    differs = []
    for number, line in enumerate(lines):
        keys = work.compare(line, stored[number] if number < len(stored) else None)
        differs += [line.place(column.key) for column in form.columns if column.key in keys]
    if len(stored) > len(lines):
        row = lines[-1] if lines else version
        assert row is not None  # a group is compared with its rows or those of its version
        gone = [
            ColumnChange(form.name, str(values.get("name") or values.get("rule")), None)
            for values in stored[len(lines) :]
        ]
        key = " ".join(str(row.values[name]) for name in form.group)
        work.rows.append(RowChange(form.name, row.number, key, CHANGED, gone))
        differs.append(row.place())
    return differs


def _place(line: Line, pointer: str) -> Place:
    name = pointer.split("/")[1] if "/" in pointer else ""
    return line.place(name if name in line.values else None)


def _version_place(line: Line | None, lines: Lines, pointer: str) -> Place:
    """The place of a pointer into the body of a version: a cell of its row, or of a row of another sheet."""
    parts = pointer.split("/")[1:]
    if len(parts) > 1 and parts[0] in ("documents", "results", "route"):
        return _cell(lines[parts[0]][int(parts[1])], parts[2:])
    if len(parts) > 1 and parts[0] == "rules":
        kind = next((rule for rule, name in _OF_RULES.items() if name == parts[1]), parts[1])
        matching = [rule for rule in lines["rules"] if rule.values["rule"] == kind] or list(lines["rules"])
        number = int(parts[2]) if len(parts) > 2 and parts[2].isdecimal() else 0
        return _cell(matching[min(number, len(matching) - 1)], parts[3:])
    if parts and parts[0] == "limits":
        parts = parts[1:] or ["counter"]
    row = line or next(child for group in lines.values() for child in group)
    return _cell(row, parts)


def _cell(line: Line, names: Sequence[str]) -> Place:
    renamed = {"code": "id", "trait": "id", "legal_basis": "basis", "decision": "basis"}
    for name in names:
        for key in (renamed.get(name, name), name):
            if key in line.values:
                return line.place(key)
    return line.place()
