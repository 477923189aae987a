"""The access log in partitions by month on PostgreSQL: a purge drops whole months. Nothing is copied.

Revision 0031, after 0030. The present table becomes the first partition. Beside the service it gets a check of its last
instant and an index, so that the swap reads no row. SQLite keeps its one table.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from app.database.online import Online

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"access_log": "scan, then short"}
# Rules of the linter that this migration breaks, each with the reason why the older version goes on.
exceptions: dict[str, str] = {
    "renaming-table": "the transaction creates a table with the same name and columns",
    "renaming-object": "only indexes and keys get other names, which no code uses",
    "ban-drop-constraint": "the key of the number stays unique within the key that replaces it",
}

# The present table takes rows up to this time ahead, so that a migration can be interrupted for weeks.
_AHEAD = timedelta(days=60)
_MONTHS = 3


def online(steps: Online) -> None:
    if steps.dialect == "sqlite":
        return
    # A clock that was wrong may have left views in the future.
    last = max(datetime.now(UTC), steps.scalar("SELECT max(viewed_at) FROM access_log") or datetime.now(UTC))
    bound = _month(last + _AHEAD, 1)
    steps.execute(
        "ALTER TABLE access_log DROP CONSTRAINT IF EXISTS ck_access_log_first, "
        f"ADD CONSTRAINT ck_access_log_first CHECK (viewed_at < '{bound}') NOT VALID"
    )
    steps.validate("access_log", "ck_access_log_first")
    steps.create_index("pk_access_log_first", "access_log (id, viewed_at)", unique=True)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("LOCK TABLE access_log IN ACCESS EXCLUSIVE MODE")
    bound = datetime.fromisoformat(op.get_bind().scalar(sa.text(_BOUND)))
    _step_aside()
    op.execute("CREATE TABLE access_log (LIKE access_log_first INCLUDING DEFAULTS) PARTITION BY RANGE (viewed_at)")
    op.execute("ALTER SEQUENCE access_log_id_seq OWNED BY access_log.id")
    op.execute("ALTER TABLE access_log ADD CONSTRAINT pk_access_log PRIMARY KEY (id, viewed_at)")
    op.execute("CREATE INDEX ix_access_log_dossier ON access_log (dossier_id, id)")
    op.execute(f"ALTER TABLE access_log ATTACH PARTITION access_log_first FOR VALUES FROM (MINVALUE) TO ('{bound}')")
    # For a month without a partition of its own.
    op.execute("CREATE TABLE access_log_other PARTITION OF access_log DEFAULT")
    for month in _months(bound):
        op.execute(
            f"CREATE TABLE access_log_{month:%Y%m} PARTITION OF access_log "
            f"FOR VALUES FROM ('{month}') TO ('{_month(month, 1)}')"
        )
    _refuse_changes("access_log")
    # A statement trigger does not see a change that names a partition. One for rows is copied to each partition.
    op.execute(
        "CREATE TRIGGER access_log_are_kept_rows BEFORE UPDATE ON access_log "
        "FOR EACH ROW EXECUTE FUNCTION access_log_are_kept()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("LOCK TABLE access_log IN ACCESS EXCLUSIVE MODE")
    op.execute("DROP TRIGGER access_log_are_kept_rows ON access_log")
    op.execute("DROP TRIGGER access_log_are_kept_two_years ON access_log")
    op.execute("ALTER TABLE access_log DETACH PARTITION access_log_first")
    op.execute("ALTER TABLE access_log_first DROP CONSTRAINT ck_access_log_first")
    # Only the rows of the months since the swap are copied.
    op.execute("INSERT INTO access_log_first SELECT * FROM access_log")
    op.execute("ALTER SEQUENCE access_log_id_seq OWNED BY access_log_first.id")
    op.execute("DROP TABLE access_log")
    op.execute("ALTER TABLE access_log_first RENAME TO access_log")
    op.execute(
        "ALTER TABLE access_log DROP CONSTRAINT pk_access_log_first, ADD CONSTRAINT pk_access_log PRIMARY KEY (id)"
    )
    op.execute("ALTER INDEX ix_access_log_first_dossier RENAME TO ix_access_log_dossier")
    _refuse_changes("access_log")


_BOUND = (
    "SELECT to_char(substring(pg_get_constraintdef(oid) FROM '''([^'']+)''')::timestamptz AT TIME ZONE 'UTC', "
    '\'YYYY-MM-DD"T"HH24:MI:SS"+00:00"\') FROM pg_constraint '
    "WHERE conname = 'ck_access_log_first' AND conrelid = 'access_log'::regclass AND convalidated"
)


def _step_aside() -> None:
    """Gives the present table its new name, and its key the column of the partitions."""
    op.execute("DROP TRIGGER access_log_are_kept ON access_log")
    op.execute("DROP TRIGGER access_log_are_kept_two_years ON access_log")
    op.execute("ALTER TABLE access_log RENAME TO access_log_first")
    op.execute(
        "ALTER TABLE access_log_first DROP CONSTRAINT pk_access_log, "
        "ADD CONSTRAINT pk_access_log_first PRIMARY KEY USING INDEX pk_access_log_first"
    )
    op.execute("ALTER INDEX ix_access_log_dossier RENAME TO ix_access_log_first_dossier")


def _refuse_changes(table: str) -> None:
    """The triggers of before, as migration 0011 has them."""
    op.execute(
        f"CREATE TRIGGER access_log_are_kept BEFORE UPDATE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION access_log_are_kept()"
    )
    op.execute(
        f"CREATE TRIGGER access_log_are_kept_two_years BEFORE DELETE ON {table} FOR EACH ROW "
        "WHEN (OLD.viewed_at > now() - interval '2 years') EXECUTE FUNCTION access_log_are_kept()"
    )


def _month(instant: datetime, later: int) -> datetime:
    """The start of the month of `instant`, or that of a later month (UTC)."""
    months = instant.year * 12 + instant.month - 1 + later
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def _months(first: datetime) -> Iterator[datetime]:
    for later in range(_MONTHS):
        yield _month(first, later)
