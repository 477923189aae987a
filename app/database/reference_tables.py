"""Tables of the reference data (rules §3, §4, §12), and of the scores of rankings."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.database.columns import Instant, Json, LocalDate
from app.database.metadata import metadata

# One row: a revision that each change of reference data raises, so that workers notice an outdated copy.
reference_state = Table(
    "reference_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("place", Text),  # where the register is; another place shows a restored copy (app/database/places.py)
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
    Column("successor_id", ForeignKey("units.id"), index=True),  # of a divided unit the main one
    Column("division", Json),  # {successors, rules: [{successor, procedures, communes}]}, ids
    Column("tokens_wait", Boolean),  # its tokens wait for the successor (rules §12); null: ended before this rule
    Column("traits", Json, nullable=False, server_default=text("'[]'")),  # ["mountain", …]
    Column("fields", Json, nullable=False, server_default=text("'[]'")),  # ["Hộ tịch", …], of a department
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("code", "valid_from"),
    CheckConstraint("kind IN ('province', 'district', 'office', 'commune')", name="kind"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
)

# A change of working sessions affects later receipts only, so each change is a new revision (rules §3).
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
    Column("thresholds", Json),  # thresholds for reminders; null: those of each contact
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
    Column("documents", Json, nullable=False),  # [{name, form, copies, when}]
    Column("results", Json, nullable=False, server_default=text("'[]'")),  # [{code, name}]
    Column("route", Json, nullable=False),  # [{unit: id | "receiving" | "responsible", name, limit}]
    Column("legal_basis", Text),
    Column("max_supplement_requests", Integer, nullable=False),
    Column("max_extension", Integer, nullable=False),
    Column("special_rules", Json, nullable=False, server_default=text("'{}'")),  # app/catalogue/special_rules.py
    UniqueConstraint("procedure_id", "version"),
    CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="validity"),
)

# Append-only: publishing adds a revision, and the highest of a year is in force (rules §3).
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

# Append-only: the points of rates in a ranking. A later revision replaces the whole table before it.
score_tables = Table(
    "score_tables",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False, unique=True),
    Column("decision", Text),
    Column("client", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

# Rates and points are whole numbers of ten-thousandths, so sums are exact.
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
