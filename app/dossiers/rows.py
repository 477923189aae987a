"""Converts a dossier's state to rows and back; pure, so that requests and bulk loads write the same rows."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.contact_data import phone_key
from app.database import json_text
from app.domain.deadline import ClockPolicy, LimitUnit, TimeLimit
from app.domain.due_dates import runs_out
from app.domain.hash_chain import hash_of
from app.domain.lifecycle import Entry
from app.domain.localtime import local_date
from app.domain.money import Payment, money_of, sums_of
from app.domain.regimes import regime_of
from app.domain.state import (
    Clock,
    DossierState,
    Stage,
    Status,
)
from app.domain.verdict import Verdict
from app.dossiers.chain import Link, entry_content
from app.dossiers.details import Row, correction_of, details_of, hand_off_of, instant_of, wait_of
from app.dossiers.participants import names_people, without_numbers
from app.encryption.key_ring import KeyRing
from app.text_input import fold_name


@dataclass(frozen=True, slots=True)
class Particulars:
    """The facts of a dossier beside its state: applicant, request, papers, return method, and if it is told of."""

    applicant: Mapping[str, Any]
    summary: str | None = None
    documents: Sequence[Mapping[str, Any]] = ()
    return_method: str = "counter"
    notify: bool = True


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One entry to be written, with its texts, which stay out of the journal (rules §13)."""

    entry: Entry
    client: str
    officer: str | None = None
    texts: Mapping[str, Any] = field(default_factory=dict)
    applicant: Mapping[str, Any] | None = None
    applicant_number: int | None = None
    corrects: int | None = None
    changes_from: datetime | None = None
    notify: bool = False  # applicants or other systems may get a message about it


def state_columns(state: DossierState) -> Row:
    """The columns of `dossiers` that follow from the journal."""
    limit = state.limit
    return {
        "channel": state.channel,
        "procedure_version_id": state.procedure_version,
        "responsible_unit_id": state.responsible_unit,
        "holder_unit_id": state.holder_unit,
        "counter_unit_id": state.counter_unit,
        "status": state.status.value,
        "stage": state.stage.value,
        "clock": state.clock.value,
        "closed": state.closed,
        "open": state.open,
        "submitted_at": state.submitted_at,
        "received_at": state.received_at,
        "received_date": local_date(state.received_at) if state.received_at else None,
        "limit_amount": limit.amount if limit else None,
        "limit_unit": limit.unit.value if limit else None,
        "original_due_date": state.original_due_date,
        "due_date": state.due_date,
        "due_at": state.due_at,
        "provisional": state.provisional,
        "overdue_from": runs_out(state),
        "suspended_at": state.open_wait.start if state.open_wait and state.clock is Clock.SUSPENDED else None,
        "pending_at": state.pending.given_at if state.pending and state.open else None,
        "correction_at": state.corrections[0].asked_at if state.corrections else None,
        "promised_date": state.promised_date,
        "finished_at": state.finished_at,
        "finished_date": local_date(state.finished_at) if state.finished_at else None,
        "outcome": state.outcome,
        "verdict": state.verdict.value if state.verdict else None,
        "late_cause": state.late_cause,
        "returned_at": state.returned_at,
        "last_occurred_at": state.last_occurred_at,
        "flags": sorted(state.flags),
        "details": details_of(state),
        "fee": state.money.taken,
        "money": sums_of(state.money),
        "version": state.version,
    }


def state_of(row: Any) -> DossierState:
    """The state in a row of `dossiers`."""
    details = row.details
    return DossierState(
        status=Status(row.status),
        stage=Stage(row.stage),
        receiving_unit=row.receiving_unit_id,
        responsible_unit=row.responsible_unit_id,
        holder_unit=row.holder_unit_id,
        counter_unit=row.counter_unit_id,
        channel=row.channel,
        last_occurred_at=row.last_occurred_at,
        submitted_at=row.submitted_at,
        received_at=row.received_at,
        procedure_version=row.procedure_version_id,
        limit=TimeLimit(row.limit_amount, LimitUnit(row.limit_unit)) if row.limit_unit else None,
        policy=ClockPolicy(details["policy"]),
        original_due_date=row.original_due_date,
        due_date=row.due_date,
        due_at=row.due_at,
        provisional=row.provisional,
        extension_days=details.get("extension_days", 0),
        regime=regime_of(details.get("regime")),
        another_area=details.get("another_area", False),
        clock_started_at=instant_of(details.get("clock_started_at")),
        conditions=tuple(details.get("conditions", ())),
        condition_days=details.get("condition_days", 0),
        supplement_requests=details.get("supplement_requests", 0),
        papers_asked=details.get("papers_asked", False),
        waits=tuple(wait_of(data) for data in details.get("waits", ())),
        hand_offs=tuple(hand_off_of(data) for data in details.get("hand_offs", ())),
        promised_date=row.promised_date,
        apology_at=instant_of(details.get("apology_at")),
        finished_at=row.finished_at,
        outcome=row.outcome,
        verdict=Verdict(row.verdict) if row.verdict else None,
        late_cause=row.late_cause,
        returned_at=row.returned_at,
        closed_at=instant_of(details.get("closed_at")),
        corrections=tuple(correction_of(data) for data in details.get("corrections", ())),
        money=money_of(row.money, row.fee),
        flags=frozenset(row.flags),
        version=row.version,
    )


