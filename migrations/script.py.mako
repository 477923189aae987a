"""${message}

Revision ${up_revision}, after ${down_revision | comma,n}.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}
# The oldest revision whose code can run on this schema.
oldest_code: str = ${repr(down_revision)}
# For `motcua migrate --plan`: each table with its lock, one of LOCKS in app/database/migration_plan.py.
locks: dict[str, str] = {}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
