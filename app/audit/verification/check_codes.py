"""Compares the codes of all dossiers with the stored ordinals (rules §10)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import StoredDossier
from app.database import Connection, Prepared
from app.database.tables import code_ordinals, resumptions
from app.domain.codes import parse_code
from app.domain.errors import DomainError

_ORDINALS = Prepared(select(code_ordinals))
_LIFTS = Prepared(select(resumptions.c.last_day, resumptions.c.margin))


@dataclass(slots=True)
class _Day:
    """The codes of an agency on one day. Imported codes may leave gaps."""

    number: int = 0
    highest: int = 0
    imported: bool = False


class Codes:
    """The codes of all dossiers by agency and day."""

    def __init__(self) -> None:
        self.days: dict[tuple[str, date], _Day] = defaultdict(_Day)
        self.malformed: list[str] = []

    def add(self, dossier: StoredDossier) -> None:
        """Adds the code of a dossier."""
        try:
            parts = parse_code(dossier.code)
        except DomainError:
            self.malformed.append(dossier.code)
            return
        if parts.owner:
            return  # another system counts it
        flags = dossier.columns["flags"]
        day = self.days[str(parts.agency), parts.date]
        day.number += 1
        day.highest = max(day.highest, parts.ordinal)
        day.imported |= isinstance(flags, list) and "imported" in flags

    def merge(self, others: "Codes") -> None:
        """Adds the codes of other dossiers."""
        self.malformed += others.malformed
        for key, other in others.days.items():
            day = self.days[key]
            day.number += other.number
            day.highest = max(day.highest, other.highest)
            day.imported |= other.imported

    async def differences(self, connection: Connection) -> list[Difference]:
        """Malformed codes, and ordinals that differ from the codes. Imports and restores leave gaps (rules §10)."""
        ordinals = {(row.agency_identifier, row.date): row.last for row in await connection.all(_ORDINALS)}
        lifts = [(row.last_day, row.margin) for row in await connection.all(_LIFTS)]
        malformed = [Difference(code, None, "code", "a well-formed code", code) for code in sorted(self.malformed)]
        return [*malformed, *self._against(ordinals, lifts)]

    def _against(
        self, ordinals: dict[tuple[str, date], int], lifts: Sequence[tuple[date, int]]
    ) -> Iterator[Difference]:
        for agency, day in sorted(self.days.keys() | ordinals.keys()):
            codes, last = self.days.get((agency, day), _Day()), ordinals.get((agency, day))
            where = f"{agency}-{day:%y%m%d}"
            lift = sum(margin for last_day, margin in lifts if last_day >= day)
            lowest = max(codes.highest, lift)
            if last is None or last < lowest:
                yield Difference(where, None, "code_ordinals.last", lowest, last)
            elif not codes.imported and last - lift != codes.number:
                yield Difference(where, None, "codes issued", last - lift, codes.number)
