"""Which units held a dossier, so that their officers see the people in it; and who has seen them.

Revision 0011, after 0010.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.database import Instant, Json
from app.domain.errors import DomainError
from app.domain.lifecycle import Action, Entry, apply, effective
from app.domain.state import DossierState

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHUNK = 500


def upgrade() -> None:
    op.add_column("dossier_units", sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    _mark_holders()
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("viewed_at", Instant(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index("ix_access_log_dossier", "access_log", ["dossier_id", "id"])
    _refuse_changes()


def downgrade() -> None:
    op.drop_table("access_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION access_log_are_kept()")
    op.drop_column("dossier_units", "held")


# --- Who held it ------------------------------------------------------------------------------------------------------


def _mark_holders() -> None:
    """A dossier's only unit held it; where there are more, its journal says which."""
    op.execute(
        "UPDATE dossier_units SET held = true WHERE dossier_id IN "
        "(SELECT dossier_id FROM dossier_units GROUP BY dossier_id HAVING count(*) = 1)"
    )
    bind, after = op.get_bind(), 0
    several = (
        "SELECT dossier_id FROM dossier_units WHERE dossier_id > :after "
        "GROUP BY dossier_id HAVING count(*) > 1 ORDER BY dossier_id LIMIT :most"
    )
    while ids := list(bind.scalars(sa.text(several), {"after": after, "most": _CHUNK})):
        after = ids[-1]
        held = [{"dossier": one, "unit": unit} for one, units in _holders(ids[0], after) for unit in units]
        mark = "UPDATE dossier_units SET held = true WHERE dossier_id = :dossier AND unit_id = :unit"
        if held:
            bind.execute(sa.text(mark), held)


def _holders(first: int, last: int) -> Iterator[tuple[int, set[int]]]:
    """Each dossier with the units that held it: by its journal, where that is none by its row as it is now."""
    entries = sa.table(
        "entries",
        *(sa.column(name, sa.BigInteger()) for name in ("dossier_id", "sequence", "unit_id")),
        sa.column("type", sa.Text()),
        sa.column("data", Json()),
        *(sa.column(name, Instant()) for name in ("occurred_at", "recorded_at")),
    )
    dossiers = sa.table("dossiers", sa.column("id", sa.BigInteger()), sa.column("holder_unit_id", sa.Integer()))
    bind = op.get_bind()
    now = sa.select(dossiers.c.id, dossiers.c.holder_unit_id).where(dossiers.c.id.between(first, last))
    holders = {row.id: row.holder_unit_id for row in bind.execute(now)}
    journals = (
        sa.select(entries)
        .where(entries.c.dossier_id.between(first, last))
        .order_by(entries.c.dossier_id, entries.c.sequence)
    )
    for dossier, rows in groupby(bind.execute(journals), attrgetter("dossier_id")):
        yield dossier, _told(list(rows)) | {holders[dossier]}


def _told(rows: Sequence[Any]) -> set[int]:
    held: set[int] = set()
    try:
        journal = [
            Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
            for row in rows
        ]
        ends = [entry.sequence - 1 for entry in journal if entry.type is Action.CORRECT]
        for end in (*ends, len(journal)):
            state: DossierState | None = None
            for entry in effective(journal[:end]):
                state = apply(state, entry)
                held.add(state.holder_unit)
    except (DomainError, LookupError, ValueError, TypeError, AttributeError):
        # A journal that cannot be replayed is what `motcua verify` names.
        return held
    return held


# --- What keeps the log -----------------------------------------------------------------------------------------------


def _refuse_changes() -> None:
    """Nothing in it is changed, and nothing of the last two years is deleted."""
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes without the trigger for deletes.
        another = "WHEN EXISTS (SELECT 1 FROM access_log WHERE id = NEW.id)"
        young = "WHEN OLD.viewed_at > CAST(strftime('%s', 'now', '-2 years') AS INTEGER)"
        for name, occasion in (
            ("update", "UPDATE ON access_log"),
            ("delete", f"DELETE ON access_log {young}"),
            ("replace", f"INSERT ON access_log {another}"),
        ):
            op.execute(
                f"CREATE TRIGGER access_log_refuse_{name} BEFORE {occasion} "
                "BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION access_log_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the access log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER access_log_are_kept BEFORE UPDATE OR TRUNCATE ON access_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION access_log_are_kept()"
    )
    op.execute(
        "CREATE TRIGGER access_log_are_kept_two_years BEFORE DELETE ON access_log FOR EACH ROW "
        "WHEN (OLD.viewed_at > now() - interval '2 years') EXECUTE FUNCTION access_log_are_kept()"
    )
