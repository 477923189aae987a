"""The tables whose rows the ledger holds, and the columns that it leaves out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Column, Table, bindparam, select

from app.database import Prepared, Row, json_text, tables
from app.ledger.entries import shown


@dataclass(frozen=True)
class Subject:
    """A table with a key of one whole number. `without`: columns that decide nothing."""

    table: Table
    without: frozenset[str] = field(default=frozenset())

    @property
    def name(self) -> str:
        """The name in the ledger."""
        return self.table.name

    @cached_property
    def key(self) -> Column[Any]:
        """The key of the table."""
        (key,) = self.table.primary_key.columns
        return key

    @cached_property
    def keys(self) -> Prepared:
        """The keys above `after`, in order."""
        above = self.key > bindparam("after", type_=BigInteger)
        return Prepared(select(self.key).where(above).order_by(self.key).limit(bindparam("most")))

    @cached_property
    def rows(self) -> Prepared:
        """The key as `row_id` and the held columns of the rows with first <= key <= last, in order."""
        held = [column for column in self.table.c if column.name not in self.without]
        between = self.key.between(bindparam("first"), bindparam("last"))
        return Prepared(select(self.key.label("row_id"), *held).where(between).order_by(self.key))

    def values(self, row: Row) -> Mapping[str, Any]:
        """The held values of a row of `rows`, as the ledger keeps them. Raises TypeError for one that is no JSON."""
        held = {name: shown(value) for name, value in row._asdict().items() if name != "row_id"}
        # As it is read from the ledger: a tuple is a list there.
        values: Mapping[str, Any] = json.loads(json_text(held))
        return values


SUBJECTS: Mapping[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject(tables.tokens, frozenset({"last_used_at"})),
        Subject(tables.token_changes),
    )
}
