"""Reads the settings: environment variables with defaults that run on an SQLite file.

`docs/settings.md` is made from the classes and descriptions below: each class is a section of the page.
"""

import os
import re
import ssl
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_pem_x509_certificates
from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from app.domain.lifecycle import Role
from app.encryption.errors import KeysUnusable
from app.encryption.key_files import Keys
from app.encryption.key_ring import parse_key_ring
from app.encryption.signed_notes import SIGNATURE, Signer, Verifier, parse_signer, parse_verifier

# Asymmetric algorithms only: a service that checks tokens must not be able to sign them.
SIGNATURE_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[A-Za-z0-9.-]+")
# Without these nobody can sign in at the provider.
_OF_SIGN_IN = ("sso_authorize_url", "sso_token_url")
_NEIGHBOUR = re.compile(r"(\S+?)=(https?://\S+)")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


def _variable(name: str) -> str:
    return f"MOTCUA_{name.upper()}"


def _algorithms(value: str) -> str:
    names = _listed(value)
    if not names or not names <= SIGNATURE_ALGORITHMS:
        raise ValueError(f"use one or more of {', '.join(sorted(SIGNATURE_ALGORITHMS))}, separated by commas")
    return value


def _roles(value: str) -> str:
    pairs = [pair.rpartition("=") for pair in _listed(value)]
    if not all(name.strip() and role.strip() in set(Role) for name, _, role in pairs):
        raise ValueError(f"use pairs such as motcua-clerks=clerk, separated by commas; the roles are {', '.join(Role)}")
    return value


def _code_agency(value: str) -> str:
    unit, at, day = value.partition("@")
    try:
        responsible = unit == "responsible" and (not at or date.fromisoformat(day))
    except ValueError:
        responsible = False
    if value != "receiving" and not responsible:
        raise ValueError("use receiving, responsible or responsible@2026-12-01 with the first day of such codes")
    return value


def _ring(value: SecretStr) -> SecretStr:
    if value.get_secret_value():
        try:
            parse_key_ring(value.get_secret_value())
        except KeysUnusable as refusal:
            raise ValueError(refusal.detail) from None
    return value


def _signer(value: SecretStr) -> SecretStr:
    if value.get_secret_value():
        parse_signer(value.get_secret_value())
    return value


def _neighbours(value: str) -> str:
    for pair in _listed(value):
        match = _NEIGHBOUR.fullmatch(pair)
        if match is None or parse_verifier(match[1]).kind != SIGNATURE:
            raise ValueError("use pairs of a verifier key and an address, such as name+1a2b3c4d+AQ…=https://example.vn")
    return value


def _addresses(value: str) -> str:
    if not all(_ADDRESS.fullmatch(address) for address in _listed(value)):
        raise ValueError("use mail addresses, separated by commas")
    return value


def _listed(value: str) -> set[str]:
    return {part.strip() for part in value.split(",")} - {""}


def _networks(value: str) -> str:
    # No wildcard: it would let every client claim any address.
    for network in _listed(value):
        try:
            ip_network(network)
        except ValueError:
            raise ValueError(f"{network} is neither an address (10.0.0.1) nor a network (10.0.0.0/24)") from None
    return value


