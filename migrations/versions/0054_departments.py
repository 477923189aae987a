"""Fields of procedures that a department answers for, and what a procedure leads to.

Revision 0054, after 0053. Only adds columns. A process of the version before leaves them as they are.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.database import Json

revision: str = "0054"
down_revision: str | None = "0053"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {"procedure_versions": "short", "units": "short"}


def upgrade() -> None:
    for table, name in _COLUMNS:
        op.add_column(table, sa.Column(name, Json(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    for table, name in reversed(_COLUMNS):
        op.drop_column(table, name)


_COLUMNS = (("units", "fields"), ("procedure_versions", "results"))
