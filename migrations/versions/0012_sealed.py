"""Identity numbers and kept answers are encrypted, the numbers with a keyed hash to find them by.

Revision 0012, after 0011. Where there are any it needs the keys, both ways.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

from app.dossiers.rows import identity_place
from app.encryption.key_files import Keys
from app.http.idempotency.responses import body_place

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 1000

_applicants = sa.table(
    "applicants",
    sa.column("dossier_id", sa.BigInteger()),
    sa.column("number", sa.Integer()),
    *(sa.column(name, sa.Text()) for name in ("identity_number", "identity_sealed", "identity_hash")),
)
_answers = sa.table("kept_answers", sa.column("id", sa.Text()), sa.column("body", sa.Text()))
_keys = sa.table("sealing_keys", sa.column("id", sa.Text()), sa.column("check", sa.Text()))


def upgrade() -> None:
    op.create_table(
        "sealing_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_keys")),
    )
    for name in ("identity_sealed", "identity_hash"):
        op.add_column("applicants", sa.Column(name, sa.Text(), nullable=True))
    if _convert_numbers(seal=True) + _convert_answers(seal=True):
        first = _found().ring.keys[0]
        op.get_bind().execute(sa.insert(_keys).values(id=first.id, check=first.check))
    op.drop_index("ix_applicants_identity_number", table_name="applicants")
    op.drop_column("applicants", "identity_number")
    op.create_index("ix_applicants_identity_hash", "applicants", ["identity_hash"])


def downgrade() -> None:
    op.add_column("applicants", sa.Column("identity_number", sa.Text(), nullable=True))
    _convert_numbers(seal=False)
    _convert_answers(seal=False)
    op.drop_index("ix_applicants_identity_hash", table_name="applicants")
    for name in ("identity_sealed", "identity_hash"):
        op.drop_column("applicants", name)
    op.create_index("ix_applicants_identity_number", "applicants", ["identity_number"])
    op.drop_table("sealing_keys")


def _found() -> Keys:
    keys: Keys = context.config.attributes["keys"]
    return keys


def _convert_numbers(*, seal: bool) -> int:
    """Seals the numbers, or opens them; how many there were."""
    bind, done, after = op.get_bind(), 0, (0, 0)
    source = _applicants.c.identity_number if seal else _applicants.c.identity_sealed
    key = sa.tuple_(_applicants.c.dossier_id, _applicants.c.number)
    wanted = (
        sa.select(_applicants.c.dossier_id, _applicants.c.number, source.label("value"))
        .where(source.is_not(None))
        .order_by(_applicants.c.dossier_id, _applicants.c.number)
        .limit(_BATCH)
    )
    change = sa.update(_applicants).where(
        _applicants.c.dossier_id == sa.bindparam("dossier"), _applicants.c.number == sa.bindparam("of_number")
    )
    names = ("identity_sealed", "identity_hash") if seal else ("identity_number",)
    change = change.values({name: sa.bindparam(f"new_{name}") for name in names})
    while rows := bind.execute(wanted.where(key > sa.tuple_(*map(sa.literal, after)))).all():
        ring, values = _found().ring, []
        for row in rows:
            place = identity_place(row.dossier_id, row.number)
            new = (
                {"new_identity_sealed": ring.encrypt(row.value, place), "new_identity_hash": ring.hash(row.value)}
                if seal
                else {"new_identity_number": ring.decrypt(row.value, place)}
            )
            values.append({"dossier": row.dossier_id, "of_number": row.number, **new})
        bind.execute(change, values)
        done, after = done + len(rows), (rows[-1].dossier_id, rows[-1].number)
    return done


def _convert_answers(*, seal: bool) -> int:
    """As `_convert_numbers`, for the kept answers, of which there are as many as in a day."""
    bind = op.get_bind()
    rows = bind.execute(sa.select(_answers.c.id, _answers.c.body)).all()
    change = sa.update(_answers).where(_answers.c.id == sa.bindparam("answer")).values(body=sa.bindparam("new"))
    for row in rows:
        ring, place = _found().ring, body_place(row.id)
        bind.execute(
            change, {"answer": row.id, "new": ring.encrypt(row.body, place) if seal else ring.decrypt(row.body, place)}
        )
    return len(rows)