def _regions(value: str) -> str:
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    names = [name.strip() for name, _, _ in pairs]
    if not all(_REGION.fullmatch(name.strip()) and equals for name, equals, _ in pairs) or len(set(names)) < len(names):
        raise ValueError("use pairs such as da-nang=https://10.0.1.1, separated by commas; each name once, of a-z0-9-")
    for _name, _, address in pairs:
        parts = urlsplit(address.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError(f"{address.strip() or 'an empty text'} is no address such as https://10.0.1.1:8443")
    return value


def _mail_server(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query):
        raise ValueError("use smtp://user:password@host:587, or smtps:// for TLS from the start")
    return value


def _provider_address(value: str) -> str:
    # By http from this machine alone: elsewhere codes, secrets and keys could be read or replaced on the way.
    parts = urlsplit(value)
    here = parts.scheme == "http" and re.fullmatch(r"127\.0\.0\.1|localhost|::1", parts.hostname or "") is not None
    if value and (not (here or (parts.scheme == "https" and parts.hostname)) or parts.fragment):
        raise ValueError("addresses of the provider use https, or http on this machine")
    return value


def _folder(value: str) -> str:
    if value and not Path(value).is_dir():
        raise ValueError(f"there is no folder {value}")
    return value


def _authorities(value: str) -> str:
    if value:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
        except OSError as error:
            raise ValueError(f"{value} contains no readable certificate ({type(error).__name__})") from None
    return value


class DatabaseSettings(BaseModel):
    """Database and keys.

    See docs/operations.md for both databases and docs/personal-data.md for the keys.
    """

    database_url: str = Field(
        "sqlite:///motcua.db",
        description="database: `sqlite:///file`, `sqlite:////absolute/file` or `postgresql://user:password@host:5432/name`;"
        " a cluster has all its hosts: `postgresql://user@host1:5432,host2:5432/name` (docs/operations.md)",
    )
    read_database_url: str = Field(
        "",
        description="replicas of the database for reading, as `postgresql://user:password@host:5432/name`; empty: none"
        " (docs/operations.md)",
    )
    views_dir: Annotated[str, AfterValidator(_folder)] = Field(
        "",
        description="local folder that keeps views of personal data while the primary is away, with"
        " `MOTCUA_READ_DATABASE_URL`; empty: none, and staff see no personal data then",
    )
    secrets_dir: Annotated[str, AfterValidator(_folder)] = Field(
        "",
        description="folder with one file for each setting that is secret, such as `motcua_database_url` and"
        " `motcua_keys`; variables of the environment come first",
    )
    keys: Annotated[SecretStr, AfterValidator(_ring)] = Field(
        SecretStr(""),
        description="encryption keys for personal data, as printed by `motcua keys new`; the first key encrypts, older"
        " keys follow after commas; required on PostgreSQL, otherwise a key file beside the database: `motcua.db.key`",
    )
    pool_size: int = Field(8, ge=1, le=100, description="connections to PostgreSQL per worker")
    statement_cache: int = Field(
        512,
        ge=0,
        le=10_000,
        description="prepared statements that a connection to PostgreSQL keeps; 0 behind PgBouncer in transaction mode"
        " that does not know them (before 1.21, or with `max_prepared_statements = 0`)",
    )
    statement_seconds: float = Field(
        30, ge=1, le=3600, description="statement timeout in seconds (PostgreSQL); read timeout (SQLite)"
    )
    reports_at_once: int = Field(
        2, ge=1, le=32, description="reports computed at the same time per worker; further requests wait"
    )

    @field_validator("read_database_url")
    @classmethod
    def _replicated(cls, url: str, others: ValidationInfo) -> str:
        """Requires PostgreSQL on both sides."""
        if url and not (url.startswith("postgres") and others.data.get("database_url", "").startswith("postgres")):
            raise ValueError("replicas need PostgreSQL in both variables: SQLite is one file without replicas")
        return url


class DeadlineSettings(BaseModel):
    """Deadlines and late records."""

    due_soon_days: int = Field(
        1, ge=0, le=30, description="an open dossier with at most this many working days left is due soon (rules §7)"
    )
    backdating_working_hours: int = Field(
        24, ge=0, le=1000, description="working hours after which only a supervisor may record an event late (rules §8)"
    )
    undo_minutes: int = Field(
        30, ge=0, le=1440, description="minutes during which the client of the last entry voids it alone (rules §8)"
    )


class CodeSettings(BaseModel):
    """Dossier codes."""

    code_agency: Annotated[str, AfterValidator(_code_agency)] = Field(
        "receiving",
        description="unit with the identifier in front of new codes: `receiving`, `responsible`, or"
        " `responsible@2026-12-01` for dossiers that begin on that day or later (rules §10)",
    )


class RequestSettings(BaseModel):
    """Requests: limits, proxies, retries.

    Each worker counts for itself. A limit of 0 turns the limit off.
    """

    address_rate: int = Field(6000, ge=0, description="requests per minute and client address")
    token_rate: int = Field(6000, ge=0, description="requests per minute and token")
    failure_rate: int = Field(60, ge=0, description="rejected tokens per minute and client address")
    lookup_rate: int = Field(
        60, ge=0, description="computed due dates and ratings of the public per minute and client address"
    )
    lookup_misses: int = Field(
        20,
        ge=0,
        description="look-ups of unknown codes, and wrong keys and digits, per hour and client network (an IPv4 address"
        " or an IPv6 /48); each further one waits longer",
    )
    lookup_digits: int = Field(
        5,
        ge=0,
        description="wrong last digits per hour and dossier; after each further one, digits are not checked for longer",
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "127.0.0.1,::1",
        description="reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted: addresses or"
        " networks, separated by commas",
    )
    body_limit: int = Field(1_048_576, ge=1024, description="largest request body in bytes")
    body_seconds: float = Field(60, gt=0, le=600, description="timeout in seconds for the request body")
    drain_seconds: float = Field(
        0,
        ge=0,
        le=300,
        description="seconds for which `serve` still answers after SIGTERM while `/readyz` fails, so that a balancer"
        " sends new requests elsewhere; 0: it stops at once",
    )
    idempotency_hours: int = Field(
        24, ge=24, le=8760, description="hours for which the response to an `Idempotency-Key` is stored"
    )
    cors_origins: str = Field(
        "",
        description="sites whose scripts may read public data, such as `https://example.vn`, separated by commas;"
        " `*`: all sites; empty: none",
    )


class LogSettings(BaseModel):
    """Log and caches."""

    log_format: Literal["json", "text"] = Field(
        "json", description="format of the log: `json` for programs, `text` for people"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level that is logged")
    access_log: bool = Field(True, description="one log line per request")
    lookup_log_every: int = Field(
        1, ge=1, le=100_000, description="of successful look-ups, one in so many gets a log line, with `one_in`"
    )
    metrics_cache_seconds: float = Field(
        5.0, ge=0, le=60, description="seconds for which a worker caches the dossier figures of `/metrics`"
    )
    token_cache_seconds: float = Field(
        2.0,
        ge=0,
        description="seconds for which a worker caches a valid token; a revoked token works no longer than this",
    )


class PublicSettings(BaseModel):
    """Public pages and slips.

    See docs/pages.md and docs/slips.md.
    """

    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="public address of the service, such as `https://motcua.example.vn`; QR codes on slips link to"
        " `/d/{code}` there; empty: QR codes contain the dossier code only",
    )
    slips_dir: str = Field("", description="folder with the office's own slip templates")


class MessageSettings(BaseModel):
    """Messages: mail, phone, webhooks.

    See docs/reminders.md.
    """

    smtp_url: Annotated[str, AfterValidator(_mail_server)] = Field(
        "",
        description="mail server: `smtp://user:password@host:587`, or `smtps://` for TLS from the start; empty: none",
    )
    mail_from: str = Field("", pattern=r"^([^\s@<>,;:\"]+@[A-Za-z0-9.-]+)?$", description="sender address of mail")
    gateway_url: str = Field(
        "", pattern=r"^(https?://[^\s?#]+)?$", description="gateway for SMS or Zalo; empty: no messages by phone"
    )
    gateway_token: str = Field("", description="bearer token for the gateway")
    webhook_networks: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="internal networks where webhook receivers may be, also over `http`; other receivers need a public"
        " address and `https`",
    )
    ca_file: Annotated[str, AfterValidator(_authorities)] = Field(
        "",
        description="PEM file with further certificate authorities for mail server, gateway, webhooks, regions, single"
        " sign-on and the server of time stamps",
    )
    people_seen_per_hour: int = Field(
        500,
        ge=0,
        le=1_000_000,
        description="dossiers whose people one client sees within an hour, above which the supervisors of its unit get"
        " a message; 0: never",
    )
    outbox_worker: bool = Field(
        default=True, description="`serve` sends outgoing messages; if false, run `motcua work` beside it"
    )


