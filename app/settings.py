"""Every environment variable, with defaults that run on an SQLite file."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process; each is read from `MOTCUA_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="MOTCUA_")

    database_url: str = Field("sqlite:///motcua.db", description="SQLite file or PostgreSQL, as a URL")
    pool_size: int = Field(8, ge=1, le=100, description="PostgreSQL connections per worker")
    statement_seconds: float = Field(30, ge=1, le=3600, description="after how long a statement on PostgreSQL is ended")
    due_soon_days: int = Field(
        1, ge=0, le=30, description="working days left at which a dossier is due soon (rules §7)"
    )
    backdating_hours: int = Field(72, ge=0, le=8760, description="how far back an event may be recorded (rules §8)")
    idempotency_hours: int = Field(
        24, ge=24, le=8760, description="how long what was answered under an Idempotency-Key is kept"
    )
    lookup_rate: int = Field(60, ge=0, description="public look-ups per minute and address; 0 turns the limit off")
    body_limit: int = Field(1_048_576, ge=1024, description="largest request body, in bytes")
    metrics_cache_seconds: float = Field(
        5.0, ge=0, le=60, description="how long a worker keeps what /metrics says of the register"
    )
    token_cache_seconds: float = Field(2.0, ge=0, description="how long a worker may trust a token it has checked")
