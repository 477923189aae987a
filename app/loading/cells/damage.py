"""Refuses damaged text in the strings of a line, and converts those of an old font."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.loading.cells.letters import DAMAGED, TWICE, damage_of, in_unicode
from app.loading.cells.sentences import refusal


def refuse_damage(data: Mapping[str, Any]) -> None:
    """Raises Invalid for the first string with damaged text."""
    for pointer, text in _strings(data, ""):
        refuse_damaged_text(text, pointer)


def refuse_damaged_text(text: str, pointer: str) -> None:
    """Raises Invalid for damaged text."""
    damage = damage_of(text)
    if damage is not None:
        kind = {DAMAGED: "letters_lost", TWICE: "letters_twice"}.get(damage, "letters_old")
        raise refusal(kind, pointer, value=text, right=damage)


def converted_strings(value: Any, letters: str, pointer: str = "") -> Any:
    """The value with all strings in Unicode. Raises Invalid for text that stays damaged."""
    if isinstance(value, str):
        text = in_unicode(value, letters)
        refuse_damaged_text(text, pointer)
        return text
    if isinstance(value, dict):
        return {name: converted_strings(inner, letters, f"{pointer}/{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return [converted_strings(inner, letters, f"{pointer}/{index}") for index, inner in enumerate(value)]
    return value


def _strings(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{pointer}/{index}")
