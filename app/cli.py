"""Commands of `motcua`: each calls a service and prints its result."""

# Each worker of `serve` imports this module. Commands import large modules such as the simulation themselves, which
# saves the workers time and memory.
# ruff: noqa: PLC0415

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from logging.config import dictConfig
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from app import clock
from app.audit.export.commands import export_command
from app.audit.seals.commands import seal_command, seal_key
from app.commands import shown_progress
from app.database import Database, DatabaseDamaged, DatabaseUnavailable, IntegrityFailed, open_database, schema
from app.database.address import address_of, database_url
from app.database.readiness import require_figures, require_own_schema, require_schema
from app.domain.errors import DomainError
from app.http.logs import log_config
from app.http.server import serve as run_service
from app.identity.access_log.commands import access_log_command
from app.identity.persons.commands import administrator_commands
from app.identity.sso.commands import sso_commands
from app.identity.tokens.commands import token_commands
from app.ledger.commands import ledger_commands
from app.ledger.commands_run import admit_keys_on_record, record_command, recorded
from app.loading.reference.commands import reference_commands
from app.notifications.delivery.commands import work_command
from app.notifications.reminders.commands import remind_command
from app.operations.keys.commands import keys_commands
from app.operations.person.commands import person_commands
from app.operations.purge.commands import purge_command
from app.operations.resume.commands import resume_command
from app.operations.witness.commands import witness_command
from app.regions.commands import region_commands
from app.settings import Settings, keys_of, timestamp_roots_of
from app.slips.commands import slip_commands

T = TypeVar("T")

commands = typer.Typer(
    name="motcua",
    help="Tracks administrative dossiers in Vietnamese one-stop shops. Settings are MOTCUA_… environment variables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
seeds = typer.Typer(help="Load reference data.", no_args_is_help=True)
commands.add_typer(seeds, name="seed")

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def main() -> None:
    """Run the command line. Exit status: 0, 1 after a refusal or failure, 2 after a wrong call."""
    # A terminal without UTF-8 must not end a command that prints a Vietnamese name.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        commands()
    except DomainError as error:
        _fail(f"{error.detail} ({error.code})")
    except DBAPIError as error:
        _fail(str(error.orig))
    except (
        DatabaseDamaged,
        DatabaseUnavailable,
        IntegrityFailed,
        OSError,
        asyncpg.PostgresError,
        sqlite3.Error,
    ) as error:
        _fail(str(error))
    except ValidationError as error:
        _fail("; ".join(f"{_variable(field['loc'])}: {field['msg']}" for field in error.errors()), status=2)


@commands.command()
def migrate(
    plan: Annotated[bool, typer.Option("--plan", help="Print what would be locked; change nothing.")] = False,
) -> None:
    """Upgrade the database schema to this version; recount the figures if the new version needs it."""
    from app.ledger.adoption import begin
    from app.operations.recount.service import recount_if_due

    settings = _settings()
    if plan:
        _print_plan(settings.database_url)
        return
    revision = schema.current(settings.database_url)
    if revision is not None and not schema.is_known(revision):
        _with_database(_nothing, whole=False)  # refuses a schema that does not bear this version
        typer.echo(f"The schema is at {revision}, which is newer than this version and bears it.")
        return
    schema.upgrade(settings.database_url, keys=keys_of(settings))
    if revision != schema.head():
        _record("migrate", {"from": revision, "to": schema.head()})
    typer.echo(f"The schema is at {schema.head()}.")
    counted = _with_database(lambda database: recount_if_due(database, shown_progress()), whole=False, own=True)
    if counted is not None:
        typer.echo(f"The figures of {counted} dossiers were recounted.")
    if adopted := _with_database(lambda database: begin(database, clock.now()), own=True):
        typer.echo(f"The ledger took over {adopted} rows.")


def _print_plan(url: str) -> None:
    from app.database.migration_plan import lines

    path = _sqlite_file(url)
    pending = schema.chain() if path is not None and not path.exists() else schema.pending(url)
    for line in lines(pending, sqlite=path is not None):
        typer.echo(line)
    if not pending:
        typer.echo("No migration is pending.")


@seeds.command("bac-tra-my")
def seed_bac_tra_my_command() -> None:
    """Load units, calendars and procedures of Bắc Trà My. A second run changes nothing."""
    from app.loading.reference.service import add_departments, seed_bac_tra_my

    added = _with_database(lambda database: seed_bac_tra_my(database, clock.now()))
    departments = _with_database(lambda database: add_departments(database, clock.now()))
    typer.echo(
        f"Bắc Trà My: {added.units} units, {departments} departments, {added.catalogues} catalogues,"
        f" {added.procedures} procedures and the calendars of {added.calendar_years} years were added."
    )


@commands.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Number of processes.")] = 1,
) -> None:
    """Run the service."""
    # Before the database is opened, so that a warning about it has the form of all other lines.
    dictConfig(log_config(_settings()))
    try:
        _with_database(_admit)  # fails once here, not in each worker
    except DatabaseUnavailable as error:
        if not _settings().read_database_url:
            raise
        typer.echo(f"motcua: {error}; a replica answers reading until the primary is back", err=True)
    run_service(_settings(), host=host, port=port, workers=workers)


