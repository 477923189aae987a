"""The ledger of administration, and seals that cover several logs.

Revision 0038, after 0037. Only adds, and lets a seal have no entry of the journal. A process of the version before goes
on: it records tokens without the ledger, and `motcua ledger adopt` takes them over. Its seals cover the journal alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json
from app.database.online import Online

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"seals": "short", "seal_blocks": "short"}
# Rules of the linter that this migration breaks, each with the reason why the older version goes on.
exceptions: dict[str, str] = {
    "ban-drop-constraint": "no code relies on it: a lock and the number keep seals of two workers apart",
}

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SEALS_KEPT = "the seals are append-only"


def online(steps: Online) -> None:
    steps.create_index("ix_seals_last_id", "seals (last_id, number)")


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("number", _KEY, autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("by_token_id", sa.Integer(), nullable=True),
        sa.Column("data", Json(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_row"), "ledger", ["subject", "row_id", "number"])
    _refuse_changes("ledger", "the ledger is append-only", "number = NEW.number")
    op.add_column("seal_blocks", sa.Column("log", sa.Text(), server_default=sa.text("'journal'"), nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("seals", sa.Column("logs", Json(), nullable=True))
        op.drop_constraint(op.f("uq_seals_last_id"), "seals")
        return
    # The table is made again, without its triggers and indexes.
    with op.batch_alter_table("seals") as seals:
        seals.add_column(sa.Column("logs", Json(), nullable=True))
        seals.drop_constraint(op.f("uq_seals_last_id"), type_="unique")
    _refuse_changes("seals", _SEALS_KEPT, "number = NEW.number")


def downgrade() -> None:
    """The version before knows only seals of the journal: it makes those again that cover other logs."""
    for table in ("seals", "seal_blocks"):
        _allow_changes(table)
    later = "(SELECT coalesce(min(number), 2147483647) FROM seals WHERE logs IS NOT NULL)"
    op.execute(f"DELETE FROM seal_blocks WHERE seal >= {later}")
    op.execute(f"DELETE FROM seals WHERE number >= {later}")
    with op.batch_alter_table("seals") as seals:
        seals.drop_index(op.f("ix_seals_last_id"))
        seals.drop_column("logs")
        seals.create_unique_constraint(op.f("uq_seals_last_id"), ["last_id"])
    with op.batch_alter_table("seal_blocks") as blocks:
        blocks.drop_column("log")
    _refuse_changes("seals", _SEALS_KEPT, "number = NEW.number OR last_id = NEW.last_id")
    _refuse_changes("seal_blocks", _SEALS_KEPT, "seal = NEW.seal AND block = NEW.block")
    op.drop_table("ledger")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_are_kept()")


def _refuse_changes(table: str, message: str, replaced: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes without the trigger for deletes.
        another = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {replaced})"
        for name, occasion in (
            ("update", f"UPDATE ON {table}"),
            ("delete", f"DELETE ON {table}"),
            ("replace", f"INSERT ON {table} {another}"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{name} BEFORE {occasion} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_are_kept()"
    )


def _allow_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_are_kept ON {table}")
        return
    for name in ("update", "delete", "replace"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_{name}")
