"""Hooks of the fuzzer: they count responses, insert existing codes into requests, and check refusals of valid ones.

Schemathesis loads this module in its own process by the name in SCHEMATHESIS_HOOKS.
"""

import atexit
import json
import os
import re
from collections import Counter, deque
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

COUNTS = "MOTCUA_FUZZ_COUNTS"

_counts: Counter[tuple[str, int]] = Counter()
_codes: deque[str] = deque(maxlen=100)
_turn = 0

# Existing procedures and units, which no schema can name.
_EXISTING: dict[str, Any] = {
    "procedure": "1.004837",
    "channel": "counter",
    "receiving_unit": "20900",
    "responsible_unit": None,
    "to_unit": "20902",
    "external": [],
    "at": None,
}


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_context: Any, value: Any) -> bytes:
    """The body of an upload: the generated text as it is."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - named by the hook
    """Inserts an existing dossier, procedure and units into every other valid request."""
    global _turn  # noqa: PLW0603 - one process, one count
    _turn += 1
    if _turn % 2 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if _codes and "{code}" in case.path and "/procedures/" not in case.path:
        case.path_parameters["code"] = _codes[_turn // 2 % len(_codes)]
        case.headers.pop("If-Match", None)
    if isinstance(case.body, dict) and "/dossiers" in case.path and not case.path.endswith("/search"):
        if case.path.endswith("/dossiers"):
            case.body |= {"receiving_unit": None}
        case.body |= {name: value for name, value in _EXISTING.items() if name in case.body}


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:  # noqa: ARG001
    """Counts the response, and stores the codes of dossiers in it."""
    _counts[case.operation.label, response.status_code] += 1
    if case.path.endswith("/dossiers") and response.status_code in (200, 201):
        body = response.json()
        _codes.extend(dossier["code"] for dossier in body.get("items", [body]))


@schemathesis.check
def a_valid_request_is_unreadable_only_for_its_cursor(
    ctx: CheckContext,  # noqa: ARG001
    response: Response,
    case: Case[Any],
) -> None:
    """400 means unreadable input. Of valid requests this can only be an unknown cursor."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # The fuzzer also sends numbers in these headers, and treats the request as valid.
    parameters = case.operation.schema.raw_schema["components"]["parameters"]
    for name, value in case.headers.items():
        pattern = parameters.get(name, {}).get("schema", {}).get("pattern")
        if pattern and not re.search(pattern, str(value)):
            return
    code = response.json()["code"]
    assert code == "bad_cursor", f"400 {code} for a valid request"


@atexit.register
def _write() -> None:
    if COUNTS in os.environ:
        lines = [[operation, status, count] for (operation, status), count in sorted(_counts.items())]
        Path(os.environ[COUNTS]).write_text(json.dumps(lines), encoding="utf-8")
