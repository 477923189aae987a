"""The place of a register: another one shows that the database was restored from a backup (rules §13, rule 13.18).

On PostgreSQL `pg_restore` creates each table again, with another id. A restore to a moment keeps the ids, and a copy of
an SQLite file has none; `motcua restore` marks the copy that it makes.
"""

from sqlalchemy import Text, literal, literal_column, select, update

from app.database import Prepared
from app.database.tables import reference_state

# The place of a file that `motcua restore` made.
RESTORED = "restored"

_place = reference_state.c.place
_HERE = literal_column("CAST(CAST(CAST('ledger' AS regclass) AS oid) AS text)", Text())

IS_RESTORED = Prepared(select(_place != _HERE), sqlite=select(_place == literal(RESTORED, Text())))
PLACE_HERE = Prepared(
    update(reference_state).values(place=_HERE), sqlite=update(reference_state).values(place=literal("here", Text()))
)
