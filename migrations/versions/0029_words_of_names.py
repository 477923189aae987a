"""Indexes of the words of names on PostgreSQL, for the search. SQLite reads the names.

Only adds indexes, so a process of the version before goes on beside it. Revision 0029, after 0028.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"applicants": "scan", "participants": "scan"}

_WORDS = "array_to_tsvector(array_remove(string_to_array(left(name_folded, 500), ' '), ''))"


def online(steps: Online) -> None:
    if steps.dialect == "postgresql":
        for table in ("applicants", "participants"):
            steps.create_index(f"ix_{table}_words", f"{table} USING gin ({_WORDS})")


def upgrade() -> None:
    """All is done beside the service."""


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("applicants", "participants"):
            op.execute(f"DROP INDEX ix_{table}_words")
