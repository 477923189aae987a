"""The motcua commands, each a few lines over the services."""

# Whoever serves with several workers starts this module again in each of them: what only single commands need (the
# simulation, the import, the verification) is imported by these commands, to spare the workers the time and the memory.
# ruff: noqa: PLC0415

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app import clock
from app.audit.seals.commands import seal_command
from app.commands import shown_progress
from app.database import Database, DatabaseUnavailable, IntegrityFailed, open_database, schema
from app.database.readiness import admit_keys, require_figures, require_schema
from app.domain.errors import DomainError
from app.http.server import serve as run_service
from app.identity.access_log.commands import access_log_command
from app.identity.tokens.commands import token_commands
from app.notifications.delivery.commands import work_command
from app.notifications.reminders.commands import remind_command
from app.operations.keys.commands import keys_commands
from app.operations.purge.commands import purge_command
from app.settings import Settings, keys_of
from app.slips.commands import slip_commands

T = TypeVar("T")

commands = typer.Typer(
    name="motcua",
    help="Administrative dossiers at Vietnamese one-stop shops. Settings come from the environment (MOTCUA_…).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
seeds = typer.Typer(help="Load reference data.", no_args_is_help=True)
commands.add_typer(seeds, name="seed")

Host = Annotated[str, typer.Option(help="Address to listen at.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")]


def main() -> None:
    """Run the command line: exit status 0, 1 for what was refused or failed, 2 for a wrong call."""
    # Of whatever encoding the terminal is: Vietnamese names must not end a command.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        commands()
    except DomainError as error:
        _fail(f"{error.detail} ({error.code})")
    except DBAPIError as error:
        _fail(str(error.orig))
    except (DatabaseUnavailable, IntegrityFailed, OSError, asyncpg.PostgresError, sqlite3.Error) as error:
        _fail(str(error))
    except ValidationError as error:
        wrong = "; ".join(f"MOTCUA_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        _fail(wrong, status=2)


@commands.command()
def migrate() -> None:
    """Bring the database's schema to this version, and count anew what that made necessary."""
    from app.operations.recount import recount_if_due

    settings = _settings()
    schema.upgrade(settings.database_url, keys=keys_of(settings))
    typer.echo(f"The schema is at {schema.head()}.")
    counted = _with_database(lambda database: recount_if_due(database, shown_progress()), whole=False)
    if counted is not None:
        typer.echo(f"The figures of {counted} dossiers were counted anew.")


@seeds.command("bac-tra-my")
def seed_bac_tra_my_command() -> None:
    """Load units, calendar and procedures of Bắc Trà My; running it again changes nothing."""
    from app.loading.reference.service import seed_bac_tra_my

    added = _with_database(lambda database: seed_bac_tra_my(database, clock.now()))
    typer.echo(
        f"Bắc Trà My: {added.units} units, {added.catalogues} catalogues, {added.procedures} procedures"
        f" and the calendars of {added.calendar_years} years were added."
    )


@commands.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port.")] = 1,
) -> None:
    """Run the service."""
    _with_database(admit_keys)  # refuses here what would fail in each worker
    run_service(_settings(), host=host, port=port, workers=workers)


@commands.command()
def demo(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve a fresh embedded database with the real units, a simulated year, and a token for each role."""
    from app.loading import demo as demonstration

    demonstration.run(host=host, port=port)


@commands.command("import")
def import_history(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="One dossier per line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, store nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(dir_okay=False, writable=True, help="File for refused lines.")] = None,
) -> None:
    """Load dossiers' history from another system's NDJSON file; running it again loads nothing twice."""
    from app.loading.imports.service import Summary, import_file

    def work(database: Database) -> Awaitable[Summary]:
        now = clock.now()
        return import_file(database, file, now=now, rejects=rejects, dry_run=dry_run, progress=shown_progress())

    typer.echo(str(_with_sealed(work)))


@commands.command()
def simulate(
    dossiers: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many.")],
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of receipts.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of receipts.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same dossiers.")] = 1,
) -> None:
    """Add realistic synthetic dossiers, for demonstrations and benchmarks."""
    from app.loading.simulation.service import Summary
    from app.loading.simulation.service import simulate as run

    if start > end:
        raise typer.BadParameter("--from lies after --to.")

    def work(database: Database) -> Awaitable[Summary]:
        first, last = start.date(), end.date()
        now = clock.now()
        return run(database, dossiers=dossiers, start=first, end=last, seed=seed, now=now, progress=shown_progress())

    summary = _with_sealed(work)
    typer.echo(f"{summary.dossiers} dossiers with {summary.entries} entries.")


@commands.command()
def verify(
    seals: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Seals that were kept, as `seal --all` prints.")
    ] = None,
) -> None:
    """Replay every journal, recount every figure, check every seal; exit status 1 and the names of what differs."""
    from app.audit.seals.lines import kept_in
    from app.audit.verification.service import verify as run

    kept = kept_in(seals) if seals else []
    differences = _with_sealed(lambda database: run(database, shown_progress(), kept))
    for difference in differences:
        typer.echo(str(difference), err=True)
    if differences:
        _fail(f"{len(differences)} differences.")
    typer.echo("Every journal, every figure and every seal agrees.")


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where the copy shall be.")],
    force: Annotated[bool, typer.Option("--force", help="Take the place of a file that is there.")] = False,
) -> None:
    """Copy the SQLite database while others write to it; with PostgreSQL, say how its own tool does."""
    from app.operations.backups import backup as taking
    from app.operations.backups import postgresql

    url = _settings().database_url
    path = _sqlite_file(url) or _fail(postgresql.how_to_take(url, file))
    _require_file(url)
    size = taking.take(path, file, force=force)
    typer.echo(f"The database was copied to {file}, {size:,} bytes, and the copy found sound.")


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What backup has written.")],
    force: Annotated[bool, typer.Option("--force", help="Take the place of the database that is there.")] = False,
    replay: Annotated[bool, typer.Option("--verify", help="Replay every journal of it first.")] = False,
) -> None:
    """Make the SQLite database from a backup, unless that is damaged; the service must not be running."""
    from app.operations.backups import postgresql
    from app.operations.backups import restore as restoring

    url = _settings().database_url
    path = _sqlite_file(url) or _fail(postgresql.how_to_restore(url, file))
    keys = keys_of(_settings())
    revision = restoring.restore(file, path, force=force, keys=keys if replay else None, progress=shown_progress())
    due = "" if revision == schema.head() else ", which is not this version's: run `motcua migrate`"
    typer.echo(f"The database was restored from {file}; its schema is at {revision}{due}.")


@commands.command()
def recount() -> None:
    """Make all counts anew from the journals; others wait with their changes until it ends."""
    from app.operations.recount import recount as run

    counted = _with_database(lambda database: run(database, shown_progress()), whole=False)
    typer.echo(f"The figures of {counted} dossiers were counted anew.")


def _settings() -> Settings:
    settings = Settings()
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        _fail("MOTCUA_DATABASE_URL is no URL of a database.", status=2)
    if url.get_backend_name() not in ("sqlite", "postgresql") or url.database in (None, "", ":memory:"):
        _fail("MOTCUA_DATABASE_URL must be sqlite:///FILE or postgresql://…/NAME.", status=2)
    return settings


def _with_database(work: Callable[[Database], Awaitable[T]], *, whole: bool = True) -> T:
    """The result of `work` on the database, which has to be at this version, and `whole`: with its figures counted."""
    settings = _settings()
    _require_file(settings.database_url)

    async def run() -> T:
        database = await open_database(settings.database_url, keys=keys_of(settings))
        try:
            async with database.reading() as connection:
                await require_schema(connection)
                if whole:
                    await require_figures(connection)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _with_sealed(work: Callable[[Database], Awaitable[T]]) -> T:
    """As `_with_database`, for work on personal data: with the keys that the database needs."""

    async def admitted(database: Database) -> T:
        await admit_keys(database)
        return await work(database)

    return _with_database(admitted)


def _require_file(url: str) -> None:
    """Refuses an SQLite file that is not there, which opening it would make; only `migrate` makes one."""
    path = _sqlite_file(url)
    if path is not None and not path.exists():
        _fail(f"There is no database at {path}: run `motcua migrate`.")


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def _fail(message: str, status: int = 1) -> NoReturn:
    typer.echo(f"motcua: {' '.join(message.split())}", err=True)
    sys.exit(status)


commands.add_typer(token_commands(_with_database), name="token")
commands.add_typer(slip_commands(), name="slips")
commands.command("remind")(remind_command(_with_database))
commands.command("work")(work_command(_with_database))
commands.command("seal")(seal_command(_with_database))
commands.add_typer(keys_commands(_with_database), name="keys")
commands.command("purge")(purge_command(_with_database))
commands.command("access-log")(access_log_command(_with_database))
