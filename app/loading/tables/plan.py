"""The plan of a sheet: the columns of the mapping by their indexes in this sheet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.loading.cells.dates import DateForms
from app.loading.tables.columns import Header, letter_of
from app.loading.tables.fields import ACTIONS, Field, Kind
from app.loading.tables.mapping import Filling, MappedEvent, TableMapping
from app.loading.tables.values import Values
from app.text_input import fold

# Filled by habit, whether or not the event has happened.
_NO_EVIDENCE = frozenset({"officer", "note"})
_ACTION = Field("action", Kind.CHOICE, ACTIONS)


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """The columns or the constant of a field, and the values of the mapping for its column."""

    field: Field
    path: tuple[str, ...]
    columns: tuple[int, ...]
    constant: Any
    values: Values | None
    where: str


@dataclass(frozen=True, slots=True)
class EventPlan:
    """The columns of an event. A filled column of `evidence` says that the event has happened."""

    action: str | None
    action_plan: FieldPlan | None
    at: tuple[int, ...]
    when: tuple[tuple[int, frozenset[str]], ...]
    keeps_undated: bool
    fields: tuple[FieldPlan, ...]
    evidence: tuple[int, ...] = ()


class Plan:
    """The fields and events of the rows of one sheet."""

    def __init__(self, mapping: TableMapping, header: Header, forms: DateForms) -> None:
        self.header = header
        self.forms = forms
        self._by_column = {
            header.index(column): {fold(text): (text, value) for text, value in values.items()}
            for column, values in mapping.values.items()
        }
        self.blank: frozenset[Any] = frozenset({None, "", *mapping.file.blank})
        fields = [self._field(filling, filling.field.name.split(".")) for filling in mapping.fillings]
        # The kind of an applicant decides about the length of its number.
        self.fields = sorted(fields, key=lambda plan: plan.path != ("applicant", "kind"))
        self.externals = [(system, self._field(filling, ["code"])) for system, filling in mapping.externals]
        self.events = self._with_evidence([self._event(event) for event in mapping.events])
        self.swapped = frozenset(header.index(column) for column in mapping.dates.swapped)
        self.filled_down = frozenset(header.index(column) for column in mapping.file.fill_down)
        self.used = frozenset(header.index(column) for column in mapping.columns())
        self.width = max(len(header.texts), *self.used) + 1

    def columns_of(self, name: str) -> tuple[int, ...]:
        """The columns of a field of the dossier."""
        return next((plan.columns for plan in self.fields if plan.field.name == name), ())

    def plan_at(self, pointer: str, events: Sequence[int]) -> tuple[tuple[int, ...], str]:
        """The columns of the field with this pointer, and its place in the mapping. `events`: those of the row."""
        _root, *steps = pointer.split("/")
        if steps[:1] == ["events"] and len(steps) > 1 and steps[1].isdigit():
            number = int(steps[1])
            event = self.events[events[number] if number < len(events) else 0]
            plan = next((plan for plan in self._fields_of(event) if steps[2:3] == list(plan.path)), None)
            return (plan.columns, plan.where) if plan else (event.at, "")
        if steps[:1] == ["external"]:
            return tuple(column for _system, plan in self.externals for column in plan.columns), "external"
        plan = next((plan for plan in self.fields if steps[: len(plan.path)] == list(plan.path)), None)
        return (plan.columns, plan.where) if plan else ((), "")

    @staticmethod
    def _fields_of(event: EventPlan) -> list[FieldPlan]:
        return [*event.fields, *([event.action_plan] if event.action_plan else [])]

    def letters(self, columns: Sequence[int]) -> list[str]:
        """The letters of columns."""
        return [letter_of(column) for column in columns if column >= 0]

    def headers(self, columns: Sequence[int]) -> list[str]:
        """The texts above columns."""
        texts = self.header.texts
        return [texts[column] if column < len(texts) else "" for column in columns if column >= 0]

    def _field(self, filling: Filling, path: Sequence[str]) -> FieldPlan:
        columns = tuple(self.header.index(column) for column in filling.columns)
        values = self._by_column.get(columns[0]) if len(columns) == 1 else None
        return FieldPlan(filling.field, tuple(path), columns, filling.constant, values, filling.where)

    def _event(self, event: MappedEvent) -> EventPlan:
        action = None
        if event.action_column is not None:
            action = self._field(Filling(_ACTION, (event.action_column,), None, ""), ["action"])
        return EventPlan(
            event.action,
            action,
            tuple(self.header.index(column) for column in event.at),
            tuple((self.header.index(column), frozenset(map(fold, texts))) for column, texts in event.when.items()),
            event.keeps_undated,
            tuple(self._field(filling, [filling.field.name]) for filling in event.fillings),
        )

    def _with_evidence(self, events: Sequence[EventPlan]) -> list[EventPlan]:
        """The events with the columns that no other part of the mapping has."""
        uses = Counter(column for plan in self.fields for column in plan.columns)
        uses.update(column for event in events for plan in event.fields for column in set(plan.columns))
        return [
            replace(
                event,
                evidence=tuple(
                    column
                    for plan in event.fields
                    if plan.field.name not in _NO_EVIDENCE
                    for column in plan.columns
                    if uses[column] == 1
                ),
            )
            for event in events
        ]
