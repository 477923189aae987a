"""Every environment variable, with defaults that run on an SQLite file."""

import re
import ssl
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.lifecycle import Role
from app.encryption.errors import KeysUnusable
from app.encryption.key_files import Keys
from app.encryption.key_ring import ring_of

# Asymmetric ones only: who can check a token must not be able to make one.
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})


def _algorithms(value: str) -> str:
    if not _listed(value) or not _listed(value) <= _ALGORITHMS:
        raise ValueError(f"one or more of {', '.join(sorted(_ALGORITHMS))}, with commas between")
    return value


def _roles(value: str) -> str:
    pairs = [one.rpartition("=") for one in _listed(value)]
    if not all(name.strip() and role.strip() in set(Role) for name, _, role in pairs):
        raise ValueError(f"pairs like motcua-clerks=clerk, with commas between; the roles are {', '.join(Role)}")
    return value


def _ring(value: SecretStr) -> SecretStr:
    if value.get_secret_value():
        try:
            ring_of(value.get_secret_value())
        except KeysUnusable as refusal:
            raise ValueError(refusal.detail) from None
    return value


def _listed(value: str) -> set[str]:
    return {one.strip() for one in value.split(",")} - {""}


def _networks(value: str) -> str:
    # Whom everybody is believed to be a proxy, anybody could write any address.
    for one in _listed(value):
        try:
            ip_network(one)
        except ValueError:
            raise ValueError(f"{one} is no address and no network, as 10.0.0.1 or 10.0.0.0/24") from None
    return value


def _mail_server(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query):
        raise ValueError("smtp://user:password@host:587, or smtps:// for TLS from the first byte")
    return value


def _authorities(value: str) -> str:
    if value:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
        except OSError as error:
            raise ValueError(f"{value} holds no certificate that can be read ({type(error).__name__})") from None
    return value


