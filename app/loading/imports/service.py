"""Loads histories from another system, a dossier a line; what breaks a rule is set aside with the reason."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
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
from app.dossiers.queries import Dossier
from app.loading.bulk.history import History, write
from app.loading.bulk.pacing import beside, seldom_collecting
from app.loading.imports.lines import Candidate, RawLine, candidate, line_at, raw_lines
from app.loading.imports.outcomes import Outcome, Rejects, Summary, counted, disagreement_of, rejected
from app.loading.imports.replay import Continued, continued, told
from app.rollups.roll_up import MANY, roll_up_all

__all__ = ["Summary", "import_file"]

# Lines per transaction: this much is done again after an interruption.
_BATCH = 500
# Lines after which what they count is folded.
_FOLDED = 20_000
Progress = Callable[[int, int], None]


async def import_file(
    database: Database,
    path: Path,
    *,
    now: datetime,
    rejects: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Loads the file's lines in batches, each committed; running it again loads nothing twice (contract, Import).

    `rejects` is written anew, by default beside the file. With `dry_run` each batch is undone: what is wrong is found,
    nothing is kept. Raises Invalid `rejects_is_input`, OSError for files that cannot be read or written.
    """
    target = rejects or path.with_name(f"{path.name}.rejects")
    if target.exists() and target.samefile(path):
        raise Invalid("rejects_is_input", "The rejects file would overwrite the file to import.")
    loader = _Loader(database, now, dry_run)
    with Rejects(target) as file, seldom_collecting():
        summary, total = Summary(), sum(1 for _line in raw_lines(path))
        lines = _lines(path)
        batch = list(islice(lines, _BATCH))
        while batch:
            outcomes, following = await beside(database, loader.load(batch), lambda: islice(lines, _BATCH))
            summary = counted(summary, outcomes)
            file.write(outcomes)
            if summary.lines % _FOLDED < len(outcomes):
                await roll_up_all(database, MANY)
            if progress:
                progress(summary.lines, total)
            batch = following
    await roll_up_all(database, MANY)
    return replace(summary, rejects=target) if summary.rejected else summary


def _lines(path: Path) -> Iterator["Candidate | Outcome"]:
    """The lines, read: those with a code first, so that no code issued to another stands in their way."""
    later: list[tuple[int, int]] = []
    for line in raw_lines(path):
        one = _read(line)
        if isinstance(one, Candidate) and one.code is None:
            later.append((line.number, line.offset))
        else:
            yield one
    with path.open("rb") as file:
        for number, offset in later:
            yield _read(line_at(file, number, offset))


def _read(line: RawLine) -> "Candidate | Outcome":
    try:
        return candidate(line)
    except DomainError as refusal:
        return rejected(line.number, line.raw, refusal)


class _Undone(Exception):
    """Takes a dry run's batch back."""