@commands.command()
def demo(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve a new temporary database: the real units, a simulated year of dossiers, a token for each role."""
    from app.loading import demo as demonstration

    demonstration.run(host=host, port=port)


@commands.command("import")
def import_history(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="NDJSON, CSV or XLSX, one dossier a row.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="TOML file for CSV and XLSX.")
    ] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Print a draft of the mapping for a CSV or XLSX; import nothing.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count only; store nothing.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(dir_okay=False, writable=True, help="File for rejected lines.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Offset of times without one, like +07:00. Otherwise they are refused.")
    ] = None,
    date_time: Annotated[str, typer.Option(help="Hour of dates alone.")] = "08:00",
    encoding: Annotated[
        Literal["utf-8", "utf-16", "windows-1258", "tcvn3", "vni"] | None,
        typer.Option(help="Encoding of the file, or old font of its letters. Otherwise it is found."),
    ] = None,
) -> None:
    """Import dossiers with their history from another system. A second run imports nothing twice."""
    from app.loading.cells.dates import DateForms, hour_from, zone_from
    from app.loading.imports.service import Summary, import_file
    from app.loading.imports.sources import Options
    from app.loading.proposals.service import propose as draft
    from app.loading.tables.mapping import read_mapping

    if propose:
        typer.echo(_with_database(lambda database: draft(database, file, encoding)), nl=False)
        return
    forms = DateForms(zone_from(time_zone) if time_zone else None, hour_from(date_time))
    options = Options(forms, encoding, read_mapping(mapping) if mapping else None)

    def work(database: Database) -> Awaitable[Summary]:
        return import_file(
            database,
            file,
            now=clock.now(),
            responsible_codes_from=_settings().responsible_codes_from,
            rejects=rejects,
            dry_run=dry_run,
            progress=shown_progress(),
            options=options,
        )

    details = {"file": file.name}
    typer.echo(str(_with_sealed(work if dry_run else recorded("import", details, work, clock.now()))))


@commands.command()
def simulate(
    dossiers: Annotated[int, typer.Option(min=1, max=10_000_000, help="Number of dossiers.")],
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of reception.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of reception.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same dossiers.")] = 1,
) -> None:
    """Add synthetic dossiers for demonstrations and benchmarks."""
    from app.loading.simulation.service import Summary
    from app.loading.simulation.service import simulate as run

    if start > end:
        raise typer.BadParameter("--from is later than --to.")

    def work(database: Database) -> Awaitable[Summary]:
        first, last = start.date(), end.date()
        now = clock.now()
        return run(database, dossiers=dossiers, start=first, end=last, seed=seed, now=now, progress=shown_progress())

    details = {"dossiers": dossiers, "seed": seed}
    summary = _with_sealed(recorded("simulate", details, work, clock.now()))
    typer.echo(f"{summary.dossiers} dossiers with {summary.entries} entries.")


@commands.command()
def verify(
    seals: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Seals stored elsewhere, as printed by `motcua seal --all`."),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Number of processes that replay journals.")] = 1,
    backup_file: Annotated[
        Path | None, typer.Option("--from", exists=True, dir_okay=False, help="Verify this backup instead; it stays.")
    ] = None,
) -> None:
    """Replay every journal, recount every figure, check every seal. Differences are listed; exit status 1."""
    from app.audit.seals.lines import read_saved
    from app.audit.verification.service import notes, unchecked
    from app.audit.verification.service import verify as run
    from app.operations.backups.copies import copied, is_sqlite
    from app.operations.backups.postgresql import how_to_verify

    saved = read_saved(seals) if seals else None
    roots = timestamp_roots_of(_settings())
    if backup_file is not None and not is_sqlite(backup_file):
        _fail(how_to_verify(backup_file))
    with nullcontext() if backup_file is None else copied(backup_file) as url:
        for note in (
            *_with_sealed(lambda database: notes(database, saved, roots), url=url),
            *_with_database(unchecked, url=url),
        ):
            typer.echo(note)
        work = partial(run, progress=shown_progress(), saved_seals=saved, processes=processes, timestamp_roots=roots)
        differences = _with_sealed(work, own=True, url=url)
    for difference in differences:
        typer.echo(str(difference), err=True)
    if differences:
        _fail(f"{len(differences)} differences.")
    typer.echo("No differences: journals, figures and seals agree.")


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Path of the backup.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Back up the SQLite database while the service runs. On PostgreSQL: print the pg_dump command."""
    from app.operations.backups import backup as taking
    from app.operations.backups import postgresql

    url = _settings().database_url
    path = _sqlite_file(url) or _fail(postgresql.how_to_take(url, file))
    _require_file(url)
    _record_if_possible("backup", {"file": file.name})
    size = taking.take(path, file, force=force)
    typer.echo(f"The database was copied to {file}, {size:,} bytes. The copy passed its check.")


@commands.command()
def restore(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="File written by `motcua backup`.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the existing database.")] = False,
    replay: Annotated[bool, typer.Option("--verify", help="Replay every journal of the backup first.")] = False,
) -> None:
    """Restore the SQLite database; stop the service first. On PostgreSQL: print the pg_restore command."""
    from app.operations.backups import postgresql
    from app.operations.backups import restore as restoring

    url = _settings().database_url
    path = _sqlite_file(url) or _fail(postgresql.how_to_restore(url, file))
    keys = keys_of(_settings())
    revision = restoring.restore(file, path, force=force, keys=keys if replay else None, progress=shown_progress())
    _record_if_possible("restore", {"file": file.name, "schema": revision})
    due = "" if revision == schema.head() else ", an earlier version: run `motcua migrate`"
    typer.echo(f"The database was restored from {file}; its schema is at {revision}{due}.")
    typer.echo("If the service worked after this backup, run `motcua resume` before it starts.")


