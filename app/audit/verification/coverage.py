"""Says of every table of the schema what checks it, and what no check can see (docs/verification.md)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.database.tables import metadata


class Coverage(NamedTuple):
    """What checks a table. `columns`: those whose change no check names. `unseen`: why, and what else none names."""

    checked: str
    unseen: str = ""
    columns: tuple[str, ...] = ()


NOT_CHECKED = ""

_JOURNAL = "the chain of each journal and the seals"
_REPLAY = "the replay of each journal"
_HASHES = "the salted hashes in the journal"
_LEDGER = "the last entry of each row in the ledger"
_ROLLUPS = "a count of all journals"
_RECOUNT = Coverage(NOT_CHECKED, "A recount under way: its counts become figures at its end, and are checked then.")

TABLES: Mapping[str, Coverage] = {
    # The journal, and what follows from it.
    "entries": Coverage(_JOURNAL, "A smaller `newest_seal` than the true one: the slip of the entry shows it."),
    "seals": Coverage("the chain of seals, and the kept seals with `--seals`"),
    "seal_blocks": Coverage("the root of its seal"),
    "seal_stamps": Coverage(
        "digest, signature and time of each stamp",
        "Signatures without `MOTCUA_TIMESTAMP_CA`. A missing stamp is not named: one of a later seal covers more.",
    ),
    "cosigned_checkpoints": Coverage(NOT_CHECKED, "They are about other registers, and each has its signatures."),
    "dossiers": Coverage(
        _REPLAY,
        "No entry has these, nor the fee of a receipt from before receipts named it.",
        ("return_method", "notify", "summary"),
    ),
    "dossier_units": Coverage(_REPLAY),
    "externals": Coverage(
        _REPLAY, "Codes that were never edited after the receipt: the receipt itself does not name them."
    ),
    "payments": Coverage(_REPLAY),
    "spans": Coverage(_REPLAY),
    "occurrences": Coverage(_REPLAY),
    "code_ordinals": Coverage(
        "the codes of all dossiers", "A higher ordinal after an import: imported codes leave gaps."
    ),
    # People.
    "applicants": Coverage(_HASHES),
    "entry_texts": Coverage(_HASHES),
    "participants": Coverage(_HASHES),
    "rating_secret": Coverage("its decryption", "An earlier or later secret of the same register: slips stop to fit."),
    # The ledger, and what it holds.
    "ledger": Coverage("its chain and the seals"),
    "tokens": Coverage(_LEDGER, "The last use decides nothing.", ("last_used_at",)),
    "token_changes": Coverage(_LEDGER),
    "persons": Coverage(_LEDGER, "How often it changed.", ("version",)),
    "person_roles": Coverage(_LEDGER, "How often it changed.", ("version",)),
    "deputies": Coverage(_LEDGER, "How often it changed.", ("version",)),
    "person_changes": Coverage(_LEDGER),
    "person_secrets": Coverage(NOT_CHECKED, "The record of persons says when each changed, and has no secret."),
    "sign_in_links": Coverage(NOT_CHECKED, "The record of persons says for whom each was made. Each expires."),
    "sign_in_failures": Coverage(NOT_CHECKED, "They slow guesses down for an hour at most, and decide nothing else."),
    "units": Coverage(_LEDGER),
    "session_revisions": Coverage(_LEDGER),
    "catalogues": Coverage(_LEDGER),
    "procedures": Coverage(_LEDGER),
    "procedure_versions": Coverage(_LEDGER),
    "calendar_revisions": Coverage(_LEDGER),
    "score_tables": Coverage(_LEDGER),
    "score_rules": Coverage(_LEDGER),
    "reforms": Coverage(_LEDGER, "How far its dossiers have followed.", ("position", "done_at")),
    "contacts": Coverage(
        _LEDGER, "The day of its last morning list; how often it changed.", ("digest_date", "version")
    ),
    "webhooks": Coverage(
        _LEDGER, "The secret is encrypted; the others say how far a replay is.", ("secret", "replays", "replayed_to")
    ),
    "ratings": Coverage(_LEDGER),
    "rating_comments": Coverage(_LEDGER),
    "purges": Coverage(_LEDGER),
    "resumptions": Coverage(_LEDGER),
    # Figures.
    "rollup_totals": Coverage(_ROLLUPS),
    "rollup_cells": Coverage(_ROLLUPS),
    "rollup_moves": Coverage(_ROLLUPS),
    "late_changes": Coverage(_ROLLUPS),
    "pending_increments": Coverage(_ROLLUPS, "These order the work of adding up.", ("id", "size")),
    "recount_due": Coverage(NOT_CHECKED, "A row makes the service refuse figures until a recount."),
    "recounts": _RECOUNT,
    "recount_totals": _RECOUNT,
    "recount_cells": _RECOUNT,
    "recount_moves": _RECOUNT,
    "recount_late_changes": _RECOUNT,
    # Messages, and other rows that pass.
    "outbox": Coverage(
        "the entry, receiver and dossier that each message names",
        "These say how far a message is. One that is missing is not named: sent ones are deleted after 30 days.",
        (
            *("id", "unit_id", "data", "state", "attempts", "created_at", "next_at"),
            *("claimed_until", "claim", "last_error", "ended_at"),
        ),
    ),
    "outbox_events": Coverage(
        "the entry that each row names", "A missing row: each is deleted soon.", ("id", "sequence", "webhook_id")
    ),
    "reminders": Coverage(
        "the date or instant in the journal that each reminder names",
        "No entry is made of who was reminded of it and who answered. A missing reminder is not named either.",
        (
            *("id", "contact_id", "unit_id", "escalated", "raised_at", "told_at", "version"),
            *("acknowledged_at", "acknowledged_by", "snoozed_until", "snooze_reason", "ended_at"),
        ),
    ),
    "reminder_rounds": Coverage(NOT_CHECKED, "A later time puts the next round off. The time passes with each round."),
    "sessions": Coverage(NOT_CHECKED, "Each expires. The record of persons says what its person may do."),
    "idempotency_responses": Coverage(
        "its decryption, and the dossier and version that it names",
        "Only the body is encrypted. A missing response is not named: each expires.",
        ("fingerprint", "status", "headers", "expires_at"),
    ),
    "encryption_keys": Coverage("the configured keys"),
    "access_log": Coverage(
        "the seals", "Views since the last seal, and a month that the ledger says was dropped after two years."
    ),
    "reform_dossiers": Coverage(
        NOT_CHECKED, "What a reform did to each dossier, for its answer. The dossiers themselves are replayed."
    ),
    # The schema itself.
    "alembic_version": Coverage("the newest migration of this version"),
    "schema_compatibility": Coverage("the migrations of this version"),
    "backfill_positions": Coverage(NOT_CHECKED, "How far a migration is. It decides nothing afterwards."),
    "reference_state": Coverage(
        NOT_CHECKED, "A number by which workers notice changed reference data, and where the register is."
    ),
}
# The tables of the schema. The last one belongs to the migrations alone.
NAMES = frozenset({*metadata.tables, "alembic_version"})


def unchecked_notes() -> Iterator[str]:
    """A line for each table that `motcua verify` compares with nothing."""
    for name, coverage in TABLES.items():
        if coverage.checked == NOT_CHECKED:
            yield f"Not checked: {name}. {coverage.unseen}"