def dossier_row(
    dossier_id: int, code: str, procedure_id: int, state: DossierState, about: Particulars, officer: str | None
) -> Row:
    """The row of a new dossier."""
    return {
        "id": dossier_id,
        "code": code,
        "procedure_id": procedure_id,
        "applicant_number": 1,
        "return_method": about.return_method,
        "notify": about.notify,
        "summary": about.summary,
        "documents": list(about.documents),
        "officer": officer,
        "receiving_unit_id": state.receiving_unit,
        **state_columns(state),
    }


def applicant_row(dossier_id: int, number: int, applicant: Mapping[str, Any]) -> Row:
    """One version of the applicant's data, with a salt for the hash in the journal."""
    return {
        "dossier_id": dossier_id,
        "number": number,
        "salt": _salt(),
        "name_folded": fold_name(applicant["name"]),
        "phone_key": phone_key(applicant.get("phone")),
        **applicant,
    }


def encrypted_applicant(ring: KeyRing, row: Row) -> Row:
    """The row as the database keeps it: the identity number encrypted for its place, and a keyed hash to find it by."""
    kept = dict(row)
    number = kept.pop("identity_number", None)
    encrypted = None if number is None else ring.encrypt(number, identity_place(row["dossier_id"], row["number"]))
    return {**kept, "identity_encrypted": encrypted, "identity_hash": None if number is None else ring.hash(number)}


def identity_place(dossier_id: int, number: int) -> str:
    """The encryption place of an identity number: in another row it cannot be decrypted."""
    return f"applicants/{dossier_id}/{number}/identity_number"


def entry_rows(link: Link, record: EntryRecord, applicant: Row | None = None) -> tuple[Row, Row | None]:
    """The row of `entries`, with the hash that the next entry names, and the row of `entry_texts` if it has words."""
    entry = record.entry
    words = {key: value for key, value in record.texts.items() if value not in (None, "", [])}
    if record.officer:
        words["officer"] = record.officer
    text_row: Row | None = None
    text_hash: str | None = None
    if words:
        # One encoding serves the hash and the column.
        salt, content = _salt(), json_text(words)
        text_hash = _hash(salt, content)
        if names_people(words):  # the hash covers the identity numbers, which are encrypted elsewhere
            content = json_text(without_numbers(words))
        text_row = {"dossier_id": link.dossier_id, "sequence": entry.sequence, "salt": salt, "content": content}
    row = {
        "dossier_id": link.dossier_id,
        "sequence": entry.sequence,
        "type": entry.type.value,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "client": record.client,
        "unit_id": entry.unit,
        # One encoding serves the hash and the column.
        "data": json_text(entry.data),
        "text_hash": text_hash,
        "applicant_number": applicant["number"] if applicant else None,
        "applicant_hash": applicant_hash(applicant) if applicant else None,
        "corrects": record.corrects,
        "changes_from": record.changes_from,
    }
    row["hash"] = hash_of(entry_content(link.code, link.head, row))
    return row, text_row


def changes_from(at: datetime, recorded_at: datetime, flags: Sequence[str]) -> datetime | None:
    """The instant from which the entry changes figures of the past, None if it changes none (rules §11).

    An entry changes them if it is imported or backdated, or if its day was over. A correction changes them from the
    earlier of its two instants.
    """
    if "backdated" in flags or "imported" in flags:
        return at
    # Nearly all entries are recorded at once; for them no date is computed.
    return at if at < recorded_at and local_date(at) < local_date(recorded_at) else None


def applicant_hash(row: Mapping[str, Any]) -> str:
    """The hash of the applicant's data in the journal (rules §13)."""
    content = {key: row[key] for key in APPLICANT_FIELDS if row.get(key) is not None}
    return salted_hash(row["salt"], content)


APPLICANT_FIELDS = (
    "kind",
    "name",
    "identity_kind",
    "identity_number",
    "phone",
    "email",
    "address",
    "commune_unit_id",
    "commune_text",
)


# As `json_text`, but it also accepts NaN: tampered values have to be hashed too.
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def salted_hash(salt: str, content: Mapping[str, Any]) -> str:
    """SHA-256 over salt and canonical JSON; a purge deletes the salt too, so the content cannot be guessed."""
    return _hash(salt, _canonical(content))


def _hash(salt: str, canonical: str) -> str:
    return hashlib.sha256(f"{salt}\n{canonical}".encode()).hexdigest()


def _salt() -> str:
    """128 random bits in hexadecimal; faster than `secrets.token_hex`."""
    return os.urandom(16).hex()


def payment_rows(dossier_id: int, payments: Iterable[Payment]) -> list[Row]:
    """The rows of `payments` of a dossier."""
    return [
        {
            "dossier_id": dossier_id,
            "sequence": payment.sequence,
            "unit_id": payment.unit,
            "day": local_date(payment.at),
            "at": payment.at,
            "amount": payment.amount,
            "method": payment.method,
            "receipt_number": payment.receipt_number,
        }
        for payment in payments
    ]


def units_of(state: DossierState) -> set[int]:
    """Counter unit, holder and responsible unit of the dossier (rules §8)."""
    return {state.counter_unit, state.holder_unit, state.responsible_unit}


def unit_rows(dossier_id: int, states: Iterable[DossierState]) -> list[Row]:
    """The rows of `dossier_units` for a dossier's states: each unit once, `held` if it was the holder."""
    units: set[int] = set()
    holders: set[int] = set()
    for state in states:
        units |= units_of(state)
        holders.add(state.holder_unit)
    return [{"dossier_id": dossier_id, "unit_id": unit, "held": unit in holders} for unit in sorted(units)]
