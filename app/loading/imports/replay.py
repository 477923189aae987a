"""A line of an import file retold by the rules: as a new history, or as what goes on from a known one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.errors import Conflict, DomainError
from app.domain.lifecycle import NOT_EVENTS, TRANSITIONS, Action, Entry, Role, effective, replay
from app.domain.localtime import local_date
from app.domain.state import DossierState
from app.dossiers.action_schemas import ReceiveIn, SupplementIn
from app.dossiers.intake import Intake, particulars, resolve_intake
from app.dossiers.permissions import require_kept
from app.dossiers.queries import Dossier, JournalEntry, find, journal
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import ActIn, split
from app.dossiers.service import law_of, resolve_inputs
from app.http.wire_types import shown
from app.loading.bulk.history import Chronicle, Deed, History
from app.loading.imports.lines import Candidate, Event

CLIENT = "import"
_SYSTEM_ENTRIES = NOT_EVENTS | {Action.SUCCEED}


@dataclass(frozen=True, slots=True)
class Step:
    """A new entry of a known dossier; `journal` up to it where it is a correction, else None."""

    before: Dossier
    after: Dossier
    recorded: EntryRecord
    journal: Sequence[Entry] | None = None


@dataclass(frozen=True, slots=True)
class Continued:
    """A known dossier as it is after the line, and how it came there."""

    dossier: Dossier
    steps: Sequence[Step]


def told(reference: Reference, line: Candidate, now: datetime) -> History:
    """The line as a new history, entries flagged `imported`; raises DomainError where it breaks a rule."""
    body, at = line.opening, line.at
    with _pointed("/events/0"):
        opening = resolve_intake(reference, body, None, at)
        chronicle = Chronicle(reference, CLIENT, imported=True)
        deed = _first(opening, line, at)
        chronicle.add(deed, opening.law, now)
    line.require_code_of_its_day()
    about = particulars(reference, body, at)
    blank = Dossier(
        0, "", opening.procedure.id, chronicle.states[0], {}, 1, None, (), body.return_method, 0, body.officer
    )
    _go_on(reference, chronicle, blank, list(enumerate(line.events, start=1)), now)
    papers = [paper for event in line.events for paper in _papers(event.body)]
    return History(
        procedure_id=opening.procedure.id,
        about=replace(about, documents=[*about.documents, *papers]),
        recorded=chronicle.recorded,
        states=chronicle.states,
        agency=reference.units[opening.receiving_unit].agency_identifier,
        day=local_date(chronicle.recorded[0].entry.occurred_at),
        code=line.code,
        officer=chronicle.officer,
        externals=line.externals,
    )


async def continued(
    connection: Connection, reference: Reference, line: Candidate, code: str, now: datetime
) -> Continued:
    """What the line adds to the dossier of this code, whose row it locks.

    Raises Conflict `history_differs` that says in what, DomainError where what is new breaks a rule.
    """
    dossier = await find(connection, code, lock=True)
    written = await journal(connection, dossier.id)
    known = _compared(reference, line, dossier, written)
    fresh = [(number, event) for number, event in enumerate(line.events, start=1) if number >= known]
    if not fresh:
        return Continued(dossier, ())
    require_kept(dossier)
    steps = _taken_back(dossier, [one.entry for one in written], fresh[0][1].at, now)
    dossier = steps[-1].after if steps else dossier
    chronicle = Chronicle(reference, CLIENT, state=dossier.state, imported=True)
    papers = _go_on(reference, chronicle, dossier, fresh, now)
    for recorded, state in zip(chronicle.recorded, chronicle.states, strict=True):
        after = replace(
            dossier,
            state=state,
            officer=recorded.officer or dossier.officer,
            documents=[*dossier.documents, *papers.get(recorded.entry.sequence, ())],
        )
        steps.append(Step(dossier, after, recorded))
        dossier = after
    return Continued(dossier, steps)


def _taken_back(dossier: Dossier, journal: Sequence[Entry], at: datetime, now: datetime) -> list[Step]:
    """Undoes the successions that would stand before what happened earlier; they follow again in their place.

    When the dossier was first moved in, nothing told that it had gone on at the unit that is no more.
    """
    steps: list[Step] = []
    entries, last = list(journal), journal[0].occurred_at
    for entry in effective(journal):
        if entry.type is not Action.SUCCEED:
            last = last if entry.type in NOT_EVENTS else entry.occurred_at
        elif entry.occurred_at > at:
            unit = entry.data["from_unit"]
            nothing = {**entry.data, "to_unit": unit}
            data = {
                "sequence": entry.sequence,
                "changes": {},
                "replaced": {str(entry.sequence): {"occurred_at": last.isoformat(), "data": nothing}},
                "flags": ["imported"],
                "texts": ["reason"],
            }
            correction = Entry(len(entries) + 1, Action.CORRECT, now, now, unit, data)
            entries.append(correction)
            after = replace(dossier, state=replay(entries))
            words = {"reason": "Nhập tiếp những việc xảy ra trước khi đơn vị được kế thừa"}
            recorded = EntryRecord(correction, CLIENT, None, words, corrects=entry.sequence, changes_from=last)
            steps.append(Step(dossier, after, recorded, tuple(entries)))
            dossier = after
    return steps


def _go_on(
    reference: Reference,
    chronicle: Chronicle,
    dossier: Dossier,
    events: Sequence[tuple[int, Event]],
    now: datetime,
) -> dict[int, list[dict[str, Any]]]:
    """Adds the events, and the successions between them; the papers that came in, by the entry's sequence."""
    papers: dict[int, list[dict[str, Any]]] = {}
    for number, event in events:
        action, at, body = event.action, event.at, event.body
        with _pointed(f"/events/{number}"):
            chronicle.follow_succession(local_date(at), now)
            dossier = replace(dossier, state=chronicle.present)
            given, words = split(body)
            inputs = resolve_inputs(reference, dossier, action, given, at)
            unit = _acting_unit(dossier.state, action)
            law = law_of(reference, dossier, action, at)
            state = chronicle.add(Deed(action, at, unit, inputs, words, body.officer), law, now)
        papers[state.version] = _papers(body)
    chronicle.follow_succession(local_date(now), now)
    return papers


