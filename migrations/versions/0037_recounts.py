"""Tables of a recount beside the service, so that a killed one goes on where it was.

Only adds tables. A process of the version before does not know them.

Revision 0037, after 0036.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.database import Instant, LocalDate

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {}

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIGURES = (
    *("received_counter", "received_online", "received_postal"),
    *("early", "on_time", "late", "unjudged", "late_unapologised"),
    *("withdrawn", "withdrawn_overdue", "discontinued", "discontinued_overdue"),
    *("submitted", "declined", "unsubmitted"),
    *("open", "suspended", "overdue", "overdue_unapologised", "waiting"),
)


def upgrade() -> None:
    op.create_table(
        "recounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("last_entry", _KEY, nullable=False),
        sa.Column("last_dossier", _KEY, nullable=False),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.Column("position", _KEY, nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_recounts_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recounts")),
    )
    bucket = {"grain": sa.Text(), "first_date": LocalDate()}
    _create("recount_totals", {"dimension": sa.Text(), **bucket, "key": sa.Integer()}, _FIGURES)
    others = {"procedure_id": sa.Integer(), "receiving_unit_id": sa.Integer(), "channel": sa.Text()}
    _create("recount_cells", {"unit_id": sa.Integer(), **bucket, "subject": sa.Text(), **others}, _FIGURES)
    units = {"unit_id": sa.Integer(), "to_unit_id": sa.Integer()}
    _create("recount_moves", {"subject": sa.Text(), **bucket, **units}, ("moved",))
    late = {"dimension": sa.Text(), **bucket, "key": sa.Integer()}
    _create("recount_late_changes", late, ("recorded_at",), Instant())


def downgrade() -> None:
    for table in ("recount_late_changes", "recount_moves", "recount_cells", "recount_totals", "recounts"):
        op.drop_table(table)


def _create(name: str, key: dict[str, Any], values: Sequence[str], kind: Any = None) -> None:
    op.create_table(
        name,
        *(sa.Column(column, of, autoincrement=False, nullable=False) for column, of in key.items()),
        *(sa.Column(column, kind or sa.Integer(), nullable=False) for column in values),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
