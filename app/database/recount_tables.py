"""Tables of a recount under way: how far it is, and its counts apart from those that figures read."""

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, Table, Text

from app.database.metadata import Key, metadata
from app.database.rollup_tables import late_changes, rollup_cells, rollup_moves, rollup_totals

# The recount under way, if any. It counts the entries up to `last_entry`, all of which were written when it began.
recounts = Table(
    "recounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Text, nullable=False),  # the schema whose figures it counts
    Column("last_entry", Key, nullable=False),
    Column("last_dossier", Key, nullable=False),
    Column("dossiers", Integer, nullable=False),  # their number
    Column("position", Key, nullable=False),  # the id of the last counted dossier
    Column("counted", Integer, nullable=False),  # the number of counted dossiers
    Column("again", Boolean, nullable=False),  # later increments may be wrong, so another recount has to follow
    CheckConstraint("id = 1", name="one_row"),
)


def _apart(table: Table, name: str) -> Table:
    """A table with the columns and the key of another one."""
    columns = (
        Column(column.name, column.type, primary_key=column.primary_key, nullable=False, autoincrement=False)
        for column in table.columns
    )
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


# The counts of the journals minus the counts that were stored when the recount began. Late changes are not subtracted.
recount_totals = _apart(rollup_totals, "recount_totals")
recount_cells = _apart(rollup_cells, "recount_cells")
recount_moves = _apart(rollup_moves, "recount_moves")
recount_late_changes = _apart(late_changes, "recount_late_changes")
