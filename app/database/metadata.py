"""The metadata of all tables: how constraints are named, and the type of growing keys."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite generates INTEGER keys only. On PostgreSQL the keys of growing tables need 64 bits.
Key = BigInteger().with_variant(Integer(), "sqlite")
