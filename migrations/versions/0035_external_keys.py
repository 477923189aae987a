"""Codes of other systems in the form for comparison, unique for new ones; twins of before stay.

Revision 0035, after 0034. A process of the version before writes rows without these keys.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database.online import Online
from app.domain.codes import code_key

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"externals": "scan, then short"}

_ROWS = sa.text(
    "SELECT dossier_id, system, code FROM externals "
    "WHERE dossier_id > :after AND dossier_id <= :upto AND code_key IS NULL ORDER BY dossier_id, system, code"
)
_TWIN = sa.text("SELECT 1 FROM externals WHERE code_key = :code_key AND system_key = :system_key")
_SET = sa.text(
    "UPDATE externals SET code_key = :code_key, system_key = :system_key WHERE system = :system AND code = :code"
)


def online(steps: Online) -> None:
    columns = ("system_key", "code_key")
    if steps.dialect == "sqlite":
        for column in columns:
            steps.execute(f"ALTER TABLE externals ADD COLUMN {column} TEXT")
    else:
        steps.execute(
            "ALTER TABLE externals " + ", ".join(f"ADD COLUMN IF NOT EXISTS {column} TEXT" for column in columns)
        )
    steps.create_index("ix_externals_keys", "externals (code_key, system_key)", unique=True)
    steps.backfill("externals", _fill, key="dossier_id")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    op.drop_index("ix_externals_keys", table_name="externals")
    op.drop_column("externals", "code_key")
    op.drop_column("externals", "system_key")


def _fill(connection: sa.Connection, after: int, upto: int) -> None:
    for _dossier, system, code in connection.execute(_ROWS, {"after": after, "upto": upto}).all():
        keys = {"system_key": code_key(system), "code_key": code_key(code)}
        twin = connection.scalar(_TWIN, keys) is not None
        row = {**keys, "system": system, "code": code}
        connection.execute(_SET, {**row, "system_key": None} if twin else row)
