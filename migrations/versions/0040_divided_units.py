"""The successors of a divided unit, with the rules of the division.

A process of the version before knows the main successor alone, and moves all dossiers to it.

Revision 0040, after 0039.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Json

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"units": "short"}


def upgrade() -> None:
    op.add_column("units", sa.Column("division", Json(), nullable=True))


def downgrade() -> None:
    op.drop_column("units", "division")
