"""Codes of many dossiers: one statement issues or advances the ordinals of all agencies and days (rules §10)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Integer, Text, TextualSelect, text

from app.database import Connection, LocalDate, Prepared, json_text
from app.domain.codes import dossier_code, parse_code


class CodeRequest(NamedTuple):
    """One dossier: its own code or None, its agency's identifier, and the date of its first event."""

    code: str | None
    agency: str
    day: date


# The keys are one JSON text in sorted order, so that two writers never deadlock.
_ROWS: Final = (
    "SELECT key ->> 0 AS agency, CAST(key ->> 1 AS date) AS day, CAST(key ->> 2 AS integer) "
    "FROM json_array_elements(CAST(:keys AS json)) AS key"
)
_ROWS_OF_SQLITE: Final = (
    "SELECT json_extract(value, '$[0]') AS agency, json_extract(value, '$[1]') AS day, json_extract(value, '$[2]') "
    "FROM json_each(:keys) WHERE true"
)
_ADD: Final = "DO UPDATE SET last = code_ordinals.last + excluded.last RETURNING agency_identifier, date, last"
_ADVANCE_TO: Final = (
    "DO UPDATE SET last = excluded.last WHERE code_ordinals.last < excluded.last "
    "RETURNING agency_identifier, date, last"
)


def _insert(rows: str, conflict: str) -> TextualSelect:
    insert = "INSERT INTO code_ordinals (agency_identifier, date, last)"
    on = "ON CONFLICT (agency_identifier, date)"
    return text(f"{insert} {rows} {on} {conflict}").columns(agency_identifier=Text, date=LocalDate, last=Integer)


_ISSUE, _ADVANCE = (
    Prepared(_insert(_ROWS, conflict), sqlite=_insert(_ROWS_OF_SQLITE, conflict)) for conflict in (_ADD, _ADVANCE_TO)
)


def _lifted(rows: str) -> TextualSelect:
    """Inserts the days of `rows` without an ordinal that a restore has lifted, with the lift as ordinal."""
    days = f"SELECT agency, day, sum(margin) FROM ({rows}) AS days JOIN resumptions ON last_day >= day"  # noqa: S608
    return _insert(f"{days} GROUP BY agency, day", "DO NOTHING RETURNING agency_identifier, date, last")


_LIFT = Prepared(_lifted(_ROWS), sqlite=_lifted(_ROWS_OF_SQLITE))


async def codes_for(connection: Connection, requests: Sequence[CodeRequest]) -> list[str]:
    """The codes in the order of the requests: the own code, or the next one of the agency's day.

    Own codes advance the ordinals of their day.
    """
    given: dict[tuple[str, date], int] = {}
    for code, _agency, _day in requests:
        if code is not None:
            parts = parse_code(code)
            if parts.owner:
                continue  # another system counts it
            key = (str(parts.agency), parts.date)
            given[key] = max(parts.ordinal, given.get(key, 0))
    await _run(connection, _LIFT, given)
    await _run(connection, _ADVANCE, given)
    next_of = await _issue(connection, [(agency, day) for code, agency, day in requests if code is None])
    codes = []
    for code, agency, day in requests:
        if code is None:
            codes.append(dossier_code(agency, day, next_of[agency, day]))
            next_of[agency, day] += 1
        else:
            codes.append(code)
    return codes


async def _issue(connection: Connection, keys: Iterable[tuple[str, date]]) -> dict[tuple[str, date], int]:
    """The first of the ordinals issued for each agency's day."""
    numbers = Counter(keys)
    await _run(connection, _LIFT, numbers)
    last = await _run(connection, _ISSUE, numbers)
    return {key: last[key] - number + 1 for key, number in numbers.items()}


async def _run(
    connection: Connection, statement: Prepared, numbers: Mapping[tuple[str, date], int]
) -> dict[tuple[str, date], int]:
    """The last ordinals of the agency days that the statement changed."""
    if not numbers:
        return {}
    keys = json_text([[agency, day.isoformat(), number] for (agency, day), number in sorted(numbers.items())])
    rows = await connection.all(statement, keys=str(keys))
    return {(row.agency_identifier, row.date): row.last for row in rows}
