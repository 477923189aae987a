"""Views of several dossiers as one row of the access log, with the unit of the token.

Only adds columns and an index, so a process of the version before goes on beside it. It writes rows of one dossier
without a unit. Revision 0046, after 0045.
"""

from collections.abc import Sequence

from alembic import op

from app.database.online import Online

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"access_log": "scan, then short"}
# Rules of the linter that this migration breaks, each with the reason why the older version goes on.
exceptions: dict[str, str] = {
    "require-concurrent-index-creation": "the partitions have the index by then, so that no row is read",
}

_INDEX = "USING gin (CAST(dossiers AS JSONB) jsonb_path_ops) WHERE dossiers IS NOT NULL"
_PARTITIONS = (
    "SELECT string_agg(c.relname, ' ') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = to_regclass('access_log')"
)


def online(steps: Online) -> None:
    if steps.dialect == "sqlite":
        steps.execute("ALTER TABLE access_log ADD COLUMN unit_id INTEGER")
        steps.execute("ALTER TABLE access_log ADD COLUMN dossiers TEXT")
        return
    steps.execute(
        "ALTER TABLE access_log ADD COLUMN IF NOT EXISTS unit_id INTEGER, ADD COLUMN IF NOT EXISTS dossiers TEXT"
    )
    for partition in (steps.scalar(_PARTITIONS) or "").split():
        steps.create_index(f"ix_{partition}_dossiers", f"{partition} {_INDEX}")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Takes the index of each partition over.
        op.execute(f"CREATE INDEX ix_access_log_dossiers ON access_log {_INDEX}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_access_log_dossiers")
    op.drop_column("access_log", "dossiers")
    op.drop_column("access_log", "unit_id")
