"""The codes that dossiers bear held against the ordinals that were counted for them (rules §10)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import ORDINALS
from app.database import Connection
from app.domain.codes import parse_code
from app.domain.errors import DomainError


@dataclass(slots=True)
class _Day:
    """The codes of an agency's day; imported ones may leave gaps."""

    number: int = 0
    highest: int = 0
    imported: bool = False


class Issued:
    """Counts the codes of all dossiers, by agency and day."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], _Day] = defaultdict(_Day)
        self._malformed: list[str] = []

    def count(self, row: Any) -> None:
        """One more dossier, by its row."""
        try:
            parts = parse_code(row.code)
        except DomainError:
            self._malformed.append(row.code)
            return
        day = self._days[str(parts.agency), parts.date]
        day.number += 1
        day.highest = max(day.highest, parts.ordinal)
        day.imported |= isinstance(row.flags, list) and "imported" in row.flags

    async def differences(self, connection: Connection) -> list[Difference]:
        """Ordinals are counted per identifier and day, without gaps but for imported codes (rules §10)."""
        kept = {(row.agency_identifier, row.date): row.last for row in await connection.all(ORDINALS)}
        found = [Difference(code, None, "code", "a well-formed code", code) for code in sorted(self._malformed)]
        return [*found, *self._against(kept)]

    def _against(self, kept: dict[tuple[str, date], int]) -> Iterator[Difference]:
        for agency, day in sorted(self._days.keys() | kept.keys()):
            issued, last = self._days.get((agency, day), _Day()), kept.get((agency, day))
            where = f"{agency}-{day:%y%m%d}"
            if last is None or last < issued.highest:
                yield Difference(where, None, "code_ordinals.last", issued.highest, last)
            elif not issued.imported and last != issued.number:
                yield Difference(where, None, "codes issued", last, issued.number)
