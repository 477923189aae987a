"""An index of the parts of codes on PostgreSQL, for the search. SQLite reads the codes.

Only adds an index, so a process of the version before goes on beside it. Revision 0044, after 0043.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"dossiers": "scan"}

_BEHIND = ", ".join(f"substring(code from '^(?:[^.-]*[.-]){{{border}}}(.+)$')" for border in range(1, 7))
_ENDS = f"array_to_tsvector(array_remove(ARRAY[code, {_BEHIND}], NULL))"


def online(steps: Online) -> None:
    if steps.dialect == "postgresql":
        steps.create_index("ix_dossiers_code_parts", f"dossiers USING gin ({_ENDS})")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_dossiers_code_parts")
