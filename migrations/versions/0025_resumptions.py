"""Restores to a moment after which the register went on: what may have been given after it is never given again.

Revision 0025, after 0024.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json, LocalDate

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The oldest revision whose code can run on this schema.
oldest_code: str = "0024"


def upgrade() -> None:
    op.create_table(
        "resumptions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after", Instant(), nullable=False),
        sa.Column("resumed_at", Instant(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("last_seal", sa.Integer(), nullable=False),
        sa.Column("last_day", LocalDate(), nullable=False),
        sa.Column("margin", sa.Integer(), nullable=False),
        sa.Column("revoked", Json(), nullable=False),
        sa.CheckConstraint("margin >= 0", name=op.f("ck_resumptions_margin")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_resumptions")),
    )
    _refuse_changes()


def downgrade() -> None:
    op.drop_table("resumptions")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION resumptions_are_kept()")


def _refuse_changes() -> None:
    message = "the record of resumptions is append-only"
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes without the trigger for deletes.
        another = "WHEN EXISTS (SELECT 1 FROM resumptions WHERE number = NEW.number)"
        for name, occasion in (
            ("update", "UPDATE ON resumptions"),
            ("delete", "DELETE ON resumptions"),
            ("replace", f"INSERT ON resumptions {another}"),
        ):
            op.execute(
                f"CREATE TRIGGER resumptions_refuse_{name} BEFORE {occasion} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION resumptions_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER resumptions_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON resumptions "
        "FOR EACH STATEMENT EXECUTE FUNCTION resumptions_are_kept()"
    )