class SealSettings(BaseModel):
    """Seals.

    See docs/journal.md and docs/operations.md.
    """

    seal_minutes: int = Field(
        5,
        ge=1,
        le=1440,
        description="minutes after which new entries are sealed; entries of an ended day are sealed too",
    )
    seals_dir: Annotated[str, AfterValidator(_folder)] = Field(
        "",
        description="folder outside the database into which the service copies each seal, such as a share of the"
        " inspectorate; empty: none",
    )
    seal_mail: Annotated[str, AfterValidator(_addresses)] = Field(
        "",
        description="mail addresses, separated by commas, that get the newest seal once a day, such as that of the"
        " inspectorate; needs a mail server; empty: none",
    )
    seal_key: Annotated[SecretStr, AfterValidator(_signer)] = Field(
        SecretStr(""),
        description="key that signs the tree of seals, as printed by `motcua seal-key`; empty: nothing is signed",
    )
    timestamp_ca: Annotated[str, AfterValidator(_authorities)] = Field(
        "", description="PEM file with the root certificates of the time-stamp authority; `motcua verify` reads it too"
    )
    timestamp_url: str = Field(
        "",
        pattern=r"^(https?://[^\s#]+)?$",
        description="time-stamp authority (RFC 3161) that stamps the newest seal; needs `MOTCUA_TIMESTAMP_CA`; empty:"
        " none",
    )
    timestamp_minutes: int = Field(
        60, ge=1, le=1440, description="minutes between two time stamps; each covers all seals before it"
    )
    witnessed: Annotated[str, AfterValidator(_neighbours)] = Field(
        "",
        description="registers whose trees of seals `motcua witness` cosigns, as `KEY=https://address`: the public key"
        " and the address of each, separated by commas",
    )

    @field_validator("timestamp_url")
    @classmethod
    def _checkable(cls, url: str, others: ValidationInfo) -> str:
        """Requires the certificates: a stamp that nobody can check proves nothing."""
        if url and not others.data.get("timestamp_ca"):
            raise ValueError("MOTCUA_TIMESTAMP_URL needs MOTCUA_TIMESTAMP_CA, the certificates that check its stamps")
        return url


