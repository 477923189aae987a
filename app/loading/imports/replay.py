"""Replays a line of an import file by the rules: as a new history, or as the continuation of a stored one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.codes import unit_in_front
from app.domain.errors import Conflict, DomainError
from app.domain.lifecycle import NOT_EVENTS, TRANSITIONS, Action, Entry, Role, effective, replay_after
from app.domain.localtime import local_date
from app.domain.money import FEE_FIELDS
from app.domain.state import DossierState
from app.dossiers.action_schemas import ReceiveIn, SupplementIn
from app.dossiers.externals import pair_key
from app.dossiers.intake import Intake, particulars, resolve_intake
from app.dossiers.permissions import require_kept
from app.dossiers.queries import Dossier, JournalEntry, find, journal
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import ActIn, split
from app.dossiers.service import law_of, resolve_inputs
from app.dossiers.settling import settled
from app.http.wire_types import shown
from app.loading.bulk.history import Act, History, HistoryBuilder
from app.loading.imports.events import Event
from app.loading.imports.lines import OF_LINE, Candidate

CLIENT = "import"
_SYSTEM_ENTRIES = NOT_EVENTS | {Action.SUCCEED}


@dataclass(frozen=True, slots=True)
class Step:
    """A new entry of a stored dossier. `journal`: the entries up to a correction; None for other entries."""

    before: Dossier
    after: Dossier
    recorded: EntryRecord
    journal: Sequence[Entry] | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """A stored dossier after the line, and the steps to it."""

    dossier: Dossier
    steps: Sequence[Step]


def new_history(
    reference: Reference, line: Candidate, now: datetime, responsible_codes_from: date | None = None
) -> History:
    """The line as a new history, its entries flagged `imported`. Raises DomainError if it breaks a rule.

    `responsible_codes_from` as in `unit_in_front`, for a line without a code.
    """
    body, at = line.opening, line.at
    with _EventPointer(0):
        opening = resolve_intake(reference, body, None, at)
        builder = HistoryBuilder(reference, CLIENT, imported=True)
        builder.add(_opening_act(opening, line, at), opening.law, now)
    line.require_code_of_its_day()
    about = particulars(reference, body, at)
    blank = Dossier(
        0, "", opening.procedure.id, builder.states[0], about.applicant, 1, None, (), body.return_method, body.officer
    )
    _add_events(reference, builder, blank, list(enumerate(line.events, start=1)), now)
    papers = [paper for event in line.events for paper in _papers(event.body)]
    first, day = builder.states[0], local_date(builder.recorded[0].entry.occurred_at)
    front = unit_in_front(first.receiving_unit, first.responsible_unit, day, responsible_codes_from)
    return History(
        procedure_id=opening.procedure.id,
        about=replace(about, documents=[*about.documents, *papers]),
        recorded=builder.recorded,
        states=builder.states,
        agency=reference.units[front].agency_identifier,
        day=day,
        code=line.code,
        officer=builder.officer,
        externals=line.externals,
    )


async def continuation(
    connection: Connection, reference: Reference, line: Candidate, code: str, now: datetime
) -> Continuation:
    """The new events of the line for the dossier of this code. Locks its row.

    Raises Conflict `history_differs` with the difference, and DomainError if a new event breaks a rule.
    """
    dossier = await settled(connection, reference, await find(connection, code, lock=True))
    stored = await journal(connection, dossier.id)
    first_new = _count_stored_events(reference, line, dossier, stored)
    new_events = [(number, event) for number, event in enumerate(line.events, start=1) if number >= first_new]
    if not new_events:
        return Continuation(dossier, ())
    require_kept(dossier)
    steps = _undo_successions(dossier, [record.entry for record in stored], new_events[0][1].at, now)
    dossier = steps[-1].after if steps else dossier
    builder = HistoryBuilder(reference, CLIENT, state=dossier.state, imported=True)
    papers = _add_events(reference, builder, dossier, new_events, now)
    for recorded, state in zip(builder.recorded, builder.states, strict=True):
        after = replace(
            dossier,
            state=state,
            officer=recorded.officer or dossier.officer,
            documents=[*dossier.documents, *papers.get(recorded.entry.sequence, ())],
        )
        steps.append(Step(dossier, after, recorded))
        dossier = after
    return Continuation(dossier, steps)


def _undo_successions(dossier: Dossier, journal: Sequence[Entry], at: datetime, now: datetime) -> list[Step]:
    """Corrects successions later than `at`, the time of the first new event; they are added again in order.

    The first import of the dossier did not show that work at the old unit continued.
    """
    steps: list[Step] = []
    entries, last = list(journal), journal[0].occurred_at
    for entry in effective(journal):
        if entry.type is not Action.SUCCEED:
            last = last if entry.type in NOT_EVENTS else entry.occurred_at
        elif entry.occurred_at > at:
            unit = entry.data["from_unit"]
            no_move = {**entry.data, "to_unit": unit}
            data = {
                "sequence": entry.sequence,
                "changes": {},
                "replaced": {str(entry.sequence): {"occurred_at": last.isoformat(), "data": no_move}},
                "flags": ["imported"],
                "texts": ["reason"],
            }
            correction = Entry(len(entries) + 1, Action.CORRECT, now, now, unit, data)
            entries.append(correction)
            after = replace(dossier, state=replay_after(entries, dossier.state))
            words = {"reason": "Nhập tiếp những việc xảy ra trước khi đơn vị được kế thừa"}
            recorded = EntryRecord(correction, CLIENT, None, words, corrects=entry.sequence, changes_from=last)
            steps.append(Step(dossier, after, recorded, tuple(entries)))
            dossier = after
    return steps


def _add_events(
    reference: Reference,
    builder: HistoryBuilder,
    dossier: Dossier,
    events: Sequence[tuple[int, Event]],
    now: datetime,
) -> dict[int, list[dict[str, Any]]]:
    """Adds the events and the successions between them. Returns their documents by the sequence of the entry."""
    papers: dict[int, list[dict[str, Any]]] = {}
    whose = (dossier.procedure_id, dossier.applicant.get("commune_unit_id"))
    for _number, event in events:
        action, at, body = event.action, event.at, event.body
        with _EventPointer(event.index):
            builder.follow_succession(local_date(at), now, *whose)
            dossier = replace(dossier, state=builder.present)
            given, words = split(body)
            inputs = resolve_inputs(reference, dossier, action, given, at)
            unit = _acting_unit(dossier.state, action)
            law = law_of(reference, dossier, action, at)
            state = builder.add(Act(action, at, unit, inputs, words, body.officer, event.flags), law, now)
        papers[state.version] = _papers(body)
    builder.follow_succession(local_date(now), now, *whose)
    return papers


def _opening_act(opening: Intake, line: Candidate, at: datetime) -> Act:
    action = Action.SUBMIT if line.opening.submit else Action.RECEIVE
    inputs = dict(opening.inputs)
    if line.stated_due_date is not None:
        inputs["stated_due_date"] = line.stated_due_date.isoformat()
    return Act(action, at, opening.receiving_unit, inputs, split(line.opening)[1], line.opening.officer, line.flags)


def _acting_unit(state: DossierState, action: Action) -> int:
    """The counter for actions that clerks may do, the holder for the others."""
    return state.counter_unit if Role.CLERK in TRANSITIONS[action].roles else state.holder_unit


def _papers(body: ActIn) -> list[dict[str, Any]]:
    return [document.model_dump() for document in body.documents] if isinstance(body, ReceiveIn | SupplementIn) else []


# --- Comparison with the stored history -------------------------------------------------------------------------------


def _count_stored_events(
    reference: Reference, line: Candidate, dossier: Dossier, stored: Sequence[JournalEntry]
) -> int:
    """The number of events in the stored journal. Raises Conflict if the line differs from it."""
    present = set(map(pair_key, dossier.externals))
    missing = [pair for pair in line.externals if pair_key(pair) not in present]
    if missing:
        system, code = min(missing)
        raise _difference_error(dossier, "/external", "no such external code", f"{system} {code}")
    if line.code is not None and line.code != dossier.code:
        raise _difference_error(dossier, "/code", dossier.code, line.code)
    _require_same_applicant(reference, line, dossier, stored)
    events = [record for record in stored if record.entry.type not in _SYSTEM_ENTRIES]
    effective_by_sequence = {entry.sequence: entry for entry in effective([record.entry for record in stored])}
    acts = [_comparable_opening(reference, line), *(_comparable_act(reference, event) for event in line.events)]
    for number, (record, act) in enumerate(zip(events, acts, strict=False)):
        # The file may have the event before or after its correction here. A voided event is not imported again.
        differences = [
            _difference(entry, None if dossier.purged else record.texts, act)
            for entry in (record.entry, effective_by_sequence.get(record.entry.sequence, record.entry))
        ]
        if all(differences):
            field, here, there = next(difference for difference in differences if difference)
            raise _difference_error(dossier, f"/events/{number}/{field}", here, there)
    return len(events)


def _comparable_opening(reference: Reference, line: Candidate) -> Act:
    # The stated due date is not compared, because a later file may state another one.
    opening = resolve_intake(reference, line.opening, None, line.at)
    return _opening_act(opening, replace(line, stated_due_date=None), line.at)


def _comparable_act(reference: Reference, event: Event) -> Act:
    inputs, words = split(event.body)
    if "to_unit" in inputs:
        inputs["to_unit"] = reference.unit(inputs["to_unit"], local_date(event.at), pointer="/to_unit").id
    return Act(event.action, event.at, 0, inputs, words, event.body.officer)


def _difference(entry: Entry, texts: Mapping[str, Any] | None, act: Act) -> tuple[str, Any, Any] | None:
    """The first different field of entry and act: name, value here, value in the line. Purged texts are None."""
    if entry.type is not act.action:
        return "action", entry.type.value, act.action.value
    if entry.occurred_at != act.at:
        return "at", shown(entry.occurred_at), shown(act.at)
    for name, value in act.inputs.items():
        # A receipt from before receipts named the fee in the journal.
        if name in FEE_FIELDS and "fee" not in entry.data:
            continue
        if entry.data.get(name) != value:
            return name, entry.data.get(name), value
    words = {**act.words, **({"officer": act.officer} if act.officer else {})}
    if texts is not None:
        for name in sorted(texts.keys() | words.keys()):
            if texts.get(name) != words.get(name):
                return name, *_DIFFERENT_TEXTS
    return None


def _require_same_applicant(
    reference: Reference, line: Candidate, dossier: Dossier, stored: Sequence[JournalEntry]
) -> None:
    """Raises Conflict if the applicant differs, unless its data were changed here or purged."""
    if dossier.purged or any(record.entry.type is Action.PARTICULARS for record in stored):
        return
    about = particulars(reference, line.opening, line.at)
    for name, value in about.applicant.items():
        if dossier.applicant[name] != value:
            raise _difference_error(dossier, f"/applicant/{name}", *_DIFFERENT_TEXTS)


# Error messages must not contain personal data.
_DIFFERENT_TEXTS = ("one text", "another text")


def _difference_error(dossier: Dossier, pointer: str, here: Any, there: Any) -> Conflict:
    return Conflict(
        "history_differs",
        f"The dossier {dossier.code} has another history here: {pointer} is {here} here, {there} in the line.",
        pointer=pointer,
    )


class _EventPointer:
    """A context manager that adds the event's pointer to errors. Fields of a receipt stand on the line itself."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DomainError):
            pointer = str(error.extra.get("pointer", ""))
            of_line = self._number == 0 and not OF_LINE.isdisjoint(pointer.split("/")[1:2])
            error.extra["pointer"] = pointer if of_line else f"/events/{self._number}{pointer}"
