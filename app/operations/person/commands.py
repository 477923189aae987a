"""Command `motcua person export`: for operators who answer the request of a person to see their data."""

from pathlib import Path
from typing import Annotated

import typer

from app import clock
from app.commands import WithDatabase
from app.domain.codes import normalise_code
from app.operations.person.matching import ByDossier, ByNumber, Identification
from app.operations.person.service import export


def person_commands(with_database: WithDatabase) -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Answer requests of persons about their data.", no_args_is_help=True)

    @group.callback()
    def person() -> None:
        """Answer requests of persons about their data."""

    @group.command("export")
    def export_person(
        file: Annotated[Path, typer.Argument(dir_okay=False, help="Path of the JSON file.")],
        identity_number: Annotated[
            str | None, typer.Option(help="Identity number. Without it and --dossier, the command asks for it.")
        ] = None,
        dossier: Annotated[
            str | None, typer.Option(help="Code of a dossier that names the person, instead of the identity number.")
        ] = None,
        name: Annotated[
            str | None, typer.Option(help="Name in the dossier. With --dossier the command asks for it.")
        ] = None,
        phone: Annotated[
            str | None, typer.Option(help="Telephone in the dossier. With --dossier the command asks for it.")
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    ) -> None:
        """Write all that is kept of one person to a file. Each dossier in it is recorded in the access log."""
        person = _identification(identity_number, dossier, name, phone)
        number = with_database(lambda database: export(database, person, file, clock.now(), force=force))
        written = "1 dossier was" if number == 1 else f"{number} dossiers were"
        typer.echo(f"{written} written to {file}. Read the free texts before you hand it over.")

    return group


def _identification(number: str | None, dossier: str | None, name: str | None, phone: str | None) -> Identification:
    """The person of the options; what is missing is asked for, so that it need not be in the shell's history."""
    if dossier is not None:
        if number is not None:
            raise typer.BadParameter("Give --identity-number or --dossier, not both.")
        asked = (value or typer.prompt(label) for label, value in (("Name", name), ("Telephone", phone)))
        return ByDossier(normalise_code(dossier), *asked)
    if name is not None or phone is not None:
        raise typer.BadParameter("--name and --phone go with --dossier.")
    return ByNumber(number or typer.prompt("Identity number"))
