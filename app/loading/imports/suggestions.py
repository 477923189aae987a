"""Suggests codes of the register that are most like an unknown one, or whose name it is."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from app.catalogue.cache import Reference
from app.text_input import fold

_SHOWN = 3
# Likeness of codes and of names, from 0 to 1.
_LIKE_CODE, _LIKE_NAME = 0.75, 0.7


class Suggestions:
    """The codes of one reference, by code and by folded name."""

    def __init__(self, reference: Reference) -> None:
        self.revision = reference.revision
        self._of = {
            "unknown_procedure": _Names((each.code, each.name) for each in reference.procedures.values()),
            "unknown_unit": _Names((each.code, each.name) for each in reference.units.values()),
        }
        self._given: dict[tuple[str, str], str] = {}

    def for_value(self, code: str, value: str) -> str:
        """The sentence with the nearest codes for a refused value; empty without near ones."""
        names = self._of.get(code)
        if names is None or not value:
            return ""
        if (code, value) not in self._given:
            near = [f"{each} ({name})" for each, name in names.nearest(value)]
            self._given[code, value] = f"→ {', '.join(near)}?" if near else ""
        return self._given[code, value]


class _Names:
    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._name_of: Mapping[str, str] = dict(names)
        self._codes_of: dict[str, list[str]] = {}
        for code, name in self._name_of.items():
            self._codes_of.setdefault(fold(name), []).append(code)

    def nearest(self, value: str) -> list[tuple[str, str]]:
        """The nearest codes with their names: by the name, else by the spelling of code or name."""
        text = fold(value)
        codes = self._codes_of.get(text, [])
        if not codes:
            codes = get_close_matches(value, list(self._name_of), n=_SHOWN, cutoff=_LIKE_CODE)
        if not codes:
            near = get_close_matches(text, list(self._codes_of), n=_SHOWN, cutoff=_LIKE_NAME)
            codes = [code for name in near for code in self._codes_of[name]]
        return [(code, self._name_of[code]) for code in codes[:_SHOWN]]
