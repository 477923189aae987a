"""Tokens are rotated, their last use is known, and what is done to them is kept in a table that only grows.

Revision 0004, after 0003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("tokens") as batch:
        batch.add_column(sa.Column("last_used_at", Instant(), nullable=True))
        batch.add_column(sa.Column("replaced_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch.create_foreign_key(op.f("fk_tokens_replaced_by_id"), "tokens", ["replaced_by_id"], ["id"])
    op.create_table(
        "token_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("by_token_id", sa.Integer(), nullable=True),
        sa.Column("data", Json(), nullable=False),
        sa.CheckConstraint("type IN ('created', 'rotated', 'revoked')", name=op.f("ck_token_changes_type")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_token_changes_token_id")),
        sa.ForeignKeyConstraint(["by_token_id"], ["tokens.id"], name=op.f("fk_token_changes_by_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_changes")),
    )
    op.create_index(op.f("ix_token_changes_token_id"), "token_changes", ["token_id"])
    _refuse_changes()


def downgrade() -> None:
    op.drop_table("token_changes")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION token_changes_are_kept()")
    with op.batch_alter_table("tokens") as batch:
        batch.drop_constraint(op.f("fk_tokens_replaced_by_id"), type_="foreignkey")
        for name in ("version", "replaced_by_id", "last_used_at"):
            batch.drop_column(name)


def _refuse_changes() -> None:
    """The record is append-only, as the journal is (rules §13)."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER token_changes_refuse_{change.lower()} BEFORE {change} ON token_changes "
                "BEGIN SELECT RAISE(ABORT, 'the record of tokens is append-only'); END"
            )
        # REPLACE deletes without the trigger for deletes.
        op.execute(
            "CREATE TRIGGER token_changes_refuse_replace BEFORE INSERT ON token_changes "
            "WHEN EXISTS (SELECT 1 FROM token_changes WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'the record of tokens is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION token_changes_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record of tokens is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER token_changes_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON token_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION token_changes_are_kept()"
    )