class _Loader:
    """Loads batches one after the other."""

    def __init__(self, database: Database, now: datetime, dry_run: bool) -> None:
        self._database = database
        self._now = now
        self._dry_run = dry_run
        self._references = ReferenceCache()
        self._unknown_years: set[int] = set()

    async def load(self, lines: Sequence["Candidate | Outcome"]) -> list[Outcome]:
        """What became of each line, once it is committed."""
        unreadable = [one for one in lines if isinstance(one, Outcome)]
        return [*unreadable, *await self._load([one for one in lines if isinstance(one, Candidate)])]

    async def _load(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        try:
            return await self._with_calendars(candidates)
        except (IntegrityFailed, ValueOutOfRange) as error:
            if len(candidates) > 1:
                # One of them met what somebody else wrote meanwhile: alone it harms no other.
                return [outcome for one in candidates for outcome in await self._load([one])]
            refusal = Invalid("not_storable", f"The database refuses it: {error}")
            return [rejected(one.number, one.raw, refusal) for one in candidates]

    async def _with_calendars(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        while True:
            try:
                return await self._in_transaction(candidates)
            except CalendarMissing as missing:
                try:
                    years = years_to_present(missing.year, local_date(self._now).year)
                    async with self._database.writing() as connection:
                        await provide_years(connection, years, self._now)
                except Invalid:
                    self._unknown_years.add(missing.year)

    async def _in_transaction(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with suppress(_Undone):
            async with self._database.writing() as connection:
                await shared_guard(connection)
                reference = await self._references.current(connection)
                outcomes = await _Batch(connection, reference, self._now, self._unknown_years).load(candidates)
                if self._dry_run:
                    # What the database would refuse, it shall refuse now.
                    await connection.flush()
                    raise _Undone
        return outcomes


class _Batch:
    """The lines of one transaction."""

    def __init__(self, connection: Connection, reference: Reference, now: datetime, unknown_years: set[int]) -> None:
        self._connection = connection
        self._reference = reference
        self._now = now
        self._unknown_years = unknown_years
        self._known: dict[tuple[str, ...], str] = {}
        self._new: list[tuple[Candidate, History]] = []
        self._claimed: set[tuple[str, ...]] = set()
        self._outcomes: list[Outcome] = []

    async def load(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        self._known = await _known(self._connection, candidates)
        for one in candidates:
            if not self._claimed.isdisjoint(one.keys):
                await self._write()  # an earlier line of the batch is the same dossier
            try:
                await self._take(one)
            except CalendarMissing as missing:
                if missing.year not in self._unknown_years:
                    raise
                self._outcomes.append(rejected(one.number, one.raw, missing))
            except DomainError as refusal:
                self._outcomes.append(rejected(one.number, one.raw, refusal))
        await self._write()
        return self._outcomes

    async def _take(self, one: Candidate) -> None:
        codes = {self._known[key] for key in one.keys if key in self._known}
        if not codes:
            self._new.append((one, told(self._reference, one, self._now)))
            self._claimed |= one.keys
            return
        if len(codes) > 1:
            raise Invalid("dossiers_differ", f"The line names several dossiers: {', '.join(sorted(codes))}.")
        found = await continued(self._connection, self._reference, one, codes.pop(), self._now)
        await self._continue(one, found)

    async def _continue(self, one: Candidate, found: Continued) -> None:
        written: Dossier | None = None
        for step in found.steps:
            # What was written has the hash that the next entry follows.
            before = written or step.before
            if step.journal is None:
                written = await recording.record(self._connection, before, step.after, step.recorded)
            else:
                written = await recording.record_correction(
                    self._connection, before, step.after, step.recorded, step.journal
                )
        kind = "continued" if found.steps else "unchanged"
        state = found.dossier.state
        self._outcomes.append(
            Outcome(one.number, kind, found.dossier.code, disagreement_of(one, found.dossier.code, state))
        )

    async def _write(self) -> None:
        codes = await write(self._connection, [history for _one, history in self._new])
        for (one, history), code in zip(self._new, codes, strict=True):
            self._known |= dict.fromkeys([*one.keys, (code,)], code)
            self._outcomes.append(Outcome(one.number, "loaded", code, disagreement_of(one, code, history.states[-1])))
        self._new, self._claimed = [], set()


_BY_CODE = Prepared(select(dossiers.c.code).where(dossiers.c.code.in_(bindparam("codes", expanding=True))))
_BY_EXTERNAL = Prepared(
    select(externals.c.system, externals.c.code, dossiers.c.code.label("dossier"))
    .join(dossiers, dossiers.c.id == externals.c.dossier_id)
    .where(externals.c.code.in_(bindparam("codes", expanding=True)))
)


async def _known(connection: Connection, candidates: Sequence[Candidate]) -> dict[tuple[str, ...], str]:
    """The codes of the dossiers that are here already, by the keys of the lines that name them."""
    known: dict[tuple[str, ...], str] = {}
    codes = [one.code for one in candidates if one.code is not None]
    if codes:
        for row in await connection.all(_BY_CODE, codes=codes):
            known[row.code,] = row.code
    elsewhere = [code for one in candidates for _system, code in one.externals]
    if elsewhere:
        for row in await connection.all(_BY_EXTERNAL, codes=elsewhere):
            known[row.system, row.code] = row.dossier
    return known
