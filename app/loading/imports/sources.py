"""Opens a file to import: its records, and how it writes dates and letters."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.domain.errors import Invalid
from app.loading.cells.dates import DateForms
from app.loading.cells.records import Record
from app.loading.imports.json_lines import JsonLines
from app.loading.tables.mapping import TableMapping
from app.loading.tables.source import TableSource

_TABLES = frozenset({".csv", ".tsv", ".txt", ".xls", ".xlsm", ".xlsx"})


class Source(Protocol):
    """The records of a file."""

    @property
    def has_codes(self) -> bool:
        """True if some records may have a code of their own."""

    @property
    def forms(self) -> DateForms:
        """The forms of dates of the file."""

    def count(self) -> int:
        """The number of records, for the progress."""

    def records(self, only: Container[int] | None = None) -> Iterator[Record]:
        """The records in order; `only` those with these numbers."""

    def notes(self) -> Sequence[str]:
        """Lines of the summary about parts of the file that were not read."""

    def close(self) -> None:
        """Close the file."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a file writes dates, its encoding (None: found), and the mapping of a table (None: NDJSON)."""

    forms: DateForms = field(default_factory=DateForms)
    encoding: str | None = None
    mapping: TableMapping | None = None


def source_of(path: Path, options: Options) -> Source:
    """The records of the file. Raises Invalid for a file that cannot be read as a whole."""
    if options.mapping is None:
        if path.suffix.lower() in _TABLES:
            raise Invalid(
                "mapping_invalid",
                f"Bảng cần tệp ánh xạ. / A table needs --mapping. Draft it with: motcua import --propose {path.name}",
            )
        return JsonLines(path, options.encoding, options.forms)
    return TableSource(path, options.mapping, options.encoding)
