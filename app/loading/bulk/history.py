"""Whole histories: each act decided by the rules of single requests, all rows written in bulk."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Table, text

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import (
    applicants,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    externals,
    participants,
    payments,
    rating_comments,
    ratings,
)
from app.domain.actions import ActionRequest
from app.domain.decisions import decide, event_time
from app.domain.errors import NotAllowed
from app.domain.hash_chain import START
from app.domain.lifecycle import Action, Entry, apply
from app.domain.localtime import at_minute
from app.domain.money import payments as payments_of
from app.domain.state import DossierState
from app.domain.terms import Law
from app.dossiers.chain import Link
from app.dossiers.details import Row
from app.dossiers.externals import external_rows
from app.dossiers.participants import participant_rows
from app.dossiers.receipt_rules import receipt_rules
from app.dossiers.rows import (
    EntryRecord,
    Particulars,
    applicant_row,
    changes_from,
    dossier_row,
    encrypted_applicant,
    entry_rows,
    payment_rows,
    unit_rows,
    units_of,
)
from app.encryption.key_ring import KeyRing
from app.ledger.entries import COMMAND_LINE
from app.ledger.service import record as record_rows
from app.loading.bulk.codes import CodeRequest, codes_for
from app.rollups import service as rollups
from app.rollups.increments import Counts, Place

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Act(NamedTuple):
    """One act of a history: `inputs` with units as ids, `words` as people wrote them."""

    action: Action
    at: datetime
    unit: int
    inputs: Mapping[str, Any] = _NOTHING
    words: Mapping[str, Any] = _NOTHING
    officer: str | None = None
    flags: tuple[str, ...] = ()


class HistoryBuilder:
    """Builds one dossier's history act by act, each decided and applied by the rules (rules §4–§9).

    `state`: the present state, None before the first act. `recorded` and `states`: the added entries, and the state
    after each.
    """

    __slots__ = ("_client", "_imported", "_reference", "officer", "recorded", "state", "states")

    def __init__(
        self, reference: Reference, client: str, *, state: DossierState | None = None, imported: bool = False
    ) -> None:
        self._reference = reference
        self._client = client
        self._imported = imported
        self.state = state
        self.officer: str | None = None
        self.recorded: list[EntryRecord] = []
        self.states: list[DossierState] = []

    def add(self, act: Act, law: Law | None, recorded_at: datetime) -> DossierState:
        """Adds an act and returns the state after it. Raises the errors of `event_time` and `decide`."""
        # A whole history is loaded with the rights of a supervisor.
        request = ActionRequest(
            act.action,
            act.at.astimezone(UTC),
            recorded_at.astimezone(UTC),
            act.inputs,
            frozenset(act.words),
            supervisor=True,
            imported=self._imported,
        )
        if act.action is Action.RECEIVE and law is not None:
            request = replace(request, inputs=self._receipt(act, law))
        at, flags = event_time(request, self.state.last_occurred_at if self.state else None)
        data = decide(self.state, replace(request, at=at) if at != request.at else request, law)
        if flags := sorted({*flags, *act.flags, *data.get("flags", ())}):
            data["flags"] = flags
        if act.words:
            data["texts"] = sorted(act.words)
        entry = Entry(self._next_sequence, act.action, at, request.recorded_at, act.unit, data)
        self.officer = act.officer or self.officer
        return self._append(entry, act.officer, act.words)

    def _receipt(self, act: Act, law: Law) -> dict[str, Any]:
        """The inputs of a receipt with the rules that apply; another area only if the history states it."""
        inputs, state, units = dict(act.inputs), self.state, self._reference.units
        stated = inputs.pop("another_area", False)
        receiving = units[state.counter_unit if state else inputs["receiving_unit"]]
        responsible = units[inputs.get("responsible_unit") or (state.responsible_unit if state else receiving.id)]
        version = self._reference.version(law.terms.version)
        return inputs | receipt_rules(self._reference, version, receiving, responsible, act.at, stated)

    def follow_succession(
        self, until: date, recorded_at: datetime, procedure: int | None = None, commune: int | None = None
    ) -> None:
        """Move the dossier to the successors of its units until a date, at the time of each succession (rules §12).

        `procedure`, `commune` of the applicant: where a divided unit has several successors.
        """
        while self.state is not None and not self.state.closed:
            units = [unit for unit in map(self._reference.units.get, units_of(self.state)) if unit is not None]
            ended = [
                (unit.valid_to, unit.id, successor)
                for unit in units
                if unit.valid_to is not None
                and (successor := self._reference.successor(unit, until, procedure, commune)) is not None
            ]
            if not ended:
                return
            last_day, unit_id, successor = min(ended)
            at = max(at_minute(last_day + timedelta(days=1), 0).astimezone(UTC), self.state.last_occurred_at)
            inputs = {"from_unit": unit_id, "to_unit": successor}
            request = ActionRequest(Action.SUCCEED, at, recorded_at.astimezone(UTC), inputs)
            data = decide(self.state, request, self._law())
            if self._imported:
                data["flags"] = ["imported"]
            entry = Entry(self._next_sequence, Action.SUCCEED, at, request.recorded_at, successor, data)
            self._append(entry, None, {})

    def _law(self) -> Law | None:
        """The law of the receipt; None while the dossier is only submitted."""
        state = self.state
        if state is None or state.procedure_version is None or state.received_at is None:
            return None
        return self._reference.law(state.procedure_version, state.receiving_unit, state.received_at)

    @property
    def present(self) -> DossierState:
        """The present state. Raises NotAllowed before the first act."""
        if self.state is None:
            raise NotAllowed("not_possible", "The history has not begun.")
        return self.state

    @property
    def _next_sequence(self) -> int:
        return self.state.version + 1 if self.state else 1

    def _append(self, entry: Entry, officer: str | None, words: Mapping[str, Any]) -> DossierState:
        self.state = apply(self.state, entry)
        flags = entry.data.get("flags", ())
        changes = changes_from(entry.occurred_at, entry.recorded_at, flags)
        self.recorded.append(EntryRecord(entry, self._client, officer, words, changes_from=changes))
        self.states.append(self.state)
        return self.state


class Rating(NamedTuple):
    """A rating by a holder of the receipt."""

    at: datetime
    score: int
    comment: str | None


@dataclass(frozen=True, slots=True)
class History:
    """A new dossier with its entries and the state after each. `code` None: a code is issued."""

    procedure_id: int
    about: Particulars
    recorded: Sequence[EntryRecord]
    states: Sequence[DossierState]
    agency: str
    day: date
    code: str | None = None
    officer: str | None = None
    externals: Sequence[tuple[str, str]] = ()
    rating: Rating | None = None


def rows_of(dossier_id: int, code: str, history: History, counts: Counts, ring: KeyRing) -> list[tuple[Table, Row]]:
    """The rows of one history for all tables, `dossiers` first. Adds its figures to `counts`."""
    applicant = applicant_row(dossier_id, 1, history.about.applicant)
    row = dossier_row(dossier_id, code, history.procedure_id, history.states[-1], history.about, history.officer)
    rows: list[tuple[Table, Row]] = [(dossiers, row), (applicants, encrypted_applicant(ring, applicant))]
    head = START
    units: set[int] = set()
    place = Place(history.states[0].receiving_unit, history.procedure_id, history.states[0].channel)
    for number, (record, state) in enumerate(zip(history.recorded, history.states, strict=True)):
        entry, words = entry_rows(Link(dossier_id, code, head), record, None if number else applicant)
        head = entry["hash"]
        rows.append((entries, entry))
        if words:
            rows.append((entry_texts, words))
        people = participant_rows(ring, dossier_id, record.entry.sequence, record.texts)
        rows += [(participants, person) for person in people]
        units |= units_of(state)
        if record.changes_from is not None:
            counts.change_late(place, units, record.changes_from, record.entry.recorded_at)
    row["journal_hash"] = head
    rows += [(dossier_units, unit) for unit in unit_rows(dossier_id, history.states)]
    rows += [(externals, row) for row in external_rows(dossier_id, history.externals)]
    if history.rating is not None:
        at, score, comment = history.rating
        rows.append((ratings, {"dossier_id": dossier_id, "rated_at": at, "score": score}))
        if comment is not None:
            rows.append((rating_comments, {"dossier_id": dossier_id, "content": comment}))
    journal = [(record.entry, state) for record, state in zip(history.recorded, history.states, strict=True)]
    rows += [(payments, row) for row in payment_rows(dossier_id, payments_of(journal))]
    return [*rows, *rollups.rows(dossier_id, place, journal, counts)]


async def write(connection: Connection, histories: Sequence[History], now: datetime) -> list[str]:
    """Writes histories, and returns their codes; missing ones are issued in order (rules §10).

    The caller commits. Raises IntegrityFailed if a given code or external code exists already.
    """
    requests = [CodeRequest(history.code, history.agency, history.day) for history in histories]
    codes = await codes_for(connection, requests)
    numbers = await _dossier_ids(connection, len(histories))
    counts = Counts()
    by_table: dict[Table, list[Row]] = defaultdict(list)
    for number, code, history in zip(numbers, codes, histories, strict=True):
        for table, row in rows_of(number, code, history, counts, connection.ring):
            by_table[table].append(row)
    for table, row in rollups.increment(counts):
        by_table[table].append(row)
    for table, rows in by_table.items():
        await connection.insert_many(table, rows)
    rated = {table: [row["dossier_id"] for row in by_table.get(table, ())] for table in (ratings, rating_comments)}
    await record_rows(connection, rated, COMMAND_LINE, now)
    return codes


_NEXT_IDS = Prepared(
    text("SELECT nextval(pg_get_serial_sequence('dossiers', 'id')) FROM generate_series(1, CAST(:number AS integer))"),
    # The writer is alone, so the ids after the highest are free.
    sqlite=text(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :number) "
        "SELECT (SELECT coalesce(max(id), 0) FROM dossiers) + n FROM numbers WHERE n <= :number"
    ),
)


async def _dossier_ids(connection: Connection, number: int) -> list[int]:
    """New ids, which no other transaction gets."""
    return [row[0] for row in await connection.all(_NEXT_IDS, number=number)]