class Settings(BaseSettings):
    """Settings of one process; each is read from `MOTCUA_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="MOTCUA_")

    database_url: str = Field("sqlite:///motcua.db", description="SQLite file or PostgreSQL, as a URL")
    keys: Annotated[SecretStr, AfterValidator(_ring)] = Field(
        SecretStr(""), description="what personal data are encrypted with, as `motcua keys new` prints it"
    )
    pool_size: int = Field(8, ge=1, le=100, description="PostgreSQL connections per worker")
    statement_seconds: float = Field(
        30, ge=1, le=3600, description="after how long a statement on PostgreSQL, or a reading on SQLite, is ended"
    )
    reports_at_once: int = Field(2, ge=1, le=32, description="reports that a worker computes at once; others wait")
    due_soon_days: int = Field(
        1, ge=0, le=30, description="working days left at which a dossier is due soon (rules §7)"
    )
    backdating_hours: int = Field(72, ge=0, le=8760, description="how far back an event may be recorded (rules §8)")
    idempotency_hours: int = Field(
        24, ge=24, le=8760, description="how long what was answered under an Idempotency-Key is kept"
    )
    address_rate: int = Field(6000, ge=0, description="requests per minute and address; 0 turns the limit off")
    token_rate: int = Field(6000, ge=0, description="requests per minute and token; 0 turns the limit off")
    failure_rate: int = Field(60, ge=0, description="tokens refused per minute and address; 0 turns the limit off")
    lookup_rate: int = Field(60, ge=0, description="public look-ups per minute and address; 0 turns the limit off")
    lookup_misses: int = Field(
        20, ge=0, description="look-ups of unknown codes per hour and address before waits grow; 0 turns them off"
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "127.0.0.1,::1", description="proxies whose X-Forwarded-For and -Proto are believed, as addresses or networks"
    )
    body_limit: int = Field(1_048_576, ge=1024, description="largest request body, in bytes")
    head_seconds: float = Field(10, gt=0, le=600, description="in how long a request's head has to come")
    body_seconds: float = Field(60, gt=0, le=600, description="in how long a request's body has to come")
    cors_origins: str = Field(
        "", description="sites whose scripts may read what is public, with commas between; `*`: any; empty: none"
    )
    log_format: Literal["json", "text"] = Field("json", description="how lines of the log are written")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="the least that is logged")
    access_log: bool = Field(True, description="whether each request has its line in the log")
    metrics_cache_seconds: float = Field(
        5.0, ge=0, le=60, description="how long a worker keeps what /metrics says of the register"
    )
    token_cache_seconds: float = Field(2.0, ge=0, description="how long a worker may trust a token it has checked")
    public_url: str = Field(
        "", pattern=r"^(https?://[^\s?#]+)?$", description="address of the look-up pages, for the QR codes of slips"
    )
    slips_dir: str = Field("", description="folder of an office's own templates of slips")
    smtp_url: Annotated[str, AfterValidator(_mail_server)] = Field(
        "", description="the mail server, as smtp://user:password@host:587; empty: no mail is sent"
    )
    mail_from: str = Field(
        "", pattern=r"^([^\s@<>,;:\"]+@[A-Za-z0-9.-]+)?$", description="the address that mail is sent from"
    )
    gateway_url: str = Field(
        "", pattern=r"^(https?://[^\s?#]+)?$", description="gateway for SMS or Zalo; empty: nothing is sent by phone"
    )
    gateway_token: str = Field("", description="what the gateway is shown after `Bearer`")
    webhook_networks: Annotated[str, AfterValidator(_networks)] = Field(
        "", description="networks within which webhooks may lie, also by http; all others must be public ones"
    )
    ca_file: Annotated[str, AfterValidator(_authorities)] = Field(
        "", description="certificates, as PEM, of own authorities that mail servers, gateway and webhooks may have"
    )
    outbox_worker: bool = Field(default=True, description="whether `serve` sends what is to be told, as `work` does")
    sso_issuer: str = Field("", description="the `iss` of the single sign-on's tokens; empty: there is none")
    sso_audience: str = Field("", description="what their `aud` must hold")
    sso_jwks_url: str = Field("", validate_default=True, description="where the issuer's public keys are")
    sso_algorithms: Annotated[str, AfterValidator(_algorithms)] = Field(
        "RS256,ES256", description="what they may be signed by"
    )
    sso_skew_seconds: int = Field(30, ge=0, le=300, description="how far the issuer's clock may differ")
    sso_lifetime_minutes: int = Field(720, ge=1, le=10_080, description="the longest life that a token may be made for")
    sso_role_claim: str = Field("role", min_length=1, description="the claim with the role, or a path to it")
    sso_roles: Annotated[str, AfterValidator(_roles)] = Field(
        "", description="which values of it mean which role; empty: the roles' own names"
    )
    sso_unit_claim: str = Field("unit", min_length=1, description="the claim with the unit's code or id, or a path")
    sso_all_units: bool = Field(default=False, description="whether a token without a unit is for all units")

    @field_validator("sso_jwks_url")
    @classmethod
    def _whole(cls, url: str, others: ValidationInfo) -> str:
        """All three or none, and keys only from where nobody on the way can change them."""
        named = [bool(one) for one in (others.data.get("sso_issuer"), others.data.get("sso_audience"), url)]
        if any(named) and not all(named):
            raise ValueError("MOTCUA_SSO_ISSUER, MOTCUA_SSO_AUDIENCE and MOTCUA_SSO_JWKS_URL go together")
        parts = urlsplit(url)
        here = parts.scheme == "http" and re.fullmatch(r"127\.0\.0\.1|localhost|::1", parts.hostname or "") is not None
        if url and not here and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("keys are fetched by https, or by http from this machine")
        return url

    @property
    def tells_applicants(self) -> bool:
        """Whether there is any way by which applicants are told."""
        return bool((self.smtp_url and self.mail_from) or self.gateway_url)


def channels_of(settings: Settings) -> frozenset[str]:
    """The channels by which people are told."""
    found = {"email": settings.smtp_url and settings.mail_from, "gateway": settings.gateway_url}
    return frozenset(name for name, given in found.items() if given)


def keys_of(settings: Settings) -> Keys:
    """The keys for the settings' database."""
    return Keys(settings.database_url, settings.keys.get_secret_value())


def algorithms_of(settings: Settings) -> frozenset[str]:
    """The names of the algorithms that tokens of the single sign-on may be signed by."""
    return frozenset(_listed(settings.sso_algorithms))


def roles_of(settings: Settings) -> dict[str, Role]:
    """What each value of the claim with the role means."""
    pairs = [one.rpartition("=") for one in _listed(settings.sso_roles)]
    return {name.strip(): Role(role.strip()) for name, _, role in pairs} or {str(role): role for role in Role}
