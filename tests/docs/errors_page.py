"""Makes `docs/errors.md`: every code that a problem can carry."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.domain.identity_papers import FAULTS
from app.dossiers.warnings import WARNINGS
from app.http import error_responses
from app.http.field_errors import OF_PYDANTIC, TEXTS
from app.http.input_cases import INPUT_CODES
from app.http.messages import TITLES

ROOT = Path(__file__).resolve().parents[2]

_STATUS_OF = {cls.__name__: status for cls, status in error_responses.STATUS.items()}
# The calls that name a field's code, with its place among the arguments.
_FIELD_ERRORS = {"PydanticCustomError": 0, "field_error": 1}

_HEAD = """# Errors

Every refusal and failure is `application/problem+json` (RFC 9457). `code` is stable and meant for programs. `title` is
for people, in Vietnamese, or in English with `Accept-Language: en`. `detail` describes this case in English, and for
look-ups in the caller's language. `errors` points at wrong fields. `allowed_actions` lists the actions that are
possible instead.

## Problems

| code | status | Vietnamese | English |
|---|---|---|---|
"""

_FIELDS = """
## Fields

Each member of `errors` has the `pointer` to a field, its own stable `code`, and a `detail` in English. `in` says where
the field is, if it is not in the body. A field has a code of this table, or a code of a problem above.

| code | Vietnamese | English |
|---|---|---|
"""

_WARNINGS = """
## Warnings

A warning refuses nothing. Each member of `warnings` of a dossier has the `pointer` to a field of the dossier, a stable
`code`, and a `detail` in English ([rule 18.6](rules.md#18-people)).

| code | Vietnamese | English |
|---|---|---|
"""


def raised_codes() -> dict[str, set[int]]:
    """Each code that the modules of `app` raise, with the statuses it comes with."""
    found: dict[str, set[int]] = {}
    for status, code in error_responses.FRAMEWORK_CODES.items():
        found.setdefault(code, set()).add(status)
    for code, status in error_responses.REFUSED.items():
        found.setdefault(code, set()).add(status)
    for code in INPUT_CODES:
        found.setdefault(code, set()).add(422)
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for code, status in _codes(tree, None):
            found.setdefault(code, set()).add(status)
    return found


def page() -> str:
    """The text of `docs/errors.md`."""
    statuses = raised_codes()
    rows = [
        f"| `{code}` | {', '.join(map(str, sorted(statuses.get(code, ()))))} | {title.vi} | {title.en} |\n"
        for code, title in TITLES.items()
    ]
    fields = [f"| `{code}` | {text.vi} | {text.en} |\n" for code, text in TEXTS.items()]
    warnings = [f"| `{code}` | {text.vi} | {text.en} |\n" for code, text in WARNINGS.items()]
    return "".join([_HEAD, *rows, _FIELDS, *fields, _WARNINGS, *warnings])


def field_codes() -> set[str]:
    """Each code that a field of the input can be refused with by itself."""
    codes = {*OF_PYDANTIC.values(), *FAULTS}
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name in _FIELD_ERRORS:
                assert isinstance(node, ast.Call)
                codes.update(_literals(node.args[_FIELD_ERRORS[name]]))
    return codes


def _codes(node: ast.AST, cls: str | None) -> Iterator[tuple[str, int]]:
    # `Invalid("code", …)` anywhere, and `super().__init__("code", …)` in a class derived from one of the errors.
    if isinstance(node, ast.ClassDef):
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        cls = next((name for name in (node.name, *bases) if name in _STATUS_OF), None)
    if isinstance(node, ast.Call) and node.args:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            name = cls
        if name in _STATUS_OF:
            yield from ((code, _STATUS_OF[name]) for code in _literals(node.args[0]))
    for child in ast.iter_child_nodes(node):
        yield from _codes(child, cls)


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
