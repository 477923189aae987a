"""Drafts a workbook of procedures to choose from the national list. Limits without a unit are left to the office."""

import csv
from collections.abc import Collection, Mapping
from datetime import date
from importlib.resources import files
from typing import Any

from app.domain.errors import Invalid
from app.loading.reference import forms
from app.loading.reference.cells import UNDECIDED, read_cell
from app.loading.reference.columns import TAKEN, SheetForm
from app.loading.reference.exporting import Rows
from app.text_input import fold

CATALOGUE = "Thủ tục chọn từ danh mục quốc gia"


def national_fields() -> list[str]:
    """The fields of the list."""
    return sorted({line["field"] for line in _lines("procedures")})


def draft_rows(fields: Collection[str], first_day: date) -> Rows:
    """The procedures of these fields, none of them taken, with versions from `first_day`; all without fields.

    Raises Invalid `unknown_field` for a field that the list does not have.
    """
    folded, present = {fold(field) for field in fields}, {fold(field) for field in national_fields()}
    if unknown := folded - present:
        raise Invalid("unknown_field", f"The list has no field {', '.join(sorted(unknown))}.")
    chosen = [line for line in _lines("procedures") if not folded or fold(line["field"]) in folded]
    codes = {line["code"] for line in chosen}
    catalogue = {"name": CATALOGUE, "decision": None, "min_days": None, "max_days": None}
    return {
        forms.CATALOGUES.name: [catalogue],
        forms.PROCEDURES.name: [_procedure(line) for line in chosen],
        forms.VERSIONS.name: [_version(line, first_day) for line in chosen],
        forms.DOCUMENTS.name: [_child(forms.DOCUMENTS, line, first_day) for line in _lines("papers", codes)],
        forms.RESULTS.name: [_child(forms.RESULTS, line, first_day) for line in _lines("results", codes)],
    }


def _procedure(line: Mapping[str, str]) -> Mapping[str, Any]:
    values = {name: line[name] for name in ("code", "name", "field")}
    return {**values, "level": "commune", "catalogue": CATALOGUE, TAKEN: None}


def _version(line: Mapping[str, str], first_day: date) -> Mapping[str, Any]:
    limits = {channel: _limit(channel, line[channel]) for channel in ("counter", "online", "postal")}
    same = {"clock_policy": "exclude", "max_supplement_requests": 1, "max_extension": 0}
    return {**same, **limits, "code": line["code"], "effective_from": first_day, "legal_basis": line["legal_basis"]}


def _limit(channel: str, text: str) -> Any:
    if text.endswith(UNDECIDED):
        return int(text.split(maxsplit=1)[0]), ""
    return read_cell(forms.VERSIONS.column(channel), text, 1900) if text else None


def _child(form: SheetForm, line: Mapping[str, str], first_day: date) -> Mapping[str, Any]:
    values = {name: read_cell(form.column(name), text, 1900) for name, text in line.items() if text}
    return {**values, "effective_from": first_day}


def _lines(name: str, codes: Collection[str] | None = None) -> list[dict[str, str]]:
    text = (files("app.loading.reference") / "national" / f"{name}.csv").read_text(encoding="utf-8")
    return [line for line in csv.DictReader(text.splitlines()) if codes is None or line["code"] in codes]
