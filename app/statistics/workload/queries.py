"""Statements of the workload: the open dossiers of each unit or officer in one pass over an index of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select

from app.database import Connection, Prepared, Row
from app.database.tables import dossiers
from app.statistics.workload.ages import LAST_BAND, OVERDUE_BANDS, SUSPENDED_BANDS, Dates
from app.statistics.workload.parameters import Basis, By, WorkloadQuestion

UNIT_OF: Mapping[Basis, ColumnElement[int]] = {
    "holder": dossiers.c.holder_unit_id,
    "responsible": dossiers.c.responsible_unit_id,
}
# Every statement groups by both in this order, which is that of the index `ix_dossiers_workload`.
PLACES = (dossiers.c.holder_unit_id, dossiers.c.responsible_unit_id)


def _instant(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=dossiers.c.overdue_from.type)


# As in the work list (rules §7), in comparisons of the few columns of an index of open dossiers. The clock of an open
# dossier runs unless it is suspended. A dossier with a running clock is overdue from a minute of its due date on, or
# from the end of that date.
_RUNS = dossiers.c.suspended_at.is_(None)
OVERDUE = dossiers.c.overdue_from <= _instant("now")
DUE_SOON = _RUNS & (dossiers.c.overdue_from > _instant("today")) & (dossiers.c.overdue_from <= _instant("after_soon"))

_COUNTS: Mapping[str, ColumnElement[bool]] = {
    "not_taken": dossiers.c.pending_at.is_not(None),
    "due_today": _RUNS
    & (dossiers.c.overdue_from > _instant("today"))
    & (dossiers.c.overdue_from <= _instant("after_today")),
    "due_soon": DUE_SOON,
    "idle": _RUNS & (dossiers.c.last_occurred_at < _instant("moved_since")),
    "overdue": OVERDUE,
    # Beyond a band: older than all dossiers in it.
    **{f"overdue_beyond_{band}": dossiers.c.overdue_from <= _instant(f"overdue_{band}") for band in OVERDUE_BANDS},
    "suspended": dossiers.c.suspended_at.is_not(None),
    **{f"suspended_beyond_{band}": dossiers.c.suspended_at < _instant(f"suspended_{band}") for band in SUSPENDED_BANDS},
}


def _statement(by: By, basis: Basis, *, filtered: bool) -> Prepared:
    keys = [*PLACES, *([dossiers.c.officer] if by == "officer" else [])]
    counts = [func.count().filter(condition).label(name) for name, condition in _COUNTS.items()]
    statement = select(*keys, func.count().label("open"), *counts).where(dossiers.c.open)
    if filtered:
        statement = statement.where(UNIT_OF[basis].in_(bindparam("units", expanding=True)))
    return Prepared(statement.group_by(*keys))


_STATEMENTS = {
    (by, basis, filtered): _statement(by, basis, filtered=filtered)
    for by in ("unit", "officer")
    for basis in UNIT_OF
    for filtered in (False, True)
}


async def open_now(
    connection: Connection, question: WorkloadQuestion, dates: Dates
) -> dict[tuple[Any, ...], Counter[str]]:
    """The open dossiers by unit, or by unit and officer (None: no officer has them in hand).

    The counts are `open`, `not_taken`, `due_today`, `due_soon`, `idle`, and for `overdue` and `suspended` the
    `.total` and each band.
    """
    parameters: dict[str, Any] = {
        "now": dates.now,
        "today": dates.today,
        "after_today": dates.after_today,
        "after_soon": dates.after_soon,
        "moved_since": dates.moved_since,
        **{f"overdue_{band}": since for band, since in dates.due_since.items()},
        **{f"suspended_{band}": since for band, since in dates.suspended_since.items()},
    }
    if question.units is not None:
        parameters["units"] = sorted(question.units)
    by_key: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    statement = _STATEMENTS[question.by, question.basis, question.units is not None]
    for row in await connection.all(statement, **parameters):
        unit = row.holder_unit_id if question.basis == "holder" else row.responsible_unit_id
        by_key[(unit, row.officer) if question.by == "officer" else (unit,)].update(_counts(row))
    return by_key


def _counts(row: Row) -> Counter[str]:
    counts = Counter({name: getattr(row, name) for name in ("open", "not_taken", "due_today", "due_soon", "idle")})
    for name, bands in (("overdue", OVERDUE_BANDS), ("suspended", SUSPENDED_BANDS)):
        total = getattr(row, name)
        older = [total, *(getattr(row, f"{name}_beyond_{band}") for band in bands), 0]
        within = zip((*bands, LAST_BAND), pairwise(older), strict=True)
        counts.update({f"{name}.total": total, **{f"{name}.{band}": more - less for band, (more, less) in within}})
    return counts
