"""Locks of the reference data and of keys apart for each schema: registers of one database do not wait for each other.

Only two functions of PostgreSQL change. In the schema `public` their numbers stay the same, so the version before and
this one exclude each other. Up to the version before, each register had to have a database of its own.

Revision 0043, after 0042.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
oldest_code: str = "0024"
locks: dict[str, str] = {}

_REFERENCE_DATA = 0x6D6F7403
# As in app/database/locks.py: the upper half of the number of a lock.
_SCHEMA = (
    "(SELECT CASE nspname WHEN 'public' THEN 0 ELSE CAST(oid AS bigint) << 32 END "
    "FROM pg_namespace WHERE nspname = current_schema())"
)
_COLUMNS = "fingerprint text, status integer, headers text, body text"
_FOUND = (
    "RETURN QUERY SELECT false, a.fingerprint, a.status, a.headers, a.body FROM idempotency_responses a "
    "WHERE a.id = wanted AND a.expires_at > present; "
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _hold_reference(f" + {_SCHEMA}")
        _claim_key(f" # {_SCHEMA}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _hold_reference("")
        _claim_key("")


def _hold_reference(schema: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION hold_reference() RETURNS integer LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
        f"PERFORM pg_advisory_xact_lock_shared({_REFERENCE_DATA}{schema}); "
        "RETURN (SELECT revision FROM reference_state); END $$"
    )


def _claim_key(schema: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION claim_key(wanted text, present timestamptz) RETURNS TABLE (busy boolean, {_COLUMNS}) "
        "LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
        f"{_FOUND} IF FOUND THEN RETURN; END IF; "
        f"IF NOT pg_try_advisory_xact_lock(('x' || left(wanted, 16))::bit(64)::bigint{schema}) THEN "
        "RETURN QUERY SELECT true, NULL::text, NULL::integer, NULL::text, NULL::text; RETURN; END IF; "
        "DELETE FROM idempotency_responses a WHERE a.id = wanted AND a.expires_at <= present; "
        f"{_FOUND} END $$"
    )