def _first(opening: Intake, line: Candidate, at: datetime) -> Deed:
    action = Action.SUBMIT if line.opening.submit else Action.RECEIVE
    inputs = dict(opening.inputs)
    if line.stated_due_date is not None:
        inputs["stated_due_date"] = line.stated_due_date.isoformat()
    return Deed(action, at, opening.receiving_unit, inputs, split(line.opening)[1], line.opening.officer)


def _acting_unit(state: DossierState, action: Action) -> int:
    """What a clerk may do was done at the counter, all else where the dossier was."""
    return state.counter_unit if Role.CLERK in TRANSITIONS[action].roles else state.holder_unit


def _papers(body: ActIn) -> list[dict[str, Any]]:
    return [one.model_dump() for one in body.documents] if isinstance(body, ReceiveIn | SupplementIn) else []


# --- Whether a line tells the history that is known -------------------------------------------------------------------


def _compared(reference: Reference, line: Candidate, dossier: Dossier, written: Sequence[JournalEntry]) -> int:
    """How many of the line's events the journal holds already; raises Conflict where the two differ."""
    missing = set(line.externals) - set(dossier.externals)
    if missing:
        system, code = min(missing)
        raise _differs(dossier, "/external", "no such external", f"{system} {code}")
    if line.code is not None and line.code != dossier.code:
        raise _differs(dossier, "/code", dossier.code, line.code)
    _same_applicant(reference, line, dossier, written)
    raw = [one for one in written if one.entry.type not in _SYSTEM_ENTRIES]
    now_by_sequence = {entry.sequence: entry for entry in effective([one.entry for one in written])}
    told_events = [_first_told(reference, line), *(_told(reference, event) for event in line.events)]
    for number, (one, deed) in enumerate(zip(raw, told_events, strict=False)):
        # What was corrected here may be told as it was, or as it is right.
        found = [
            _difference(entry, None if dossier.purged else one.texts, deed)
            for entry in (one.entry, now_by_sequence[one.entry.sequence])
        ]
        if all(found):
            field, here, there = next(difference for difference in found if difference)
            raise _differs(dossier, f"/events/{number}/{field}", here, there)
    return len(raw)


def _first_told(reference: Reference, line: Candidate) -> Deed:
    # What was stated is no part of what happened: a later file may state another date.
    return _first(resolve_intake(reference, line.opening, None, line.at), replace(line, stated_due_date=None), line.at)


def _told(reference: Reference, event: Event) -> Deed:
    inputs, words = split(event.body)
    if "to_unit" in inputs:
        inputs["to_unit"] = reference.unit(inputs["to_unit"], local_date(event.at), pointer="/to_unit").id
    return Deed(event.action, event.at, 0, inputs, words, event.body.officer)


def _difference(entry: Entry, texts: Mapping[str, Any] | None, deed: Deed) -> tuple[str, Any, Any] | None:
    """The first field in which the entry is not the deed; words that were purged (None) are not compared."""
    if entry.type is not deed.action:
        return "action", entry.type.value, deed.action.value
    if entry.occurred_at != deed.at:
        return "at", shown(entry.occurred_at), shown(deed.at)
    for name, value in deed.inputs.items():
        if entry.data.get(name) != value:
            return name, entry.data.get(name), value
    told_words = {**deed.words, **({"officer": deed.officer} if deed.officer else {})}
    if texts is not None:
        for name in sorted(texts.keys() | told_words.keys()):
            if texts.get(name) != told_words.get(name):
                return name, "something else", "what the line says"
    return None


def _same_applicant(reference: Reference, line: Candidate, dossier: Dossier, written: Sequence[JournalEntry]) -> None:
    """Mended particulars are the register's own, purged ones are gone; else the applicant is compared."""
    if dossier.purged or any(one.entry.type is Action.PARTICULARS for one in written):
        return
    about = particulars(reference, line.opening, line.at)
    for name, value in about.applicant.items():
        if dossier.applicant[name] != value:
            raise _differs(dossier, f"/applicant/{name}", "something else", "what the line says")


def _differs(dossier: Dossier, pointer: str, here: Any, there: Any) -> Conflict:
    return Conflict(
        "history_differs",
        f"The dossier {dossier.code} is known with another history: {pointer} is {here} here, {there} in the line.",
        pointer=pointer,
    )


class _pointed:  # noqa: N801 – a context manager
    """Says in which event a rule was broken."""

    __slots__ = ("_prefix",)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DomainError):
            error.extra["pointer"] = self._prefix + error.extra.get("pointer", "")
