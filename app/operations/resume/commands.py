"""Command `motcua resume`: for operators who restored a register to a moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app import clock
from app.audit.seals.lines import read_saved
from app.commands import WithDatabase
from app.domain.errors import Invalid
from app.domain.localtime import TZ
from app.operations.resume.outside import read_codes, read_tokens
from app.operations.resume.report import report
from app.operations.resume.service import Request, resume

_MARGIN = 10_000


def resume_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def resume_register(
        after: Annotated[
            str, typer.Option(metavar="TIME", help="The restored moment, as 2026-11-30T14:05:00; local without offset.")
        ],
        margin: Annotated[
            int,
            typer.Option(min=0, max=99_000, help="More codes than an agency gave after TIME for one day."),
        ] = _MARGIN,
        codes: Annotated[
            Path | None, typer.Option(exists=True, dir_okay=False, help="Codes known outside, one on each line.")
        ] = None,
        keep_token: Annotated[
            list[int] | None, typer.Option(min=1, metavar="ID", help="Token that stays valid; may be repeated.")
        ] = None,
        tokens: Annotated[
            Path | None,
            typer.Option(exists=True, dir_okay=False, help="Tokens that stay: a saved `motcua token list --active`."),
        ] = None,
        seals: Annotated[
            Path | None, typer.Option(exists=True, dir_okay=False, help="Seals stored elsewhere, as for `verify`.")
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Resume despite records after TIME.")] = False,
    ) -> None:
        """After a restore to a moment: lift the codes, revoke tokens, list what is lost. Stop the service first."""
        request = Request(
            after=_moment(after),
            margin=margin,
            codes=read_codes(codes) if codes else (),
            keep=keep_token or (),
            tokens=read_tokens(tokens) if tokens else (),
            seals=read_saved(seals) if seals else (),
            force=force,
        )
        result = with_database(lambda database: resume(database, request, clock.now()))
        for line in report(result):
            typer.echo(line)

    return resume_register


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=TZ)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Invalid("time_invalid", f"{text!r} is not a time as 2026-11-30T14:05:00.") from None