class SessionSettings(BaseModel):
    """People who sign in.

    A session is extended while it is used. See section 21 of docs/rules.md.
    """

    session_idle_minutes: int = Field(
        60, ge=5, le=1440, description="minutes after the last request of a person, at which the session ends"
    )
    session_hours: int = Field(12, ge=1, le=24, description="longest life of a session in hours")
    link_hours: int = Field(72, ge=1, le=720, description="hours in which a link to sign in is valid")


class SignOnSettings(BaseModel):
    """Single sign-on: tokens of programs.

    Issuer and key address go together. See docs/operations.md for an example.
    """

    sso_issuer: str = Field("", description="issuer (`iss`) of the tokens; empty: no single sign-on")
    sso_audience: str = Field(
        "", description="required audience (`aud`) of bearer tokens; empty: none are accepted, and only people sign in"
    )
    sso_jwks_url: Annotated[str, AfterValidator(_provider_address)] = Field(
        "", validate_default=True, description="address of the issuer's public keys (JWKS), over `https`"
    )
    sso_algorithms: Annotated[str, AfterValidator(_algorithms)] = Field(
        "RS256,ES256", description="accepted signature algorithms, separated by commas; asymmetric ones only"
    )
    sso_skew_seconds: int = Field(30, ge=0, le=300, description="tolerated clock difference to the issuer in seconds")
    sso_lifetime_minutes: int = Field(
        720, ge=1, le=10_080, description="longest accepted lifetime of a token in minutes"
    )
    sso_role_claim: str = Field(
        "role", min_length=1, description="claim with the role, or a path such as `realm_access.roles`"
    )
    sso_roles: Annotated[str, AfterValidator(_roles)] = Field(
        "",
        description="role for each value of the claim, such as `mot-cua=clerk,lanh-dao=supervisor`; empty: the values"
        " are the names of the roles",
    )
    sso_unit_claim: str = Field(
        "unit",
        min_length=1,
        description="claim with the unit, or a path: a string is its current code, a number its id",
    )
    sso_all_units: bool = Field(
        default=False, description="a token without a unit is valid for all units; if false, it is rejected"
    )

    @field_validator("sso_jwks_url")
    @classmethod
    def _complete(cls, url: str, others: ValidationInfo) -> str:
        """Requires both settings or none; an audience needs them."""
        issuer, audience = (others.data.get(name) for name in ("sso_issuer", "sso_audience"))
        if bool(issuer) != bool(url) or (audience and not issuer):
            raise ValueError("MOTCUA_SSO_ISSUER and MOTCUA_SSO_JWKS_URL go together, and an audience needs both")
        return url


