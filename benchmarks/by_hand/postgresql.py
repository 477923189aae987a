"""Statements by hand on asyncpg: one for a look-up, one for a receipt, each its own transaction."""

import asyncpg
from sqlalchemy import make_url

from benchmarks.by_hand.records import Receipt, StoredDossier

_POOL_SIZE = 8

_LOOK_UP = """
SELECT code, procedure_id, procedure_version_id, status, stage, clock, open, verdict, provisional, received_at,
  finished_at, returned_at, overdue_from, due_date, promised_date, receiving_unit_id, holder_unit_id, counter_unit_id,
  details
FROM dossiers WHERE code = $1"""

# The parameters are the fields of a receipt in their order. The journal has no hash chain, which only the service has.
_RECEIVE = """
WITH issued AS (
  INSERT INTO code_ordinals (agency_identifier, date, last) VALUES ($1, $2, 1)
  ON CONFLICT (agency_identifier, date) DO UPDATE SET last = code_ordinals.last + 1 RETURNING last
), dossier AS (
  INSERT INTO dossiers (code, procedure_id, procedure_version_id, applicant_number, channel, return_method, fee,
    summary, documents, officer, receiving_unit_id, responsible_unit_id, holder_unit_id, counter_unit_id, status,
    stage, clock, closed, open, received_at, received_date, limit_unit, original_due_date, due_date, due_at,
    provisional, overdue_from, last_occurred_at, flags, details, version)
  SELECT $1 || to_char($2, '-YYMMDD-') || lpad(last::text, greatest(4, length(last::text)), '0'),
    $3, $4, 1, 'counter', 'counter', 0, $6, $7, $8,
    $5, $5, $5, $5, 'received', 'receive', 'running', false, true, $9, $2, 'same_day', $2, $2, $10, false, $11, $9,
    '[]', '{"policy":"exclude"}', 1
  FROM issued RETURNING id, code
), applicant AS (
  INSERT INTO applicants (dossier_id, number, salt, kind, name, name_folded, identity_encrypted, phone, email, address,
    commune_unit_id)
  SELECT id, 1, $12, $13, $14, $15, $16, $17, $18, $19, $20 FROM dossier
), unit AS (
  INSERT INTO dossier_units (dossier_id, unit_id) SELECT id, $5 FROM dossier
), entry AS (
  INSERT INTO entries (dossier_id, sequence, type, occurred_at, recorded_at, client, unit_id, data, text_hash,
    applicant_number, applicant_hash, hash)
  SELECT id, 1, 'receive', $9, $9, $21, $5, $22, $23, 1, $24, repeat('0', 64) FROM dossier
), texts AS (
  INSERT INTO entry_texts (dossier_id, sequence, salt, content) SELECT id, 1, $25, $26 FROM dossier
), span AS (
  INSERT INTO spans (dossier_id, number, from_at, phase, responsible_unit_id, holder_unit_id, suspended, overdue_from,
    apology)
  SELECT id, 1, $9, 'open', $5, $5, false, $11, false FROM dossier
), occurrence AS (
  INSERT INTO occurrences (dossier_id, number, kind, at, date, unit_id, overdue, apology)
  SELECT id, 1, 'received', $9, $2, $5, false, false FROM dossier
)
SELECT code FROM dossier"""


class PostgresStore:
    """A connection pool of the same size as that of the service."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def look_up(self, code: str) -> StoredDossier | None:
        record = await self._pool.fetchrow(_LOOK_UP, code)
        return None if record is None else StoredDossier(*record)

    async def receive(self, receipt: Receipt) -> str:
        code: str = await self._pool.fetchval(_RECEIVE, *receipt)
        return code

    async def close(self) -> None:
        await self._pool.close()


async def open_store(url: str) -> PostgresStore:
    """The store over the database at a `postgresql://` URL."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return PostgresStore(
        await asyncpg.create_pool(
            dsn,
            min_size=_POOL_SIZE,
            max_size=_POOL_SIZE,
            server_settings={"timezone": "UTC", "jit": "off"},
            max_cached_statement_lifetime=0,
            # Without this, each returned connection costs a round trip.
            reset=_no_reset,
        )
    )


async def _no_reset(_connection: asyncpg.Connection) -> None:
    """The statements change no settings of the connection."""
