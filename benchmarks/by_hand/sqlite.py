"""Statements by hand on the standard `sqlite3` in the event loop. Slow commits run in a thread."""

import asyncio
import sqlite3
from datetime import UTC, date, datetime
from time import perf_counter

from sqlalchemy import make_url

from app.database.sqlite import SLOW_COMMIT, SYNCHRONOUS
from benchmarks.by_hand.records import Receipt, StoredDossier

_LOOK_UP = """
SELECT code, procedure_id, procedure_version_id, status, stage, clock, open, verdict, provisional, received_at,
  finished_at, returned_at, overdue_from, due_date, promised_date, receiving_unit_id, holder_unit_id, counter_unit_id,
  details
FROM dossiers WHERE code = ?"""

_ORDINAL = """
INSERT INTO code_ordinals (agency_identifier, date, last) VALUES (?, ?, 1)
ON CONFLICT (agency_identifier, date) DO UPDATE SET last = last + 1 RETURNING last"""
_DOSSIER = """
INSERT INTO dossiers (code, procedure_id, procedure_version_id, applicant_number, channel, return_method, fee, summary,
  documents, officer, receiving_unit_id, responsible_unit_id, holder_unit_id, counter_unit_id, status, stage, clock,
  closed, open, received_at, received_date, limit_unit, original_due_date, due_date, due_at, provisional, overdue_from,
  last_occurred_at, flags, details, version)
VALUES (?, ?, ?, 1, 'counter', 'counter', 0, ?, ?, ?, ?, ?, ?, ?, 'received', 'receive', 'running', 0, 1, ?, ?,
  'same_day', ?, ?, ?, 0, ?, ?, '[]', '{"policy":"exclude"}', 1)"""
_APPLICANT = """
INSERT INTO applicants (dossier_id, number, salt, kind, name, name_folded, identity_encrypted, phone, email, address,
  commune_unit_id) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_UNIT = "INSERT INTO dossier_units (dossier_id, unit_id) VALUES (?, ?)"
# The journal has no hash chain, which only the service has.
_ENTRY = """
INSERT INTO entries (dossier_id, sequence, type, occurred_at, recorded_at, client, unit_id, data, text_hash,
  applicant_number, applicant_hash, hash) VALUES (?, 1, 'receive', ?, ?, ?, ?, ?, ?, 1, ?, printf('%064d', 0))"""
_TEXTS = "INSERT INTO entry_texts (dossier_id, sequence, salt, content) VALUES (?, 1, ?, ?)"
_SPAN = """
INSERT INTO spans (dossier_id, number, from_at, phase, responsible_unit_id, holder_unit_id, suspended, overdue_from,
  apology) VALUES (?, 1, ?, 'open', ?, ?, 0, ?, 0)"""
_OCCURRENCE = """
INSERT INTO occurrences (dossier_id, number, kind, at, date, unit_id, overdue, apology)
VALUES (?, 1, 'received', ?, ?, ?, 0, 0)"""


class SqliteStore:
    """One connection for reading, receipt for writing."""

    def __init__(self, path: str) -> None:
        self._reader = _open(path)
        self._writer = _open(path)
        self._turn = asyncio.Lock()
        self._commit_seconds = 0.0

    async def look_up(self, code: str) -> StoredDossier | None:
        row = self._reader.execute(_LOOK_UP, (code,)).fetchone()
        if row is None:
            return None
        instants = (value and datetime.fromtimestamp(value, UTC) for value in row[9:13])
        dates = (value and date.fromisoformat(value) for value in row[13:15])
        return StoredDossier._make((*row[:9], *instants, *dates, *row[15:]))

    async def receive(self, receipt: Receipt) -> str:
        async with self._turn:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                code = self._write(receipt)
                # A thread costs more than a fast disk.
                if self._commit_seconds < SLOW_COMMIT:
                    self._commit()
                else:
                    await asyncio.to_thread(self._commit)
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
        return code

    def _commit(self) -> None:
        began = perf_counter()
        self._writer.execute("COMMIT")
        self._commit_seconds += (perf_counter() - began - self._commit_seconds) / 16

    def _write(self, receipt: Receipt) -> str:
        run = self._writer.execute
        day, at, unit = receipt.day.isoformat(), int(receipt.at.timestamp()), receipt.unit
        due_at, overdue_from = _seconds(receipt.due_at), _seconds(receipt.overdue_from)
        [[last]] = run(_ORDINAL, (receipt.agency, day)).fetchall()
        code = f"{receipt.agency}-{receipt.day:%y%m%d}-{last:04d}"
        about = (receipt.procedure, receipt.version, receipt.summary, receipt.documents, receipt.officer)
        dossier = run(
            _DOSSIER, (code, *about, unit, unit, unit, unit, at, day, day, day, due_at, overdue_from, at)
        ).lastrowid
        run(_APPLICANT, (dossier, receipt.applicant_salt, *receipt[12:20]))
        run(_UNIT, (dossier, unit))
        run(_ENTRY, (dossier, at, at, receipt.client, unit, receipt.data, receipt.text_hash, receipt.applicant_hash))
        run(_TEXTS, (dossier, receipt.text_salt, receipt.texts))
        run(_SPAN, (dossier, at, unit, unit, overdue_from))
        run(_OCCURRENCE, (dossier, at, day, unit))
        return code

    async def close(self) -> None:
        self._reader.close()
        self._writer.close()


def open_store(url: str) -> SqliteStore:
    """The store over the file of an `sqlite:///` URL."""
    path = make_url(url).database
    assert path is not None, url
    return SqliteStore(path)


def _open(path: str) -> sqlite3.Connection:
    driver = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False, cached_statements=512)
    # Like the service: foreign keys are checked, and a commit waits for the disk.
    driver.execute("PRAGMA foreign_keys = ON")
    driver.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    return driver


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
