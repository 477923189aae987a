"""Time stamps of seals by an outside authority (RFC 3161).

Revision 0052, after 0051. Only adds a table, so a process of the version before goes on beside it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Instant

revision: str = "0052"
down_revision: str | None = "0051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"seals": "short"}

_TABLE = "seal_stamps"
_MESSAGE = "the time stamps are append-only"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("stamped_at", Instant(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seal"], ["seals.number"], name=op.f("fk_seal_stamps_seal")),
        sa.PrimaryKeyConstraint("seal", name=op.f("pk_seal_stamps")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {_TABLE}_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {_TABLE}_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {_TABLE} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_TABLE}_are_kept()"
        )
        return
    # REPLACE deletes without the trigger for deletes.
    same = f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE seal = NEW.seal)"
    for name, occasion in (
        ("update", f"UPDATE ON {_TABLE}"),
        ("delete", f"DELETE ON {_TABLE}"),
        ("replace", f"INSERT ON {_TABLE} {same}"),
    ):
        op.execute(
            f"CREATE TRIGGER {_TABLE}_refuse_{name} BEFORE {occasion} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )


def downgrade() -> None:
    op.drop_table(_TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {_TABLE}_are_kept()")
