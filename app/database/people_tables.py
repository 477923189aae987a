"""Tables of personal data, separate from the journal (rules §13)."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from app.database.columns import Instant, Json
from app.database.metadata import metadata
from app.database.word_conditions import NAME_WORDS

# Digits from the last to the first, compared by their code: an index then finds them by the last ones (rules §18).
_PHONE_KEY = Text().with_variant(Text(collation="C"), "postgresql")

applicants = Table(
    "applicants",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # each change of particulars adds a row
    Column("salt", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("identity_kind", Text),  # null: it was not stated
    Column("identity_encrypted", Text),
    Column("identity_hash", Text, index=True),  # keyed hash of the normalised number, for searching
    Column("phone", Text, index=True),  # as it was written
    Column("phone_key", _PHONE_KEY, index=True),  # null in a row of a process of the version before
    Column("email", Text),
    Column("address", Text),
    Column("commune_unit_id", ForeignKey("units.id")),
    Column("commune_text", Text),
    # The search by words of a name. SQLite has no such index and reads the names.
    Index("ix_applicants_words", text(NAME_WORDS), postgresql_using="gin").ddl_if("postgresql"),
)

# People whom the words of an entry name beside the applicant: who they are for search, and their encrypted identity
# numbers. All their other words are in `entry_texts`, and its hash covers the numbers too.
participants = Table(
    "participants",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),  # of the entry
    Column("number", Integer, primary_key=True),  # within the entry
    Column("kind", Text, nullable=False),  # agent: hands in for the applicant; co_applicant: applies with the applicant
    Column("name_folded", Text, nullable=False),
    Column("identity_encrypted", Text),
    Column("identity_hash", Text, index=True),
    Column("phone", Text, index=True),
    Column("phone_key", _PHONE_KEY, index=True),
    Column("replaced_by", Integer),  # the entry that corrected these particulars; null for present ones
    Index("ix_participants_words", text(NAME_WORDS), postgresql_using="gin").ddl_if("postgresql"),
)

# Texts that people wrote with an entry: officer, note, reason, legal basis, documents, …
entry_texts = Table(
    "entry_texts",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("content", Json, nullable=False),
)

# One row: the secret behind the rating keys of receipts (app/dossiers/rating_keys.py).
rating_secret = Table(
    "rating_secret",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("encrypted", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# Ratings by holders of a receipt, one for each dossier, append-only by triggers. A purge deletes only the comment.
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

# Dossiers without personal data since a purge, append-only by triggers. The purge took dossiers closed before
# `closed_before`.
purges = Table(
    "purges",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("purged_at", Instant, nullable=False),
    Column("closed_before", Instant, nullable=False),
)