class ProviderSettings(BaseModel):
    """Single sign-on: people.

    `motcua sso discover` prints them for a provider. They need issuer, key address and `MOTCUA_PUBLIC_URL`.
    """

    sso_client_secret: SecretStr = Field(
        SecretStr(""), description="secret of this service at the provider; empty: a public client"
    )
    sso_client_auth: Literal["client_secret_basic", "client_secret_post"] = Field(
        "client_secret_basic", description="how the secret is sent: in a header, or in the body"
    )
    sso_authorize_url: Annotated[str, AfterValidator(_provider_address)] = Field(
        "", description="address where people sign in (`authorization_endpoint`)"
    )
    sso_token_url: Annotated[str, AfterValidator(_provider_address)] = Field(
        "", description="address where a code becomes a token (`token_endpoint`)"
    )
    sso_userinfo_url: Annotated[str, AfterValidator(_provider_address)] = Field(
        "", description="address of further claims (`userinfo_endpoint`); empty: the ID token has them all"
    )
    sso_userinfo_method: Literal["GET", "POST"] = Field("GET", description="method of that address")
    sso_end_session_url: Annotated[str, AfterValidator(_provider_address)] = Field(
        "", description="address where people sign out (`end_session_endpoint`); empty: they sign out here only"
    )
    sso_scope: str = Field("openid", description="requested scopes, separated by blanks; `openid` is one of them")
    sso_acr_values: str = Field(
        "", description="requested levels of assurance, separated by blanks; a token with another `acr` is refused"
    )
    sso_pkce: bool = Field(
        default=True, description="PKCE with S256; `false` only for a provider that refuses the parameter"
    )
    sso_iss_parameter: bool = Field(
        default=False, description="the provider always names itself in its answer (RFC 9207); without it: refused"
    )
    sso_name_claim: str = Field("name", min_length=1, description="claim with the person's name, or a path")
    sso_account_claim: str = Field(
        "",
        description="claim with the account name, or a path: at the first sign-in it finds the person of that account;"
        " empty: an administrator enters each `sub`",
    )
    sso_unknown: Literal["refuse", "create"] = Field(
        "refuse",
        description="people whom nobody entered: `refuse` them, or `create` them with role and unit of their claims",
    )
    sso_client_id: str = Field(
        "",
        validate_default=True,
        description="name of this service at the provider; empty: people do not sign in there",
    )

    @field_validator("sso_client_id")
    @classmethod
    def _configured(cls, client_id: str, others: ValidationInfo) -> str:
        """Requires what a sign-in needs, and names everything that is missing at once."""
        given = others.data
        if not client_id:
            if lost := [_variable(name) for name in _OF_SIGN_IN if given.get(name)]:
                raise ValueError(f"{', '.join(lost)} need MOTCUA_SSO_CLIENT_ID, the name of this service there")
            if given.get("sso_issuer") and not given.get("sso_audience"):
                raise ValueError("MOTCUA_SSO_ISSUER needs MOTCUA_SSO_AUDIENCE for programs, or a client id for people")
            return client_id
        needed = ("sso_issuer", *_OF_SIGN_IN, "public_url")
        if missing := [_variable(name) for name in needed if name in given and not given[name]]:
            raise ValueError(f"people sign in at the provider only with {', '.join(missing)} too")
        if "openid" not in given.get("sso_scope", "openid").split():
            raise ValueError("MOTCUA_SSO_SCOPE needs the scope openid: without it there is no ID token")
        if given.get("sso_unknown") == "create" and not given.get("sso_account_claim"):
            raise ValueError("MOTCUA_SSO_UNKNOWN=create needs MOTCUA_SSO_ACCOUNT_CLAIM, which names the new account")
        if not given.get("sso_pkce", True) and not given["sso_client_secret"].get_secret_value():
            raise ValueError("without a client secret, MOTCUA_SSO_PKCE must be true")
        return client_id


