"""Command `motcua sso discover`: prints the settings of a provider from its discovery document."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx
import typer

from app.domain.errors import Invalid, Unavailable
from app.http.certificates import trust
from app.settings import SIGNATURE_ALGORITHMS, Settings

_PATH = "/.well-known/openid-configuration"
_PATIENCE = 10.0
# Setting by the member of the document (OpenID Connect Discovery 1.0, section 3).
_ADDRESSES: Mapping[str, str] = {
    "jwks_uri": "SSO_JWKS_URL",
    "authorization_endpoint": "SSO_AUTHORIZE_URL",
    "token_endpoint": "SSO_TOKEN_URL",
    "userinfo_endpoint": "SSO_USERINFO_URL",
    "end_session_endpoint": "SSO_END_SESSION_URL",
}
_NEEDED = ("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint")


def sso_commands() -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Set up the single sign-on.", no_args_is_help=True)

    @group.callback()
    def described() -> None:
        """Keeps the name of the only command."""

    @group.command()
    def discover(
        url: Annotated[str, typer.Argument(help="Issuer, such as https://sso.example.vn/realms/tra-my.")],
    ) -> None:
        """Print the settings of a provider, read from its discovery document. Nothing is stored."""
        for line in _lines(_document(url), url):
            typer.echo(line)

    return group


def _document(url: str) -> Mapping[str, Any]:
    address = url if url.endswith(_PATH) else url.rstrip("/") + _PATH
    try:
        with httpx.Client(verify=trust(Settings().ca_file).web, trust_env=False, timeout=_PATIENCE) as http:
            document = http.get(address).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unavailable("sign_on_unavailable", f"{address} gives no document: {type(error).__name__}.") from None
    if not isinstance(document, dict) or not all(isinstance(document.get(name), str) for name in _NEEDED):
        raise Invalid("discovery_invalid", f"The document at {address} lacks one of {', '.join(_NEEDED)}.")
    return document


def _lines(document: Mapping[str, Any], url: str) -> Iterator[str]:
    """The settings as lines of a shell, and what an operator must know as comments."""
    issuer = document["issuer"]
    if issuer.rstrip("/") != url.removesuffix(_PATH).rstrip("/"):
        detail = f"The document names the issuer {issuer!r} instead of {url!r}: it may be that of another provider."
        raise Invalid("discovery_invalid", detail)
    yield _line("SSO_ISSUER", issuer)
    for member, name in _ADDRESSES.items():
        if isinstance(document.get(member), str):
            yield _line(name, document[member])
    yield _line("SSO_ALGORITHMS", ",".join(_usable(document, "id_token_signing_alg_values_supported", ["RS256"])))
    authentication = _listed(document, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" not in authentication and "client_secret_post" in authentication:
        yield _line("SSO_CLIENT_AUTH", "client_secret_post")
    if document.get("authorization_response_iss_parameter_supported") is True:
        yield _line("SSO_ISS_PARAMETER", "true")
    yield _line("SSO_CLIENT_ID", "motcua")
    yield from _notes(document)


def _notes(document: Mapping[str, Any]) -> Iterator[str]:
    yield "# MOTCUA_SSO_CLIENT_ID is the name that the provider gave to this service."
    yield "# MOTCUA_SSO_CLIENT_SECRET comes from the provider. Write it to a file of MOTCUA_SECRETS_DIR."
    if "S256" not in _listed(document, "code_challenge_methods_supported", []):
        yield "# The provider does not promise PKCE. If it refuses the parameter, set MOTCUA_SSO_PKCE=false."
    if not isinstance(document.get("end_session_endpoint"), str):
        yield "# The provider has no address for signing out: people sign out of this service only."
    if document.get("backchannel_logout_supported") is not True:
        yield "# The provider does not report ended sessions: a session here lives until its own end."


def _usable(document: Mapping[str, Any], member: str, default: list[str]) -> list[str]:
    """The algorithms of the provider that this service accepts; raises Invalid `discovery_invalid` without any."""
    names = sorted(SIGNATURE_ALGORITHMS.intersection(_listed(document, member, default)))
    if not names:
        raise Invalid(
            "discovery_invalid", f"The provider signs with none of {', '.join(sorted(SIGNATURE_ALGORITHMS))}."
        )
    return names


def _listed(document: Mapping[str, Any], member: str, default: list[str]) -> list[str]:
    values = document.get(member, default)
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else default


def _line(name: str, value: str) -> str:
    return f"export MOTCUA_{name}={shlex.quote(value)}"
