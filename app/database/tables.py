"""Every table, one place: what the register keeps, with the integrity that the database itself enforces."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.database import Instant, Json, LocalDate

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives a rowid to INTEGER keys only; PostgreSQL shall have 64 bits for what grows.
Key = BigInteger().with_variant(Integer(), "sqlite")

# --- Reference data (rules §3, §4, §12) -------------------------------------------------------------------------------

# One row: raised with each change of reference data, so that a worker sees that its copy has aged.
reference_state = Table(
    "reference_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

units = Table(
    "units",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("agency_identifier", Text, nullable=False),
    Column("parent_id", ForeignKey("units.id"), index=True),
    Column("address", Text),
    Column("phone", Text),
    Column("valid_from", LocalDate, nullable=False),
    Column("valid_to", LocalDate),
    Column("successor_id", ForeignKey("units.id"), index=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("code", "valid_from"),
    CheckConstraint("kind IN ('province', 'district', 'office', 'commune')", name="kind"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
)

# Working sessions change for later receipts only, so each change is a revision of its own (rules §3).
session_revisions = Table(
    "session_revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", ForeignKey("units.id"), nullable=False, index=True),
    Column("sessions", Json, nullable=False),  # [{weekday, from, to, reception_only}]
    Column("recorded_at", Instant, nullable=False),
)

catalogues = Table(
    "catalogues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("decision", Text),
    Column("min_days", Integer),
    Column("max_days", Integer),
    CheckConstraint("min_days IS NULL OR max_days IS NULL OR min_days <= max_days", name="bounds"),
)

procedures = Table(
    "procedures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("field", Text, nullable=False, index=True),
    Column("level", Text, nullable=False),
    Column("catalogue_id", ForeignKey("catalogues.id"), nullable=False, index=True),
    Column("note", Text),
    Column("thresholds", Json),  # from when on somebody is reminded of its dossiers; null: as each contact says
)

procedure_versions = Table(
    "procedure_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("procedure_id", ForeignKey("procedures.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("effective_from", LocalDate, nullable=False),
    Column("effective_to", LocalDate),
    Column("limits", Json, nullable=False),  # {counter, online, postal: {amount, unit} | null}
    Column("clock_policy", Text, nullable=False),
    Column("responsible_unit_id", ForeignKey("units.id"), index=True),
    Column("fee", BigInteger),
    Column("documents", Json, nullable=False),
    Column("route", Json, nullable=False),  # [{unit: id | "receiving" | "responsible", name, limit}]
    Column("legal_basis", Text),
    Column("max_supplement_requests", Integer, nullable=False),
    Column("max_extension", Integer, nullable=False),
    UniqueConstraint("procedure_id", "version"),
    CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="validity"),
)

# Append-only: publishing adds a revision, the highest of a year holds (rules §3).
calendar_revisions = Table(
    "calendar_revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("decision", Text),
    Column("days_off", Json, nullable=False),  # [date]
    Column("working_days", Json, nullable=False),  # [date]
    Column("names", Json, nullable=False),  # {date: name of the holiday or make-up day}
    Column("source", Text),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("year", "revision"),
    CheckConstraint("status IN ('official', 'provisional')", name="status"),
)

# Append-only: what rates are worth in a ranking. A later revision replaces the whole of the one before.
score_tables = Table(
    "score_tables",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False, unique=True),
    Column("decision", Text),
    Column("client", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

# Rates and points are whole numbers of ten-thousandths: what is counted with them stays exact.
score_rules = Table(
    "score_rules",
    metadata,
    Column("score_table_id", ForeignKey("score_tables.id"), primary_key=True),
    Column("rate", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("full_points", Integer, nullable=False),
    Column("full_from", Integer, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("threshold_points", Integer, nullable=False),
    CheckConstraint("rate IN ('finished', 'due')", name="rate"),
    CheckConstraint("kind IN ('office', 'commune')", name="kind"),
    CheckConstraint("0 <= threshold AND threshold <= full_from AND full_from <= 10000", name="rates"),
    CheckConstraint("0 <= threshold_points AND threshold_points <= full_points", name="points"),
)

# --- Access (rules §8) ------------------------------------------------------------------------------------------------

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit_id", ForeignKey("units.id"), index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),  # to about a minute
    Column("replaced_by_id", ForeignKey("tokens.id")),  # by rotation
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("role IN ('clerk', 'officer', 'supervisor', 'reporter', 'administrator')", name="role"),
)

# What was done to tokens: append-only, which triggers of the database enforce.
token_changes = Table(
    "token_changes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("token_id", ForeignKey("tokens.id"), nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("by_token_id", ForeignKey("tokens.id")),  # null: by command or the single sign-on
    Column("data", Json, nullable=False),
    CheckConstraint("type IN ('created', 'rotated', 'revoked')", name="type"),
)

# What was answered under an `Idempotency-Key`, until its life ends (docs/decisions/0008-idempotency.md).
idempotency_responses = Table(
    "idempotency_responses",
    metadata,
    Column("id", Text, primary_key=True),  # a hash of the client and its key
    Column("fingerprint", Text, nullable=False),  # a hash of what was asked for
    Column("status", Integer, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),  # encrypted
    Column("expires_at", Instant, nullable=False, index=True),
)

# --- Personal data, apart from the journal (rules §13) ----------------------------------------------------------------

# Which keys have sealed something here, so that none is lost unnoticed: `check` tells two keys of one id apart.
encryption_keys = Table(
    "encryption_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("check", Text, nullable=False),
)

applicants = Table(
    "applicants",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # each mending of the particulars is a row of its own
    Column("salt", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("identity_encrypted", Text),
    Column("identity_hash", Text, index=True),  # keyed, of the normalised number: to find it by
    Column("phone", Text, index=True),
    Column("email", Text),
    Column("address", Text),
    Column("commune_unit_id", ForeignKey("units.id")),
    Column("commune_text", Text),
)

# What people wrote with an entry: officer, note, reason, legal basis, documents, …
entry_texts = Table(
    "entry_texts",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("content", Json, nullable=False),
)

# One row: what the keys are made of by which holders of a receipt rate (app/dossiers/rating_keys.py).
rating_secret = Table(
    "rating_secret",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("encrypted", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# Who was shown the people of a dossier: append-only, which triggers of the database enforce for two years. Its dossier
# is no foreign key: whoever reads would wait for whoever is changing the dossier.
access_log = Table(
    "access_log",
    metadata,
    Column("id", Key, primary_key=True),
    Column("viewed_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("token_id", Integer),  # null: one of the single sign-on
    Column("dossier_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("request_id", Text),
    Index("ix_access_log_dossier", "dossier_id", "id"),
)

# What holders of a receipt say of how they were served, once for each dossier: append-only; only what they wrote goes
# when their dossier is purged.
ratings = Table(
    "ratings",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("rated_at", Instant, nullable=False),
    Column("score", Integer, nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    Index("ix_ratings_rated", "rated_at", "dossier_id"),
)

rating_comments = Table(
    "rating_comments",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("content", Text, nullable=False),
)

# --- Dossiers ---------------------------------------------------------------------------------------------------------

code_ordinals = Table(
    "code_ordinals",
    metadata,
    Column("agency_identifier", Text, primary_key=True),
    Column("date", LocalDate, primary_key=True),
    Column("last", Integer, nullable=False),
)

# The cache of what a dossier's journal replays to, with what lists filter and sort by.
# Of dossiers: open ones, and those whose result was not collected.
UNDER_WAY = "status IN ('received', 'processing', 'awaiting_supplement', 'awaiting_payment', 'finished')"

dossiers = Table(
    "dossiers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("procedure_id", ForeignKey("procedures.id"), nullable=False, index=True),
    Column("procedure_version_id", ForeignKey("procedure_versions.id")),
    Column("applicant_number", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("return_method", Text, nullable=False),
    Column("fee", BigInteger, nullable=False),
    Column("summary", Text),
    Column("documents", Json, nullable=False),
    Column("officer", Text),
    Column("receiving_unit_id", ForeignKey("units.id"), nullable=False),
    Column("responsible_unit_id", ForeignKey("units.id"), nullable=False),
    Column("holder_unit_id", ForeignKey("units.id"), nullable=False),
    Column("counter_unit_id", ForeignKey("units.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("submitted_at", Instant),
    Column("received_at", Instant),
    Column("received_date", LocalDate),
    Column("limit_amount", Integer),
    Column("limit_unit", Text),
    Column("original_due_date", LocalDate),
    Column("due_date", LocalDate),
    Column("due_at", Instant),
    Column("provisional", Boolean, nullable=False),
    Column("overdue_from", Instant),  # null while no clock runs out
    Column("suspended_at", Instant),  # since when the clock is suspended, else null
    Column("pending_at", Instant),  # when the hand-off was given that is not taken yet, else null
    Column("correction_at", Instant),  # when the oldest correction was asked for that nobody has decided, else null
    Column("promised_date", LocalDate),
    Column("finished_at", Instant),
    Column("finished_date", LocalDate),
    Column("outcome", Text),
    Column("verdict", Text),
    Column("returned_at", Instant),
    Column("last_occurred_at", Instant, nullable=False),
    Column("flags", Json, nullable=False),
    Column("details", Json, nullable=False),  # suspensions, hand-offs and the rest of the state
    Column("version", Integer, nullable=False),
    # The hash of its last entry, which the next one follows.
    Column("journal_hash", Text, nullable=False, server_default=text(f"'{'0' * 64}'")),
    Index("ix_dossiers_open_due", "open", "due_at", "id"),
    Index("ix_dossiers_holder", "holder_unit_id", "open", "due_at"),
    Index("ix_dossiers_responsible", "responsible_unit_id", "open", "due_at"),
    Index("ix_dossiers_receiving", "receiving_unit_id", "received_date"),
    Index("ix_dossiers_counter", "counter_unit_id", "open"),
    # How many were returned in a period, for the share of them that was rated, is read from it alone.
    Index(
        "ix_dossiers_returned",
        "returned_at",
        "responsible_unit_id",
        "receiving_unit_id",
        "procedure_id",
        "channel",
        postgresql_where=text("returned_at IS NOT NULL"),
        sqlite_where=text("returned_at IS NOT NULL"),
    ),
    # The workload is read from it alone.
    Index(
        "ix_dossiers_workload",
        "holder_unit_id",
        "responsible_unit_id",
        "officer",
        "overdue_from",
        "suspended_at",
        "pending_at",
        "last_occurred_at",
        postgresql_where=text("open"),
        sqlite_where=text("open = 1"),
    ),
    # Few have one: they are found without looking through the others.
    Index(
        "ix_dossiers_correction",
        "correction_at",
        postgresql_where=text("correction_at IS NOT NULL"),
        sqlite_where=text("correction_at IS NOT NULL"),
    ),
    # What can be a reason to remind somebody is looked through every few minutes.
    Index("ix_dossiers_under_way", "id", postgresql_where=text(UNDER_WAY), sqlite_where=text(UNDER_WAY)),
    Index("ix_dossiers_received_at", "received_at", "id"),
    Index("ix_dossiers_finished_date", "finished_date"),
)

# Every unit that was ever a dossier's counter, holder or responsible unit: these may read it (rules §8). Those that
# `held` it are whose officers see the people in it.
dossier_units = Table(
    "dossier_units",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("unit_id", ForeignKey("units.id"), primary_key=True),
    Column("held", Boolean, nullable=False, server_default=text("false")),
    Index("ix_dossier_units_unit", "unit_id", "dossier_id"),
)

externals = Table(
    "externals",
    metadata,
    Column("system", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False, index=True),
)

# Dossiers of whose people nothing is kept any more, closed before what was chosen then: append-only, which triggers of
# the database enforce.
purges = Table(
    "purges",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("purged_at", Instant, nullable=False),
    Column("closed_before", Instant, nullable=False),
)

# Entries that are few and looked for by their time (app/patterns): asked for papers, put off, corrected.
RARE_ENTRIES = "type IN ('request-supplement', 'reschedule', 'correct', 'approve-correction')"

# Entries flagged as recorded late. What only changed past figures (imports, corrections) is not among them.
RECORDED_LATE = """data LIKE '%"backdated"%'"""

# The journal: append-only, which triggers of the database enforce (rules §13).
entries = Table(
    "entries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("unit_id", ForeignKey("units.id"), nullable=False),
    Column("data", Json, nullable=False),
    Column("text_hash", Text),  # of the row of entry_texts with this sequence
    Column("applicant_number", Integer),
    Column("applicant_hash", Text),
    Column("corrects", Integer),
    # From when on this entry changed figures already given (correction, backdated entry, import); else null.
    Column("changes_from", Instant),
    Column("hash", Text, nullable=False),  # of all this and of the entry before it (docs/journal.md)
    UniqueConstraint("dossier_id", "sequence"),
    Index(
        "ix_entries_rare",
        "type",
        "occurred_at",
        postgresql_where=text(RARE_ENTRIES),
        sqlite_where=text(RARE_ENTRIES),
    ),
    # All that the list of them filters by, so that it is read from the index alone.
    Index(
        "ix_entries_late",
        "recorded_at",
        "id",
        "unit_id",
        "type",
        postgresql_where=text(RECORDED_LATE),
        sqlite_where=text(RECORDED_LATE),
    ),
)

# Append-only: what was recorded since the seal before, held by one hash (docs/journal.md).
seals = Table(
    "seals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("date", LocalDate, nullable=False),  # the last day of which all is sealed
    Column("first_id", BigInteger, nullable=False),  # of entries
    Column("last_id", BigInteger, nullable=False, unique=True),
    Column("count", Integer, nullable=False),
    Column("root", Text, nullable=False),
    Column("previous", Text, nullable=False),  # the hash of the seal before
    Column("sealed_at", Instant, nullable=False),
    Column("hash", Text, nullable=False),
)

# The parts of a seal's tree: what makes a proof short, and names what was changed.
seal_blocks = Table(
    "seal_blocks",
    metadata,
    Column("seal", ForeignKey("seals.number"), primary_key=True),
    Column("block", Integer, primary_key=True),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("leaves", Json, nullable=False),  # [[dossier, sequence, beginning of the hash]]
)

# --- What is told outside (docs/reminders.md) -------------------------------------------------------------------------

# Other systems that are told what happens to the dossiers of some units.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", ForeignKey("units.id"), index=True),  # whose subtree; null: all units
    Column("url", Text, nullable=False),
    Column("types", Json, nullable=False),  # of entries; empty: all
    Column("secret", Text),  # encrypted; null once it has ended
    Column("client", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("replays", Integer, nullable=False, server_default=text("0")),
    # While it is told anew: the id of the last entry that it was told so; else null.
    Column("replayed_to", BigInteger),
)

# Entries that somebody may have to be told of, until it is settled who: written with the entry, gone soon after. No
# key refers to another table: it would cost each change as much as the row.
outbox_events = Table(
    "outbox_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("dossier_id", BigInteger, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("webhook_id", Integer),  # only this one is left to be told, once its replay is over
)

# What is to be told to whom, once for each occasion. Holds no personal data: whoever is written to is looked up when
# the message is sent.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("occasion", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # id of the webhook or contact, or `applicant`
    Column("stream", Text),  # messages of one stream are sent one after the other
    Column("dossier_id", BigInteger),
    Column("sequence", Integer),
    Column("unit_id", ForeignKey("units.id"), index=True),  # whose staff may see it; null: who may see all units
    Column("data", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("claimed_until", Instant),  # a worker is sending it
    Column("claim", Text),  # which one
    Column("last_error", Text),
    Column("ended_at", Instant),
    CheckConstraint("channel IN ('webhook', 'email', 'gateway')", name="channel"),
    CheckConstraint("state IN ('pending', 'sent', 'dead', 'dropped')", name="state"),
    Index(
        "ix_outbox_pending",
        "next_at",
        "id",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    Index(
        "ix_outbox_stream",
        "stream",
        "id",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    Index("ix_outbox_state", "state", "id"),
)

# Whom of a unit reminders reach.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", ForeignKey("units.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("officer", Text),  # whose dossiers, where it is an officer's
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("thresholds", Json, nullable=False),
    Column("escalate_hours", Integer, nullable=False),
    Column("client", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("digest_date", LocalDate),  # the last day on which it had its morning list
    CheckConstraint("role IN ('unit', 'officer', 'supervisor')", name="role"),
    CheckConstraint("channel IN ('email', 'gateway')", name="channel"),
)

# Each occasion on which somebody is reminded of a dossier: once, which the unique key sees to.
reminders = Table(
    "reminders",
    metadata,
    Column("id", Key, primary_key=True),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("occasion", Text, nullable=False),  # a due date, or since when
    Column("unit_id", ForeignKey("units.id"), nullable=False),  # who has to act
    Column("escalated", Boolean, nullable=False),  # nobody of the unit has said that it knows
    Column("raised_at", Instant, nullable=False),
    Column("told_at", Instant),  # when it was put into the outbox
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Text),
    Column("snoozed_until", Instant),
    Column("snooze_reason", Text),
    Column("ended_at", Instant),  # when the occasion was seen to be over
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("contact_id", "dossier_id", "kind", "occasion"),
    Index(
        "ix_reminders_current",
        "contact_id",
        "id",
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
    Index("ix_reminders_unit", "unit_id", "id"),
)

# When a worker last began to look whom to remind.
reminder_rounds = Table(
    "reminder_rounds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("begun_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# --- What the figures are counted from (rules §11), written with each change ------------------------------------------

# What a dossier, or the step under way in it, was from when to when: by what happened, not by when it was recorded.
spans = Table(
    "spans",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("phase", Text, primary_key=True),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),  # null: it still is so
    Column("responsible_unit_id", ForeignKey("units.id"), nullable=False),  # of a step the unit that does it
    Column("holder_unit_id", ForeignKey("units.id"), nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("overdue_from", Instant),
    Column("apology", Boolean, nullable=False),
    CheckConstraint("phase IN ('submitted', 'open', 'step')", name="phase"),
    Index("ix_spans_from", "from_at", "to_at"),
    Index("ix_spans_responsible", "responsible_unit_id", "from_at"),
    # What becomes overdue later today.
    Index(
        "ix_spans_lapsing",
        "overdue_from",
        postgresql_where=text("to_at IS NULL"),
        sqlite_where=text("to_at IS NULL"),
    ),
    # What is waiting to be received.
    Index(
        "ix_spans_submitted",
        "from_at",
        postgresql_where=text("phase = 'submitted'"),
        sqlite_where=text("phase = 'submitted'"),
    ),
)

# What happened to a dossier or to one of its steps that a figure counts: one row each.
occurrences = Table(
    "occurrences",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("date", LocalDate, nullable=False),
    Column("unit_id", ForeignKey("units.id"), nullable=False),  # responsible then; for a move the unit left
    Column("to_unit_id", ForeignKey("units.id")),  # for a move the unit that became responsible
    Column("verdict", Text),  # finished, done
    Column("overdue", Boolean, nullable=False),  # withdrawn, discontinued: overdue then; finished: late
    Column("apology", Boolean, nullable=False),
    CheckConstraint(
        "kind IN ('submitted', 'declined', 'unsubmitted', "
        "'received', 'finished', 'withdrawn', 'discontinued', 'moved', "
        "'step_given', 'step_done', 'step_withdrawn', 'step_discontinued', 'step_moved')",
        name="kind",
    ),
    Index("ix_occurrences_date", "date", "kind", "unit_id"),
    Index("ix_occurrences_unit", "unit_id", "date"),
    Index(
        "ix_occurrences_moves",
        "at",
        "unit_id",
        "to_unit_id",
        postgresql_where=text("to_unit_id IS NOT NULL"),
        sqlite_where=text("to_unit_id IS NOT NULL"),
    ),
)

# --- The counts themselves (docs/decisions/0007-rollups.md) -----------------------------------------------------------

# What is counted, by day, month and year (`grain`, from `first_date` on): what happened, and by how much what stands
# grew. A sum over all buckets up to a date is what stood at its end. No keys refer to other tables: these rows follow
# from the journals, which `motcua verify` checks, and each reference would cost as much as the count.
FIGURES = (
    "received_counter",
    "received_online",
    "received_postal",
    "early",
    "on_time",
    "late",
    "unjudged",  # done steps without a share of the limit
    "late_unapologised",
    "withdrawn",
    "withdrawn_overdue",
    "discontinued",
    "discontinued_overdue",
    "submitted",
    "declined",
    "unsubmitted",
    "open",
    "suspended",
    "overdue",
    "overdue_unapologised",
    "waiting",
)


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default=text("0")) for name in names]


# One dimension at a time: key is a unit's or a procedure's id, or a channel's place among the channels.
rollup_totals = Table(
    "rollup_totals",
    metadata,
    Column("dimension", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("key", Integer, primary_key=True, autoincrement=False),
    *_counts(*FIGURES),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    sqlite_with_rowid=False,
)

# All dimensions at once, for questions that filter.
rollup_cells = Table(
    "rollup_cells",
    metadata,
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("procedure_id", Integer, primary_key=True, autoincrement=False),
    Column("receiving_unit_id", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    *_counts(*FIGURES),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    CheckConstraint("subject IN ('dossier', 'step')", name="subject"),
    sqlite_with_rowid=False,
)

# Moves between units.
rollup_moves = Table(
    "rollup_moves",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("to_unit_id", Integer, primary_key=True, autoincrement=False),
    *_counts("moved"),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    CheckConstraint("subject IN ('dossier', 'step')", name="subject"),
    sqlite_with_rowid=False,
)

# When an entry that changed figures of a bucket's days was last recorded; dimension `all` has the key 0.
late_changes = Table(
    "late_changes",
    metadata,
    Column("dimension", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("dimension IN ('all', 'unit', 'receiving')", name="dimension"),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    sqlite_with_rowid=False,
)

# What changes have added to the counts and no worker has folded into them yet: appended, so that no row is hot.
pending_increments = Table(
    "pending_increments",
    metadata,
    Column("id", Key, primary_key=True),
    Column("size", Integer, nullable=False),  # how many numbers it holds
    Column("content", Json, nullable=False),
)

# A row: the counts do not hold yet what the journals say, `motcua recount` has to make them.
recount_due = Table(
    "recount_due",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("why", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