class RegionSettings(BaseModel):
    """Regions.

    Only `motcua regions` reads them. See docs/production.md.
    """

    regions: Annotated[str, AfterValidator(_regions)] = Field(
        "",
        description="registers of the country, as `da-nang=https://10.0.1.1,ha-noi=https://10.0.2.1`: name and"
        " address of each",
    )
    region_seconds: float = Field(3, ge=0.1, le=60, description="time-out in seconds for the answer of a region")


class Settings(
    RegionSettings,
    ProviderSettings,
    SignOnSettings,
    SessionSettings,
    SealSettings,
    MessageSettings,
    PublicSettings,
    LogSettings,
    RequestSettings,
    CodeSettings,
    DeadlineSettings,
    DatabaseSettings,
    BaseSettings,
):
    """Settings of one process; each variable is `MOTCUA_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="MOTCUA_")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library passes all sources
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources, the first one before the others: arguments, the environment, the folder with secrets."""
        folder = os.environ.get("MOTCUA_SECRETS_DIR")
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return init_settings, env_settings, *files

    @property
    def tells_applicants(self) -> bool:
        """Whether a channel to applicants is configured."""
        return bool(channels_of(self))

    @property
    def responsible_codes_from(self) -> date | None:
        """The date from which new codes begin with the responsible unit's identifier; None: they never do."""
        unit, at, day = self.code_agency.partition("@")
        if unit == "receiving":
            return None
        return date.fromisoformat(day) if at else date.min


def regions_of(settings: Settings) -> dict[str, str]:
    """The address of each region by its name, in the order of the setting."""
    pairs = [part.partition("=") for part in settings.regions.split(",") if part.strip()]
    return {name.strip(): address.strip().rstrip("/") for name, _, address in pairs}


def channels_of(settings: Settings) -> frozenset[str]:
    """The configured channels to people: `email`, `gateway`."""
    channels = {"email": settings.smtp_url and settings.mail_from, "gateway": settings.gateway_url}
    return frozenset(name for name, configured in channels.items() if configured)


def keys_of(settings: Settings) -> Keys:
    """The keys for the settings' database."""
    return Keys(settings.database_url, settings.keys.get_secret_value())


def seal_signer_of(settings: Settings) -> Signer | None:
    """The signer of checkpoints, None without a key."""
    key = settings.seal_key.get_secret_value()
    return parse_signer(key) if key else None


def timestamp_roots_of(settings: Settings) -> list[Certificate]:
    """The root certificates of the time-stamp authority; empty without a file."""
    return load_pem_x509_certificates(Path(settings.timestamp_ca).read_bytes()) if settings.timestamp_ca else []


def neighbours_of(settings: Settings) -> list[tuple[Verifier, str]]:
    """The public key and the address of each register that is witnessed."""
    pairs = [match.groups() for pair in sorted(_listed(settings.witnessed)) if (match := _NEIGHBOUR.fullmatch(pair))]
    return [(parse_verifier(key), address.rstrip("/")) for key, address in pairs]


def seal_mail_of(settings: Settings) -> list[str]:
    """The mail addresses that get the newest seal."""
    return sorted(_listed(settings.seal_mail))


def algorithms_of(settings: Settings) -> frozenset[str]:
    """The signature algorithms accepted for single sign-on."""
    return frozenset(_listed(settings.sso_algorithms))


def roles_of(settings: Settings) -> dict[str, Role]:
    """The role for each value of the role claim."""
    pairs = [pair.rpartition("=") for pair in _listed(settings.sso_roles)]
    return {name.strip(): Role(role.strip()) for name, _, role in pairs} or {str(role): role for role in Role}
