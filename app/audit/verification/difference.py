"""What the verification finds: one place where the database does not say what its journal and its seals say."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the database does not say what it should, by its journal or its seals; `entry` None: not in one entry."""

    dossier: str
    entry: int | None
    field: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        where = self.dossier if self.entry is None else f"{self.dossier} entry {self.entry}"
        return f"{where}: {self.field} is {self.found}, but should be {self.expected}"
