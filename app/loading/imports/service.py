"""Imports histories from another system, one dossier a line. Lines that break a rule go to a file of rejects."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import bindparam, select

from app.catalogue.cache import Reference, ReferenceCache
from app.catalogue.exclusion import shared_guard
from app.catalogue.provisional import provide_years, years_to_present
from app.database import Connection, Database, IntegrityFailed, Prepared, ValueOutOfRange
from app.database.tables import dossiers, externals
from app.domain.errors import DomainError, Invalid
from app.domain.localtime import local_date
from app.domain.working_days import CalendarMissing
from app.dossiers import recording
from app.dossiers.externals import pair_key
from app.dossiers.queries import Dossier
from app.dossiers.rows import EntryRecord
from app.loading.bulk.history import History, write
from app.loading.bulk.pacing import overlap, rare_collections
from app.loading.cells.dates import DateForms
from app.loading.cells.records import Record
from app.loading.imports.events import COUNTED
from app.loading.imports.lines import Candidate, candidate
from app.loading.imports.outcomes import Outcome, Summary, add_outcomes, disagreement_of, rejection_outcome
from app.loading.imports.rejections import Rejects
from app.loading.imports.replay import Continuation, continuation, new_history
from app.loading.imports.sources import Options, Source, source_of
from app.loading.imports.suggestions import Suggestions
from app.rollups.roll_up import MANY, roll_up_all

__all__ = ["Summary", "import_file"]

# Lines per transaction, which are repeated after an interruption.
_BATCH = 500
# Lines after which a roll-up follows.
_ROLL_UP_EVERY = 20_000
Progress = Callable[[int, int], None]


async def import_file(
    database: Database,
    path: Path,
    *,
    now: datetime,
    responsible_codes_from: date | None = None,
    rejects: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    options: Options | None = None,
) -> Summary:
    """Imports the lines in batches, each committed. A repeated import loads nothing twice (contract, Import).

    `rejects` is overwritten; by default it stands beside the file. With `dry_run` each batch is rolled back, so errors
    are reported and nothing is stored. `responsible_codes_from` as in `unit_in_front`. Raises Invalid
    `rejects_is_input`, and OSError for unusable files.
    """
    target = rejects or path.with_name(f"{path.name}.rejects")
    if target.exists() and target.samefile(path):
        raise Invalid("rejects_is_input", "The rejects file would overwrite the file to import.")
    loader = _Loader(database, now, responsible_codes_from, dry_run)
    with closing(source_of(path, options or Options())) as source, Rejects(target) as file, rare_collections():
        summary, total = Summary(), source.count()
        lines = _lines(source)
        batch = list(islice(lines, _BATCH))
        while batch:
            outcomes, following = await overlap(database, loader.load(batch), lambda: islice(lines, _BATCH))
            summary = add_outcomes(summary, outcomes)
            file.write([outcome.rejection for outcome in outcomes if outcome.rejection])
            if summary.lines % _ROLL_UP_EVERY < len(outcomes):
                await roll_up_all(database, MANY)
            if progress:
                progress(summary.lines, total)
            batch = following
        if progress and summary.lines != total:
            # Rows that are no dossiers are counted too.
            progress(total, total)
        summary = replace(summary, notes=source.notes(), rejects=target if summary.rejected else None)
    await roll_up_all(database, MANY)
    return summary


def _lines(source: Source) -> Iterator["Candidate | Outcome"]:
    """The validated lines: those with a code first, so that no issued code takes theirs."""
    later: set[int] = set()
    for record in source.records():
        parsed = _parse(record, source.forms)
        if source.has_codes and isinstance(parsed, Candidate) and parsed.code is None:
            later.add(record.number)
        else:
            yield parsed
    if later:
        for record in source.records(later):
            yield _parse(record, source.forms)


def _parse(record: Record, forms: DateForms) -> "Candidate | Outcome":
    try:
        return candidate(record, forms)
    except DomainError as refusal:
        return rejection_outcome(record, refusal)


class _DryRun(Exception):
    """Rolls back the batch of a dry run."""


class _Loader:
    """Loads batches in sequence."""

    def __init__(self, database: Database, now: datetime, responsible_codes_from: date | None, dry_run: bool) -> None:
        self._database = database
        self.now = now
        self.responsible_codes_from = responsible_codes_from
        self._dry_run = dry_run
        self._references = ReferenceCache()
        self.unknown_years: set[int] = set()
        self._suggested: Suggestions | None = None

    async def load(self, lines: Sequence["Candidate | Outcome"]) -> list[Outcome]:
        """The outcomes of the lines, after the commit."""
        unreadable = [line for line in lines if isinstance(line, Outcome)]
        return [*unreadable, *await self._load([line for line in lines if isinstance(line, Candidate)])]

    async def _load(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        try:
            return await self._with_calendars(candidates)
        except (IntegrityFailed, ValueOutOfRange) as error:
            if len(candidates) > 1:
                # One line conflicts with a concurrent write. Load each line alone, so that only that one is rejected.
                return [outcome for line in candidates for outcome in await self._load([line])]
            refusal = Invalid("not_storable", f"The database refused the line: {error}")
            return [rejection_outcome(line.record, refusal) for line in candidates]

    async def _with_calendars(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        while True:
            try:
                return await self._in_transaction(candidates)
            except CalendarMissing as missing:
                try:
                    years = years_to_present(missing.year, local_date(self.now).year)
                    async with self._database.writing() as connection:
                        await provide_years(connection, years, self.now)
                except Invalid:
                    self.unknown_years.add(missing.year)

    def suggestions(self, reference: Reference) -> Suggestions:
        """The codes that a refused value may mean, made once for a reference."""
        if self._suggested is None or self._suggested.revision != reference.revision:
            self._suggested = Suggestions(reference)
        return self._suggested

    async def _in_transaction(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with suppress(_DryRun):
            async with self._database.writing() as connection:
                await shared_guard(connection)
                reference = await self._references.current(connection)
                batch = _Batch(connection, reference, self)
                outcomes = await batch.load(candidates)
                if self._dry_run:
                    # Flush, so that the database reports its errors before the rollback.
                    await connection.flush()
                    raise _DryRun
        return outcomes


class _Batch:
    """The lines of one transaction."""

    def __init__(self, connection: Connection, reference: Reference, loader: _Loader) -> None:
        self._connection = connection
        self._reference = reference
        self._suggestions = loader.suggestions(reference)
        self._now = loader.now
        self._responsible_codes_from = loader.responsible_codes_from
        self._unknown_years = loader.unknown_years
        self._code_by_key: dict[tuple[str, ...], str] = {}
        self._new: list[tuple[Candidate, History]] = []
        self._claimed: set[tuple[str, ...]] = set()
        self._outcomes: list[Outcome] = []

    async def load(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        self._code_by_key = await _stored_codes(self._connection, candidates)
        for line in candidates:
            if not self._claimed.isdisjoint(line.keys):
                await self._write()  # an earlier line of the batch is the same dossier
            try:
                await self._add(line)
            except CalendarMissing as missing:
                if missing.year not in self._unknown_years:
                    raise
                self._outcomes.append(rejection_outcome(line.record, missing))
            except DomainError as refusal:
                value = line.record.value(str(refusal.extra.get("pointer", "")))
                suggestion = self._suggestions.for_value(refusal.code, value)
                self._outcomes.append(rejection_outcome(line.record, refusal, suggestion))
        await self._write()
        return self._outcomes

    async def _add(self, line: Candidate) -> None:
        codes = {self._code_by_key[key] for key in line.keys if key in self._code_by_key}
        if not codes:
            history = new_history(self._reference, line, self._now, self._responsible_codes_from)
            self._new.append((line, history))
            self._claimed |= line.keys
            return
        if len(codes) > 1:
            raise Invalid("dossiers_differ", f"The line names several dossiers: {', '.join(sorted(codes))}.")
        await self._continue(line, await continuation(self._connection, self._reference, line, codes.pop(), self._now))

    async def _continue(self, line: Candidate, continued: Continuation) -> None:
        written: Dossier | None = None
        for step in continued.steps:
            # The written dossier has the hash that the next entry continues.
            before = written or step.before
            if step.journal is None:
                written = await recording.record(self._connection, before, step.after, step.recorded)
            else:
                written = await recording.record_correction(
                    self._connection, before, step.after, step.recorded, step.journal
                )
        kind = "continued" if continued.steps else "unchanged"
        dossier = continued.dossier
        disagreement = disagreement_of(line, dossier.code, dossier.state)
        flags = _flags_of(step.recorded for step in continued.steps)
        self._outcomes.append(Outcome(line.record, kind, dossier.code, disagreement, flags=flags))

    async def _write(self) -> None:
        codes = await write(self._connection, [history for _line, history in self._new], self._now)
        for (line, history), code in zip(self._new, codes, strict=True):
            self._code_by_key |= dict.fromkeys([*line.keys, (code,)], code)
            disagreement = disagreement_of(line, code, history.states[-1])
            flags = _flags_of(history.recorded)
            self._outcomes.append(Outcome(line.record, "loaded", code, disagreement, flags=flags))
        self._new, self._claimed = [], set()


def _flags_of(recorded: Iterable[EntryRecord]) -> frozenset[str]:
    """The flags of a line that the summary counts."""
    return frozenset(flag for record in recorded for flag in record.entry.data.get("flags", ()) if flag in COUNTED)


_BY_CODE = Prepared(select(dossiers.c.code).where(dossiers.c.code.in_(bindparam("codes", expanding=True))))
_BY_EXTERNAL = Prepared(
    select(externals.c.system, externals.c.code, dossiers.c.code.label("dossier"))
    .join(dossiers, dossiers.c.id == externals.c.dossier_id)
    .where(externals.c.code_key.in_(bindparam("keys", expanding=True)))
    .order_by(externals.c.system_key.is_(None).desc())
)


async def _stored_codes(connection: Connection, candidates: Sequence[Candidate]) -> dict[tuple[str, ...], str]:
    """The codes of stored dossiers that the lines name, by their keys."""
    stored: dict[tuple[str, ...], str] = {}
    codes = [line.code for line in candidates if line.code is not None]
    if codes:
        for row in await connection.all(_BY_CODE, codes=codes):
            stored[row.code,] = row.code
    keys = [pair_key(pair)[1] for line in candidates for pair in line.externals]
    if keys:
        # The last one wins: the dossier that has the code before its twins.
        for row in await connection.all(_BY_EXTERNAL, keys=keys):
            stored[pair_key((row.system, row.code))] = row.dossier
    return stored
