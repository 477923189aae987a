"""Condition on folded text for both databases: it has words with given beginnings, in any order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, and_, false, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# On PostgreSQL the words of a name as an index has them. Longer names than the service takes are cut, because a word
# has at most 2,046 bytes. The dictionaries of `to_tsvector` would drop or split words.
NAME_WORDS = "array_to_tsvector(array_remove(string_to_array(left(name_folded, 500), ' '), ''))"


class _HasWords(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def has_words(column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    """True if for each of `words` a word of the folded text begins with it. Without words it is false."""
    return and_(*(_HasWords(column, literal(word, String())) for word in words)) if words else false()


@compiles(_HasWords, "sqlite")
def _on_sqlite(element: _HasWords, compiler: SQLCompiler, **options: Any) -> str:
    column, word = (compiler.process(clause, **options) for clause in element.clauses)
    return f"instr(' ' || {column}, ' ' || {word}) > 0"


@compiles(_HasWords, "postgresql")
def _on_postgresql(element: _HasWords, compiler: SQLCompiler, **options: Any) -> str:
    column, word = (compiler.process(clause, **options) for clause in element.clauses)
    words = NAME_WORDS.replace("name_folded", column)
    quoted = f"'''' || replace(replace({word}, '\\', '\\\\'), '''', '''''') || ''':*'"
    return f"{words} @@ CAST({quoted} AS tsquery)"
