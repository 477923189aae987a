"""Condition on codes for both databases: the code, or its rest behind a full stop or a hyphen, begins with a text."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# A code has up to four full stops and two hyphens (rules §10).
_BORDERS = range(1, 7)
_BEHIND = "substring(code from '^(?:[^.-]*[.-]){{{border}}}(.+)$')"
# On PostgreSQL the ends of a code as an index has them: 0012, 261130-0012, H47-261130-0012, and so on.
_ENDS = ", ".join(_BEHIND.format(border=border) for border in _BORDERS)
CODE_ENDS = f"array_to_tsvector(array_remove(ARRAY[code, {_ENDS}], NULL))"


class _HasPart(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def has_part(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """True if the code, or its rest behind a full stop or a hyphen, begins with the text."""
    return _HasPart(column, literal(text, String()))


@compiles(_HasPart, "sqlite")
def _on_sqlite(element: _HasPart, compiler: SQLCompiler, **options: Any) -> str:
    column, text = (compiler.process(clause, **options) for clause in element.clauses)
    # One kind of border in front, and the same one before the code.
    return f"instr('.' || replace({column}, '-', '-.'), '.' || replace({text}, '-', '-.')) > 0"


@compiles(_HasPart, "postgresql")
def _on_postgresql(element: _HasPart, compiler: SQLCompiler, **options: Any) -> str:
    column, text = (compiler.process(clause, **options) for clause in element.clauses)
    quoted = f"'''' || replace(replace({text}, '\\', '\\\\'), '''', '''''') || ''':*'"
    return f"{CODE_ENDS.replace('code', column)} @@ CAST({quoted} AS tsquery)"
