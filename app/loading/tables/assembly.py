"""Assembles the data of a dossier from the cells of a row, in the form of a line of NDJSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.errors import Invalid
from app.domain.state import Flag
from app.loading.cells.dates import read_date
from app.loading.cells.sentences import joined, refusal
from app.loading.tables.fields import NOTE, OPENING, Kind
from app.loading.tables.plan import EventPlan, FieldPlan, Plan
from app.loading.tables.values import folded, moment_of, number_of_person, value_of

_OF_PERSON = frozenset({Kind.IDENTITY, Kind.TELEPHONE})


class Assembly:
    """The data of one row. `events` are the numbers of its events in the mapping, also after a refusal."""

    def __init__(self, plan: Plan, cells: Sequence[Any], sheet: str | None) -> None:
        self._plan = plan
        self._cells = _known(plan, cells, sheet)
        self.events: list[int] = []
        self.flags: list[str] = []
        self._refusals: list[Invalid] = []

    def data(self) -> dict[str, Any]:
        """The fields and events of the dossier. Raises Invalid with a pointer for a cell that cannot be read."""
        self.events.clear()
        self.flags.clear()
        self._refusals.clear()
        data: dict[str, Any] = {"applicant": {}}
        for plan in self._plan.fields:
            value = self._value(plan, "", data)
            if value is not None:
                _put(data, plan.path, value)
        data["external"] = self._externals()
        data["events"] = self._events()
        if self._refusals:
            raise joined([*self._refusals, *self._refused_dates(data["events"])])
        return data

    def _refused_dates(self, events: Sequence[Mapping[str, Any]]) -> Iterator[Invalid]:
        """The refusals of dates, which are otherwise read later."""
        for number, event in enumerate(events):
            try:
                if "at" in event:
                    read_date(event["at"], f"/events/{number}/at", self._plan.forms)
            except Invalid as refused:
                yield refused

    def _externals(self) -> list[dict[str, str]]:
        codes = (
            (system, self._value(plan, f"/external/{number}", {}))
            for number, (system, plan) in enumerate(self._plan.externals)
        )
        return [{"system": system, "code": code} for system, code in codes if code]

    def _events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for number, plan in enumerate(self._plan.events):
            if all(folded(str(self._cells[column] or "")) in texts for column, texts in plan.when):
                event = self._event(number, plan)
                if event is not None:
                    events.append(event)
        if not self._refusals and (not events or events[0]["action"] not in OPENING):
            # The first event of the mapping is the receipt.
            self.events = [0]
            self._refusals.append(refusal("date_missing", "/events/0/at"))
        return events

    def _event(self, number: int, plan: EventPlan) -> dict[str, Any] | None:
        """The event, None if it has not happened."""
        at = self._filled(plan.at)
        if not at and not self._filled(plan.evidence):
            return None
        pointer = f"/events/{len(self.events)}"
        self.events.append(number)
        action = plan.action or (plan.action_plan and self._value(plan.action_plan, pointer, {}))
        fields = {
            field.path[0]: value for field in plan.fields if (value := self._value(field, pointer, {})) is not None
        }
        if action is None or (not at and not fields.keys() - {"officer", "note"}):
            # The values of the mapping say that nothing has happened. The pointers of refusals keep their events.
            if not self._refusals:
                self.events.pop()
            return None
        if at:
            return {"action": action, "at": moment_of(at), **fields}
        if not plan.keeps_undated or not number:
            self._refusals.append(refusal("date_missing", f"{pointer}/at"))
        return {"action": NOTE, "note": "; ".join([str(action), *map(str, fields.values())])}

    def _value(self, plan: FieldPlan, above: str, data: dict[str, Any]) -> Any:
        """The value of the field; `above` is the pointer of the object that it belongs to."""
        if not plan.columns:
            return plan.constant
        cells = self._filled(plan.columns)
        if not cells:
            return None
        pointer = f"{above}/{'/'.join(plan.path)}"
        try:
            if plan.field.kind in _OF_PERSON:
                return self._number_of_person(plan, cells[0], pointer, data)
            return value_of(plan.field, cells, plan.values, pointer)
        except Invalid as refused:
            # A clerk sees all faults of a row at once.
            self._refusals.append(refused)
            return None

    def _number_of_person(self, plan: FieldPlan, cell: Any, pointer: str, data: dict[str, Any]) -> str:
        kind = data.get("applicant", {}).get("kind", "person") if plan.path[0] == "applicant" else "person"
        text, is_restored = number_of_person(plan.field, cell, pointer, is_person=kind == "person")
        if is_restored:
            self.flags.append(Flag.ZEROS_RESTORED)
        return text

    def _filled(self, columns: Sequence[int]) -> list[Any]:
        cells = self._cells
        return [cell for column in columns if (cell := cells[column]) is not None]


def _known(plan: Plan, cells: Sequence[Any], sheet: str | None) -> list[Any]:
    """The cells of all columns of the plan; the name of the sheet is the last."""
    known = [*cells, *[None] * (plan.width - len(cells))]
    for column in plan.swapped:
        cell = known[column]
        if isinstance(cell, date) and cell.day <= 12:
            # A program has read day and month in the other order.
            known[column] = cell.replace(month=cell.day, day=cell.month)
    return [*known, sheet]


def _put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        data = data.setdefault(name, {})
    data[path[-1]] = value
