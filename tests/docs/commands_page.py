"""Makes `docs/commands.md` from the Typer application of `app/cli.py`."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from app.cli import commands

_HEAD = """# Commands

`bootstrap.py` installs `motcua` into `.venv`: activate it with `. .venv/bin/activate`. `motcua --help` and
`motcua COMMAND --help` show the texts of this page. Every command except `demo` reads the [settings](settings.md).

Exit status: 0 after success, 1 after a refusal or failure, 2 after a wrong call.

This page is made from the code by `python -m tests.docs`.

| command | purpose |
|---|---|
"""
_SENTENCE_END = re.compile(r"\.(?= |$)")


def page() -> str:
    """The text of `docs/commands.md`."""
    described = dict(_commands(typer.main.get_command(commands), "motcua"))
    index = "".join(
        f"| [`{name}`](#{name.replace(' ', '-')}) | {_purpose(command)} |\n" for name, command in described.items()
    )
    return _HEAD + index + "".join(_section(name, command) for name, command in described.items())


# Typer brings its own copy of click, whose classes are not public.
def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from _commands(inner, f"{name} {word}")
    else:
        yield name, command


def _purpose(command: Any) -> str:
    return _SENTENCE_END.split(command.help)[0]


def _section(name: str, command: Any) -> str:
    context = typer.Context(command, info_name=name)
    rows = [parameter.get_help_record(context) for parameter in command.params]
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    # A bar would end the cell, even within code.
    cells = [(written.replace("|", "\\|"), " ".join(meaning.split())) for written, meaning in rows]
    table = "".join(f"| `{written}` | {meaning} |\n" for written, meaning in cells)
    table = f"\n| argument or option | meaning |\n|---|---|\n{table}" if rows else ""
    return f"\n## {name}\n\n{command.help}\n\n```\n{usage}\n```\n{table}"
