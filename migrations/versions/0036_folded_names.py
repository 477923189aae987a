"""Names of people folded for search with the letters of other scripts, apostrophes and hyphens.

Revision 0036, after 0035. A process of the version before folds fewer letters, and `motcua verify` accepts both.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from app.database.online import Online
from app.text_input import fold_name

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"applicants": "scan", "participants": "scan"}


def online(steps: Online) -> None:
    for table, keys in (("applicants", ("number",)), ("participants", ("sequence", "number"))):
        steps.backfill(table, folding(table, keys), key="dossier_id")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    """The version before finds the folded names too."""


def folding(name: str, keys: Sequence[str]) -> Callable[[sa.Connection, int, int], None]:
    table = sa.table(name, *(sa.column(column) for column in ("dossier_id", *keys, "name_folded")))

    def fold(connection: sa.Connection, after: int, upto: int) -> None:
        rows = connection.execute(sa.select(table).where(table.c.dossier_id > after, table.c.dossier_id <= upto)).all()
        for row in rows:
            folded = fold_name(row.name_folded)
            if folded != row.name_folded:
                of_row = (table.c[key] == getattr(row, key) for key in ("dossier_id", *keys))
                connection.execute(sa.update(table).where(*of_row).values(name_folded=folded))

    return fold
