"""Answers kept by `Idempotency-Key`, so that a change asked for again is answered again.

Revision 0005, after 0004.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = "fingerprint text, status integer, headers text, body text"
_FOUND = (
    "RETURN QUERY SELECT false, a.fingerprint, a.status, a.headers, a.body FROM kept_answers a "
    "WHERE a.id = wanted AND a.expires_at > present; "
)


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answers")),
    )
    op.create_index(op.f("ix_kept_answers_expires_at"), "kept_answers", ["expires_at"])
    _claim_key()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION claim_key(text, timestamptz)")
    op.drop_index(op.f("ix_kept_answers_expires_at"), table_name="kept_answers")
    op.drop_table("kept_answers")


def _claim_key() -> None:
    """Gives the answer kept under a key; where there is none, locks the key until the transaction ends.

    No row: the key is the caller's now. `busy`: it is another transaction's. Each statement of a volatile function sees
    what was committed before it began: so whoever gets the lock also sees what its holder before has left.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION claim_key(wanted text, present timestamptz) RETURNS TABLE (busy boolean, {_COLUMNS}) "
            "LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
            f"{_FOUND} IF FOUND THEN RETURN; END IF; "
            "IF NOT pg_try_advisory_xact_lock(('x' || left(wanted, 16))::bit(64)::bigint) THEN "
            "RETURN QUERY SELECT true, NULL::text, NULL::integer, NULL::text, NULL::text; RETURN; END IF; "
            "DELETE FROM kept_answers a WHERE a.id = wanted AND a.expires_at <= present; "
            f"{_FOUND} END $$"
        )
