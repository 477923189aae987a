"""Compares the rows of one dossier with the state that its journal gives."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.audit.verification.difference import Difference, unequal
from app.audit.verification.expected_texts import expected_texts
from app.audit.verification.journal_versions import Version
from app.audit.verification.stored_dossiers import StoredDossier, Unreadable
from app.catalogue.cache import Reference
from app.database.tables import occurrences, spans
from app.domain.money import payments as payments_of
from app.dossiers.rows import payment_rows, state_columns, unit_rows
from app.rollups.facts import Occurrence, Span
from app.rollups.service import rows_of
from app.text_input import fold, fold_name


def row_differences(reference: Reference, dossier: StoredDossier, current: Version) -> Iterator[Difference]:
    """Columns of the dossier, and the folded name of its applicant, that differ from the current journal."""
    first, state = current[0][0], current[-1][1]
    procedure = first.data["procedure"]
    if state.procedure_version is not None:
        procedure = reference.version(state.procedure_version).procedure_id
    expected = {
        **state_columns(state),
        "receiving_unit_id": state.receiving_unit,
        **expected_texts(dossier),
        "procedure_id": procedure,
        "applicant_number": max(row.applicant_number or 0 for row in dossier.journal),
    }
    if "fee" not in first.data:
        del expected["fee"]  # annulled, or received before receipts named the fee in the journal
    for name, value in expected.items():
        stored = dossier.columns[name]
        if stored != value and not isinstance(stored, Unreadable):
            yield Difference(dossier.code, None, name, value, stored)
    yield from _name_differences(dossier)


def _name_differences(dossier: StoredDossier) -> Iterator[Difference]:
    number = dossier.columns["applicant_number"]
    applicant = dossier.applicants.get(number)
    if applicant is not None:
        expected = fold_name(applicant.name)
        # A process of an earlier version folds fewer letters.
        if applicant.name_folded not in (expected, fold(applicant.name)):
            yield Difference(dossier.code, None, "applicant.name_folded", expected, applicant.name_folded)
    elif dossier.purge is None:
        yield Difference(dossier.code, None, "applicant", f"number {number}", None)


def unit_differences(dossier: StoredDossier, history: Iterable[Version]) -> Iterator[Difference]:
    """Units of the dossier that differ from those of all versions of its journal (rules §8)."""
    rows = unit_rows(dossier.id, [state for version in history for _entry, state in version])
    expected = {row["unit_id"]: row["held"] for row in rows}
    if expected != dossier.units:
        yield Difference(dossier.code, None, "dossier_units", expected, dict(sorted(dossier.units.items())))


def fact_differences(
    dossier: StoredDossier, facts: tuple[Iterable[Span], Iterable[Occurrence]]
) -> Iterator[Difference]:
    """Rows of `spans` and `occurrences` that differ from the facts of the journal."""
    expected = rows_of(dossier.id, *facts)
    for table, key, stored in ((spans, "phase", dossier.spans), (occurrences, "kind", dossier.occurrences)):
        rows = [row for row_table, row in expected if row_table is table]
        yield from _table_differences(dossier.code, table.name, _by_key(rows, key), _by_key(stored, key))


def payment_differences(dossier: StoredDossier, current: Version) -> Iterator[Difference]:
    """Rows of `payments` that differ from the payments of the current journal (rules §19)."""
    expected = payment_rows(dossier.id, payments_of(current))
    rows, stored = (_by_key(some, "unit_id", "sequence") for some in (expected, dossier.payments))
    yield from _table_differences(dossier.code, "payments", rows, stored)


Rows = Mapping[tuple[int, Any], Mapping[str, Any]]


def _by_key(rows: Sequence[Mapping[str, Any]], key: str, number: str = "number") -> Rows:
    without_dossier = [{name: value for name, value in row.items() if name != "dossier_id"} for row in rows]
    return {(row[number], row[key]): row for row in without_dossier}


def _table_differences(code: str, table: str, expected: Rows, stored: Rows) -> Iterator[Difference]:
    for (number, _), row, other in unequal(expected, stored):
        if row is None or other is None:
            yield Difference(code, number, table, "a row" if row else None, "a row" if other else None)
        else:
            for column, *values in unequal(row, other):
                yield Difference(code, number, f"{table}.{column}", *values)
