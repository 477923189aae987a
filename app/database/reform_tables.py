"""Tables of reforms: changes of reference data whose dossiers follow in short transactions (rules §12)."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, Table, Text

from app.database.columns import Instant, Json
from app.database.metadata import Key, metadata

# A published calendar, a succession or an outage. `began_at` is the time of its entries. At most one has no `done_at`.
reforms = Table(
    "reforms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("idempotency_key", Text, unique=True),  # of the request, hashed, so that a repeat joins it
    Column("fingerprint", Text),  # of the request with the key
    Column("parameters", Json, nullable=False),
    Column("notify", Boolean, nullable=False),
    Column("last_dossier", Key, nullable=False),  # the highest id of a dossier that it concerns
    Column("position", Key, nullable=False),  # the id of the last dossier of the batches so far
    Column("done_at", Instant),
    CheckConstraint("kind IN ('publication', 'succession', 'outage')", name="kind"),
)

# The dossiers that a reform moved, and those on which somebody acted meanwhile. Its batches leave them out.
reform_dossiers = Table(
    "reform_dossiers",
    metadata,
    Column("reform_id", ForeignKey("reforms.id"), primary_key=True),
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True, index=True),
    Column("moved", Boolean, nullable=False),
    Column("effect", Json, nullable=False),  # what the answer lists
)
