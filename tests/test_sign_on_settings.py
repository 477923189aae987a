"""Settings of people's sign-in: what is missing is named at once, and discovery prints what a provider needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import commands
from app.settings import Settings
from tests.support.provider import CLIENT_ID, Provider, running_provider
from tests.support.sign_on import ISSUER

COMPLETE: dict[str, Any] = {
    "sso_issuer": ISSUER,
    "sso_jwks_url": "https://sso.example.vn/jwks",
    "sso_client_id": CLIENT_ID,
    "sso_authorize_url": "https://sso.example.vn/authorize",
    "sso_token_url": "https://sso.example.vn/token",
    "public_url": "https://motcua.example.vn",
}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


def refusal(**changed: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        Settings(**{**COMPLETE, **changed})
    return str(refused.value)


def test_complete_settings_need_no_audience_and_no_secret() -> None:
    assert Settings(**COMPLETE).sso_pkce


def test_everything_that_is_missing_is_named_at_once() -> None:
    text = refusal(sso_issuer="", sso_jwks_url="", sso_token_url="", public_url="")
    for name in ("MOTCUA_SSO_ISSUER", "MOTCUA_SSO_TOKEN_URL", "MOTCUA_PUBLIC_URL"):
        assert name in text
    assert "MOTCUA_SSO_AUTHORIZE_URL" not in text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sso_client_id": ""}, "need MOTCUA_SSO_CLIENT_ID"),
        ({"sso_client_id": "", "sso_authorize_url": "", "sso_token_url": ""}, "needs MOTCUA_SSO_AUDIENCE"),
        ({"sso_jwks_url": ""}, "go together"),
        ({"sso_scope": "profile"}, "needs the scope openid"),
        ({"sso_pkce": False}, "MOTCUA_SSO_PKCE must be true"),
        ({"sso_unknown": "create"}, "needs MOTCUA_SSO_ACCOUNT_CLAIM"),
        ({"sso_token_url": "http://sso.example.vn/token"}, "use https"),
        ({"sso_authorize_url": "https://sso.example.vn/authorize#x"}, "use https"),
        ({"sso_end_session_url": "javascript:alert(1)"}, "use https"),
        ({"sso_userinfo_method": "PUT"}, "GET"),
        ({"sso_client_auth": "private_key_jwt"}, "client_secret_basic"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(changed: dict[str, Any], words: str) -> None:
    assert words in refusal(**changed)


def test_the_secret_of_the_client_is_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "motcua_sso_client_secret").write_text("of-a-file\n", encoding="utf-8")
    monkeypatch.setenv("MOTCUA_SECRETS_DIR", str(tmp_path))
    assert Settings().sso_client_secret.get_secret_value() == "of-a-file"


# --- Discovery --------------------------------------------------------------------------------------------------------


def discovered(provider: Provider, **members: Any) -> str:
    provider.discovery = {
        "issuer": provider.address,
        "jwks_uri": f"{provider.address}/jwks",
        "authorization_endpoint": f"{provider.address}/authorize?a=1&b=2",
        "token_endpoint": f"{provider.address}/token",
        "end_session_endpoint": f"{provider.address}/end",
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256", "none"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        **members,
    }
    result = CliRunner().invoke(commands, ["sso", "discover", provider.address], catch_exceptions=True)
    return result.output if result.exit_code == 0 else f"{type(result.exception).__name__}: {result.exception}"


def test_discovery_prints_the_settings_as_lines_of_a_shell(provider: Provider) -> None:
    lines = discovered(provider).splitlines()
    assert f"export MOTCUA_SSO_ISSUER={provider.address}" in lines
    assert f"export MOTCUA_SSO_AUTHORIZE_URL='{provider.address}/authorize?a=1&b=2'" in lines
    assert "export MOTCUA_SSO_ALGORITHMS=PS256,RS256" in lines
    assert "export MOTCUA_SSO_CLIENT_AUTH=client_secret_post" in lines
    assert "export MOTCUA_SSO_ISS_PARAMETER=true" in lines
    assert not [line for line in lines if "USERINFO" in line or "PKCE" in line]
    pairs = [line.removeprefix("export MOTCUA_").split("=", 1) for line in lines if line.startswith("export")]
    read: dict[str, Any] = {name.lower(): value.strip("'") for name, value in pairs}
    assert Settings(public_url="http://localhost:8000", **read).sso_client_id


def test_discovery_says_what_the_provider_lacks(provider: Provider) -> None:
    output = discovered(
        provider, code_challenge_methods_supported=[], end_session_endpoint=None, backchannel_logout_supported=False
    )
    assert "MOTCUA_SSO_PKCE=false" in output
    assert "does not report ended sessions" in output


def test_discovery_refuses_the_document_of_another_provider(provider: Provider) -> None:
    assert "may be that of another provider" in discovered(provider, issuer="https://elsewhere.example.vn")
    assert "lacks one of" in discovered(provider, token_endpoint=None)
    assert "signs with none of" in discovered(provider, id_token_signing_alg_values_supported=["HS256"])
    provider.down = True
    assert "gives no document" in discovered(provider)
