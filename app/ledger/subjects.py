"""The tables whose rows the ledger holds, and the columns that it leaves out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, bindparam, case, select

from app.database import Prepared, Row, json_text, tables
from app.domain.hash_chain import hash_of
from app.ledger.entries import shown


@dataclass(frozen=True)
class Subject:
    """A table with a key of one whole number. `without`: columns that decide nothing.

    `digested`: columns with personal data, of which the ledger keeps a hash. `number`: the key, if it is no column.
    """

    table: Table
    without: frozenset[str] = field(default=frozenset())
    digested: frozenset[str] = field(default=frozenset())
    number: ColumnElement[int] | None = None

    @property
    def name(self) -> str:
        """The name in the ledger."""
        return self.table.name

    @cached_property
    def key(self) -> ColumnElement[int]:
        """The key of the table."""
        return self.number if self.number is not None else next(iter(self.table.primary_key.columns))

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
        for name in self.digested:
            # The place makes equal words of two rows unequal.
            held[name] = None if held[name] is None else hash_of(f"{self.name}/{row.row_id}/{name}/{held[name]}")
        # As it is read from the ledger: a tuple is a list there.
        values: Mapping[str, Any] = json.loads(json_text(held))
        return values


def score_rule_number(table_id: int, rate: str, kind: str) -> int:
    """The number of a rule of a score table, as `SUBJECTS` computes it."""
    return table_id * 4 + 2 * (rate == "due") + (kind == "commune")


_score_rules = tables.score_rules.c
SUBJECTS: Mapping[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject(tables.tokens, frozenset({"last_used_at"})),
        Subject(tables.token_changes),
        Subject(tables.persons, frozenset({"version"}), digested=frozenset({"name", "email", "issuer_subject"})),
        Subject(tables.person_roles, frozenset({"version"})),
        Subject(tables.deputies, frozenset({"version"})),
        Subject(tables.person_changes),
        Subject(tables.units),
        Subject(tables.session_revisions),
        Subject(tables.catalogues),
        Subject(tables.procedures),
        Subject(tables.procedure_versions),
        Subject(tables.calendar_revisions),
        Subject(tables.score_tables),
        Subject(
            tables.score_rules,
            number=_score_rules.score_table_id * 4
            + case((_score_rules.rate == "due", 2), else_=0)
            + case((_score_rules.kind == "commune", 1), else_=0),
        ),
        Subject(tables.reforms, frozenset({"position", "done_at"})),
        Subject(tables.contacts, frozenset({"digest_date", "version"}), digested=frozenset({"address", "officer"})),
        Subject(tables.webhooks, frozenset({"secret", "replays", "replayed_to"})),
        Subject(tables.ratings),
        Subject(tables.rating_comments, digested=frozenset({"content"})),
        Subject(tables.purges),
        Subject(tables.resumptions),
    )
}