@commands.command()
def recount() -> None:
    """Recount all figures from the journals beside the service. A second run goes on where the first was broken off."""
    from app.operations.recount.service import recount as run

    work = recorded("recount", {}, lambda database: run(database, shown_progress()), clock.now())
    counted = _with_database(work, whole=False, own=True)
    typer.echo(f"The figures of {counted} dossiers were recounted.")


def _variable(path: tuple[int | str, ...]) -> str:
    return f"MOTCUA_{'_'.join(map(str, path)).upper()}"


def _settings(url: str | None = None) -> Settings:
    """The settings, with the database at `url` instead of theirs."""
    settings = Settings() if url is None else Settings(database_url=url)
    try:
        parsed = database_url(settings.database_url)
        if parsed.get_backend_name() == "postgresql":
            address_of(settings.database_url)
    except ValueError as error:
        _fail(f"MOTCUA_DATABASE_URL {error}.", status=2)
    if parsed.get_backend_name() not in ("sqlite", "postgresql") or parsed.database in (None, "", ":memory:"):
        _fail("MOTCUA_DATABASE_URL must be sqlite:///FILE or postgresql://…/NAME.", status=2)
    return settings


def _with_database(
    work: Callable[[Database], Awaitable[T]], *, whole: bool = True, own: bool = False, url: str | None = None
) -> T:
    """Runs `work` on the database. Requires a schema that this version can use, with `own` its newest.

    Requires counted figures too, with `whole`.
    """
    settings = _settings(url)
    _require_file(settings.database_url)

    async def run() -> T:
        database = await open_database(
            settings.database_url, keys=keys_of(settings), statement_cache=settings.statement_cache
        )
        try:
            async with database.reading() as connection:
                await (require_own_schema if own else require_schema)(connection)
                if whole:
                    await require_figures(connection)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def _admit(database: Database) -> None:
    await admit_keys_on_record(database, clock.now())


async def _nothing(_database: Database) -> None:
    """For the checks of `_with_database` alone."""


def _with_sealed(work: Callable[[Database], Awaitable[T]], *, own: bool = False, url: str | None = None) -> T:
    """Runs `work` as `_with_database` does, after a check of the keys: for work on personal data."""

    async def admitted(database: Database) -> T:
        await _admit(database)
        return await work(database)

    return _with_database(admitted, own=own, url=url)


def _record(command: str, details: Mapping[str, Any]) -> None:
    _with_database(lambda database: record_command(database, command, details, clock.now()), whole=False)


def _record_if_possible(command: str, details: Mapping[str, Any]) -> None:
    """As `_record`, but a full disk or an old schema stops no backup."""
    try:
        _record(command, details)
    except (DomainError, DatabaseUnavailable) as error:
        typer.echo(f"motcua: the ledger does not have this {command}: {error}", err=True)


def _require_file(url: str) -> None:
    """Refuses a missing SQLite file: opening would create it, and only `migrate` may."""
    path = _sqlite_file(url)
    if path is not None and not path.exists():
        _fail(f"There is no database at {path}: run `motcua migrate`.")


def _sqlite_file(url: str) -> Path | None:
    parsed = database_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def _fail(message: str, status: int = 1) -> NoReturn:
    typer.echo(f"motcua: {' '.join(message.split())}", err=True)
    sys.exit(status)


commands.add_typer(token_commands(_with_database), name="token")
commands.add_typer(sso_commands(), name="sso")
commands.add_typer(administrator_commands(_with_database), name="administrator")
commands.add_typer(slip_commands(), name="slips")
commands.add_typer(reference_commands(_with_database), name="reference")
commands.command("remind")(remind_command(_with_database))
commands.command("work")(work_command(_with_database))
commands.command("seal")(seal_command(_with_database))
commands.command("seal-key")(seal_key)
commands.command("witness")(witness_command(_with_database))
commands.add_typer(ledger_commands(_with_database), name="ledger")
commands.command("export")(export_command(_with_database))
commands.add_typer(keys_commands(_with_database), name="keys")
commands.command("purge")(purge_command(_with_database))
commands.add_typer(person_commands(_with_sealed), name="person")
commands.command("access-log")(access_log_command(_with_database))
commands.command("resume")(resume_command(_with_sealed))
commands.add_typer(region_commands(), name="regions")
