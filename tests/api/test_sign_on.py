"""Single sign-on: accepted and refused tokens, and the rights that they give."""

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from app.settings import Settings
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship, received
from tests.support.client import Call, Client
from tests.support.sign_on import AUDIENCE, ISSUER, Issuer, encoded, running_issuer, signed

TOKENS, UNITS = "/api/v1/tokens", "/api/v1/units"
SECOND = timedelta(seconds=1)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def client(seeded_url: str, issuer: Issuer) -> Iterator[Client]:
    with Client(seeded_url, NOW, **issuer.settings) as client:
        yield client


def let_in(client: Client, token: str) -> None:
    answer = client.get(DOSSIERS, token=token)
    assert answer.status_code == 200, answer.text


def refused(client: Client, token: str, code: str, status: int = 401) -> httpx.Response:
    answer = client.get(DOSSIERS, token=token)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    if status == 401:
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    return answer


def unit_id(client: Client, code: str) -> int:
    ids: dict[str, int] = {item["code"]: item["id"] for item in client.get(f"{UNITS}?limit=500").json()["items"]}
    return ids[code]


# --- Callers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_of_the_issuer_is_accepted_with_its_role_and_unit(
    client: Client, issuer: Issuer, algorithm: str
) -> None:
    issuer.rotate("key-2", algorithm)
    here = received(client, issuer.token(NOW))
    assert here["receiving_unit"]["code"] == "20899"
    elsewhere = client.get(f"{DOSSIERS}/{here['code']}", token=issuer.token(NOW, unit="20902"))
    assert elsewhere.json()["code"] == "dossier_of_other_units"
    officer = client.post(DOSSIERS, guardianship(), token=issuer.token(NOW, role="officer"))
    assert officer.status_code == 403


def test_the_journal_has_only_the_subject_of_the_token(client: Client, issuer: Issuer) -> None:
    about = {"name": "Trần Văn Minh", "email": "minh@example.vn", "preferred_username": "minh"}
    code = received(client, issuer.token(NOW, sub="8f14e45f", **about), officer=None)["code"]
    journal = client.get(f"{DOSSIERS}/{code}/journal", token=issuer.token(NOW))
    assert [entry["client"] for entry in journal.json()["items"]] == ["sso:8f14e45f"]
    assert "minh" not in journal.text.lower()


def test_no_own_token_is_issued_for_a_name_of_the_single_sign_on(client: Client) -> None:
    for name in ["sso:8f14e45f", "SSO: x", "ｓｓｏ:8f14e45f", " sso:x"]:
        body = {"client": name, "role": "clerk"}
        answer = client.post(TOKENS, body, token=client.token("administrator"))
        assert (answer.status_code, answer.json()["code"]) == (422, "client_invalid")


def test_tokens_of_this_service_are_accepted_too(client: Client, issuer: Issuer) -> None:
    let_in(client, client.token("clerk", "20899"))
    let_in(client, issuer.token(NOW))


def test_an_administrator_of_the_single_sign_on_manages_tokens_and_is_recorded(client: Client, issuer: Issuer) -> None:
    me = issuer.token(NOW, role="administrator", sub="quan-tri")
    made = client.post(TOKENS, {"client": "quầy 1", "role": "clerk", "unit": "20899"}, token=me).json()
    let_in(client, made["secret"])
    assert client.post(f"{TOKENS}/{made['id']}/rotate", {}, token=me).status_code == 201
    assert client.post(f"{TOKENS}/{made['id']}/revoke", {}, token=me).status_code == 200
    refused(client, made["secret"], "token_revoked")
    changes = client.get(f"{TOKENS}/{made['id']}", token=me).json()["changes"]
    assert [change["type"] for change in changes] == ["created", "rotated", "revoked"]
    assert {(change["client"], change["by_token"]) for change in changes} == {("sso:quan-tri", None)}
    further = client.post(TOKENS, {"client": "quầy 2", "role": "clerk"}, token=me)
    assert further.json()["code"] == "unit_of_others"


def test_idempotency_keys_are_separate_for_each_subject(client: Client, issuer: Issuer) -> None:
    def receive(subject: str) -> httpx.Response:
        token = issuer.token(client.now, sub=subject)
        return client.post(DOSSIERS, guardianship(), token=token, headers={"Idempotency-Key": "one"})

    first = receive("a")
    client.now = NOW + timedelta(minutes=1)  # with a new token, because clients renew theirs every few minutes
    assert receive("a").json() == first.json()
    assert receive("b").json()["code"] != first.json()["code"]


def test_a_public_call_ignores_its_token(client: Client, issuer: Issuer) -> None:
    issuer.down = True
    assert client.get(UNITS, token=issuer.token(NOW)).status_code == 200
    assert client.get(UNITS, token="a.b.c").status_code == 200


# --- Roles and units ------------------------------------------------------------------------------------------------


def test_a_unit_is_named_by_its_current_code_or_its_id(client: Client, issuer: Issuer) -> None:
    code = received(client, issuer.token(NOW))["code"]
    here = unit_id(client, "20899")
    assert client.get(f"{DOSSIERS}/{code}", token=issuer.token(NOW, unit=here)).status_code == 200


def test_a_token_without_exactly_one_existing_unit_gives_no_right(client: Client, issuer: Issuer) -> None:
    for unit in [None, "", "no-such", 0, 999_999, True, 1.5, ["20899"], {"code": "20899"}, "20899 "]:
        refused(client, issuer.token(NOW, unit=unit), "sign_on_unit", 403)


def test_a_token_without_a_unit_is_valid_for_all_units_only_with_the_setting(seeded_url: str, issuer: Issuer) -> None:
    with Client(seeded_url, NOW, sso_all_units=True, **issuer.settings) as client:
        let_in(client, issuer.token(NOW, unit=None))
        refused(client, issuer.token(NOW, unit="no-such"), "sign_on_unit", 403)
        refused(client, issuer.token(NOW, unit=""), "sign_on_unit", 403)


def test_a_token_without_exactly_one_role_gives_no_right(client: Client, issuer: Issuer) -> None:
    for role in [None, "", "root", "Clerk", ["clerk", "administrator"], [], {"clerk": True}, 1, [["clerk"]]]:
        refused(client, issuer.token(NOW, role=role), "sign_on_role", 403)


def test_the_settings_name_the_claims_and_map_the_roles(seeded_url: str, issuer: Issuer) -> None:
    named = {"sso_role_claim": "realm_access.roles", "sso_roles": "mot-cua=clerk, Lãnh đạo=supervisor"}
    with Client(seeded_url, NOW, sso_unit_claim="https://tra-my.vn/unit", **named, **issuer.settings) as client:

        def token(*roles: str, **claims: Any) -> str:
            access = {"realm_access": {"roles": ["offline_access", *roles]}, "https://tra-my.vn/unit": "20899"}
            return issuer.token(NOW, **{"role": "administrator", "unit": None, **access, **claims})

        code = received(client, token("mot-cua"))["code"]
        act(client, token("Lãnh đạo"), code, "finish", outcome="granted")
        refused(client, token("clerk"), "sign_on_role", 403)
        refused(client, token(realm_access="mot-cua"), "sign_on_role", 403)


# --- Times ----------------------------------------------------------------------------------------------------------


def test_a_token_is_valid_until_its_expiry_plus_the_tolerated_skew(client: Client, issuer: Issuer) -> None:
    token = issuer.token(NOW)
    let_in(client, token)
    client.now = NOW + timedelta(seconds=629)
    let_in(client, token)
    client.now += SECOND
    refused(client, token, "token_expired")


def test_a_cached_token_is_not_valid_beyond_its_expiry(seeded_url: str, issuer: Issuer) -> None:
    with Client(seeded_url, NOW, token_cache_seconds=3600, sso_skew_seconds=0, **issuer.settings) as client:
        token = issuer.token(NOW)
        let_in(client, token)
        asked = issuer.asked
        client.now = NOW + timedelta(seconds=599)
        let_in(client, token)
        client.now += SECOND
        refused(client, token, "token_expired")
        assert issuer.asked == asked


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_the_future_is_accepted_within_the_skew_only(client: Client, issuer: Issuer, claim: str) -> None:
    present = int(NOW.timestamp())
    let_in(client, issuer.token(NOW, **{claim: present + 30}))
    refused(client, issuer.token(NOW, **{claim: present + 31}), "token_not_yet")


def test_a_token_with_a_long_lifetime_is_refused(client: Client, issuer: Issuer) -> None:
    present = int(NOW.timestamp())
    let_in(client, issuer.token(NOW, exp=present + 720 * 60))
    refused(client, issuer.token(NOW, exp=present + 720 * 60 + 1), "token_too_long")


def test_a_token_that_lacks_a_claim_is_refused(client: Client, issuer: Issuer) -> None:
    for claim in ("exp", "iat", "sub", "iss", "aud"):
        answer = client.get(DOSSIERS, token=issuer.token(NOW, **{claim: None}))
        assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_an_invalid_instant_is_refused(client: Client, issuer: Issuer, claim: str) -> None:
    for value in ["NaN", "Infinity", "-Infinity", "true", '"1"', "1e400", "1" + "0" * 400, "-1", "[]"]:
        claims = json.dumps(issuer.claims(NOW, **{claim: "@"})).replace('"@"', value)
        refused(client, issuer.sign(claims.encode()), "token_malformed")


# --- Signatures and keys --------------------------------------------------------------------------------------------


def test_a_token_of_another_issuer_or_for_another_service_is_refused(client: Client, issuer: Issuer) -> None:
    refused(client, issuer.token(NOW, iss=f"{ISSUER}/"), "token_issuer")
    refused(client, issuer.token(NOW, aud="another"), "token_audience")
    refused(client, issuer.token(NOW, aud=[]), "token_audience")
    let_in(client, issuer.token(NOW, aud=["another", AUDIENCE]))


def test_an_unsigned_token_is_refused(client: Client, issuer: Issuer) -> None:
    for algorithm in ("none", "None", "NONE", "nOnE"):
        head = {"alg": algorithm, "typ": "JWT", "kid": "key-1"}
        refused(client, f"{encoded(head)}.{encoded(issuer.claims(NOW))}.", "token_algorithm")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(client: Client, issuer: Issuer) -> None:
    key = issuer.private["key-1"]
    assert isinstance(key, RSAKey)
    for secret in (
        key.as_pem(private=False),
        key.as_der(private=False),
        json.dumps(issuer.published[0]).encode(),
    ):
        text = f"{encoded({'alg': 'HS256', 'kid': 'key-1'})}.{encoded(issuer.claims(NOW))}"
        signature = hmac.digest(secret, text.encode(), "sha256")
        refused(client, f"{text}.{encoded(signature)}", "token_algorithm")


def test_a_shared_secret_in_the_key_set_is_no_key(client: Client, issuer: Issuer) -> None:
    issuer.published = [{"kty": "oct", "kid": "secret", "k": encoded(b"0" * 32), "alg": "HS256"}]
    text = f"{encoded({'alg': 'HS256', 'kid': 'secret'})}.{encoded(issuer.claims(NOW))}"
    signature = hmac.digest(b"0" * 32, text.encode(), "sha256")
    refused(client, f"{text}.{encoded(signature)}", "token_key_unknown")


def test_an_algorithm_outside_the_settings_is_refused(client: Client, issuer: Issuer) -> None:
    issuer.rotate("key-2", "EdDSA")
    refused(client, issuer.token(NOW), "token_algorithm")


def test_an_edwards_curve_key_is_accepted_if_the_settings_name_its_algorithm(seeded_url: str, issuer: Issuer) -> None:
    issuer.rotate("key-2", "EdDSA")
    with Client(seeded_url, NOW, sso_algorithms="EdDSA", **issuer.settings) as client:
        let_in(client, issuer.token(NOW))


def test_unused_members_of_tokens_and_keys_are_ignored(client: Client, issuer: Issuer) -> None:
    issuer.rotate("key-2", alg=None, x5t="rQ", note={"of": "the issuer"})
    let_in(client, issuer.token(NOW, headers={"x5c": ["MII" + "A" * 3000], "note": 1}, jti="8f14", nonce=None))


def test_a_key_is_used_with_its_own_algorithm_only(seeded_url: str, issuer: Issuer) -> None:
    issuer.rotate("key-2", alg="PS256")
    with Client(seeded_url, NOW, sso_algorithms="RS256,PS256", **issuer.settings) as client:
        refused(client, issuer.token(NOW), "token_algorithm")
        issuer.algorithm = "PS256"
        let_in(client, issuer.token(NOW))


def test_a_changed_token_is_refused(client: Client, issuer: Issuer) -> None:
    head, _body, signature = issuer.token(NOW).split(".")
    changed = encoded(issuer.claims(NOW, role="administrator"))
    refused(client, f"{head}.{changed}.{signature}", "token_signature")
    refused(client, f"{head}.{changed}.", "token_signature")


def test_a_token_signed_with_another_key_under_a_known_key_id_is_refused(client: Client, issuer: Issuer) -> None:
    other = Issuer()
    other.rotate(issuer.key_id)
    refused(client, other.token(NOW), "token_signature")


def test_a_short_key_is_refused(client: Client, issuer: Issuer) -> None:
    weak = RSAKey(raw := rsa.generate_private_key(public_exponent=65537, key_size=1024), raw)  # noqa: S505 - refused
    issuer.published = [{**weak.as_dict(private=False), "kid": "weak"}]
    token = signed({"alg": "RS256", "kid": "weak"}, issuer.claims(NOW), "RS256", weak)
    refused(client, token, "token_malformed")


def test_addresses_and_keys_in_a_token_are_ignored(client: Client, issuer: Issuer) -> None:
    with running_issuer() as other:
        other.rotate("stranger")
        inside = {"jku": other.url, "x5u": other.url, "jwk": other.published[0], "x5c": ["MII"]}
        refused(client, other.token(NOW, headers=inside), "token_key_unknown")
        assert other.asked == 0
        let_in(client, issuer.token(NOW, headers=inside))
        assert other.asked == 0


def test_a_key_id_only_selects_a_published_key(client: Client, issuer: Issuer) -> None:
    for key_id in ("../../etc/passwd", "key-1' OR '1'='1", "key-1\x00", "", "k" * 4000, "http://localhost/", "KEY-1"):
        refused(client, issuer.token(NOW, headers={"kid": key_id}), "token_key_unknown")


def test_a_token_without_a_key_id_is_refused(client: Client, issuer: Issuer) -> None:
    heads: list[Any] = [{"alg": "RS256"}, {"alg": "RS256", "kid": 1}, {"alg": "RS256", "kid": ["key-1"]}, [], "x"]
    for head in [*heads, ["alg"], "alg", 1, b"[" * 3000, {"kid": "key-1"}, {"alg": None, "kid": "key-1"}]:
        refused(client, issuer.sign(issuer.claims(NOW), head), "token_malformed")


def test_a_token_with_an_unknown_critical_header_is_refused(client: Client, issuer: Issuer) -> None:
    for headers in [{"crit": ["exp"], "exp": 1}, {"crit": ["exp"]}, {"crit": 1}, {"crit": [["b64"]]}, {"b64": False}]:
        refused(client, issuer.token(NOW, headers=headers), "token_malformed")


def test_a_malformed_token_is_refused(client: Client) -> None:
    for token in ["..", "a.b.c", "é.b.c", "." * 2 + "x" * 9000, "{}.{}.{}", "a.b.c.d", "🙂"]:
        answer = client.get(DOSSIERS, headers={"Authorization": f"Bearer {token}".encode()})
        assert answer.status_code == 401
        assert answer.json()["code"] in ("token_malformed", "token_unknown")


def test_a_huge_token_is_refused_before_decoding(client: Client, issuer: Issuer) -> None:
    refused(client, issuer.token(NOW, groups=["g" * 100] * 100), "token_malformed")
    assert issuer.asked == 0


def test_deeply_nested_claims_are_refused(client: Client, issuer: Issuer) -> None:
    deep = b"[" * 3000 + b"]" * 3000
    refused(client, issuer.sign(deep), "token_malformed")


def test_an_unprintable_subject_is_refused(client: Client, issuer: Issuer) -> None:
    for subject in ["", "a\nb", "a\x00b", "x" * 256, "\u202eabc", 7]:
        refused(client, issuer.token(NOW, sub=subject), "token_malformed")


# --- Rotation of keys -----------------------------------------------------------------------------------------------


def test_keys_are_fetched_with_the_first_token_and_then_cached(client: Client, issuer: Issuer) -> None:
    assert issuer.asked == 0
    for number in range(5):
        let_in(client, issuer.token(NOW, sub=f"person {number}"))
    assert issuer.asked == 1


def test_concurrent_tokens_cause_one_fetch(client: Client, issuer: Issuer) -> None:
    calls = [Call("GET", DOSSIERS, token=issuer.token(NOW, sub=str(number))) for number in range(20)]
    assert {answer.status_code for answer in client.together(calls)} == {200}
    assert issuer.asked == 1


def test_a_new_key_is_fetched_as_soon_as_a_token_names_it(client: Client, issuer: Issuer) -> None:
    before = issuer.token(NOW)
    let_in(client, before)
    client.now = NOW + timedelta(seconds=10)
    issuer.rotate("key-2", "ES256", keep=True)
    let_in(client, issuer.token(NOW))
    let_in(client, before)
    assert issuer.asked == 2


def test_unknown_key_ids_cause_one_fetch_in_ten_seconds(client: Client, issuer: Issuer) -> None:
    let_in(client, issuer.token(NOW))
    for number in range(20):
        refused(client, issuer.token(NOW, headers={"kid": f"made up {number}"}), "token_key_unknown")
    assert issuer.asked == 1
    client.now = NOW + timedelta(seconds=10)
    for number in range(20):
        refused(client, issuer.token(NOW, headers={"kid": f"made up {number}"}), "token_key_unknown")
    assert issuer.asked == 2
    let_in(client, issuer.token(NOW))


def test_a_withdrawn_key_is_refused_after_ten_minutes(client: Client, issuer: Issuer) -> None:
    long = {"exp": int(NOW.timestamp()) + 3600}
    token = issuer.token(NOW, **long)
    let_in(client, token)
    issuer.rotate("key-2")
    client.now = NOW + timedelta(minutes=9, seconds=59)
    let_in(client, token)
    client.now += timedelta(seconds=2)
    refused(client, token, "token_key_unknown")


def test_while_the_issuer_is_down_cached_keys_are_used_and_others_are_503(client: Client, issuer: Issuer) -> None:
    let_in(client, issuer.token(NOW))
    issuer.down = True
    client.now = NOW + timedelta(hours=2)
    let_in(client, issuer.token(client.now))
    issuer.rotate("key-2")
    answer = refused(client, issuer.token(client.now), "sign_on_unavailable", 503)
    assert answer.headers["retry-after"]
    let_in(client, client.token("clerk", "20899"))
    issuer.down = False
    client.now += timedelta(seconds=10)
    let_in(client, issuer.token(client.now))


def test_an_issuer_that_is_down_at_the_start_does_not_affect_other_callers(client: Client, issuer: Issuer) -> None:
    issuer.down = True
    refused(client, issuer.token(NOW), "sign_on_unavailable", 503)
    let_in(client, client.token("clerk", "20899"))
    assert client.get("/readyz").status_code == 200
    issuer.down = False
    refused(client, issuer.token(NOW), "sign_on_unavailable", 503)  # no second fetch at once
    client.now = NOW + timedelta(seconds=10)
    let_in(client, issuer.token(NOW))


def test_a_response_without_a_key_set_counts_as_a_failed_fetch(client: Client, issuer: Issuer) -> None:
    for body in [b"", b"{", b"[]", b'{"keys": {}}', b'{"keys": null}', b"[" * 100_000, b"\xff", b" " * 300_000]:
        issuer.body = body or b" "
        client.now += timedelta(seconds=10)
        refused(client, issuer.token(client.now), "sign_on_unavailable", 503)
    assert issuer.asked == 8


def test_unusable_keys_do_not_hide_the_others(client: Client, issuer: Issuer) -> None:
    unfit: list[Any] = [
        "x",
        {},
        {"kty": "RSA", "kid": "a"},
        {"kty": "RSA", "kid": "b", "n": "!", "e": 1},
        {"kty": ["RSA"], "kid": "c"},
        {"kty": "EC", "kid": "d", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "EC", "kid": "e", "alg": ["ES256"]},
        {"kty": "new", "kid": "f"},
        {**issuer.published[0], "kid": "g", "use": "enc"},
        {**issuer.published[0], "kid": ["h"]},
        {**issuer.published[0], "kid": "i", "key_ops": ["encrypt"]},
        {**issuer.published[0], "kid": "j", "key_ops": "verify"},
    ]
    fit = {**issuer.published[0], "kid": "k", "key_ops": ["verify"]}
    issuer.published = [*unfit, *issuer.published, fit]
    let_in(client, issuer.token(NOW))
    let_in(client, issuer.token(NOW, headers={"kid": "k"}))
    for key_id in "gij":
        refused(client, issuer.token(NOW, headers={"kid": key_id}), "token_key_unknown")


# --- Settings -------------------------------------------------------------------------------------------------------


def test_without_an_issuer_in_the_settings_a_jwt_is_an_unknown_token(seeded_url: str, issuer: Issuer) -> None:
    with Client(seeded_url, NOW) as client:
        refused(client, issuer.token(NOW), "token_unknown")
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"sso_issuer": ISSUER},
        {"sso_issuer": ISSUER, "sso_audience": AUDIENCE},
        {"sso_jwks_url": "https://sso.example.vn/jwks"},
        {"sso_issuer": ISSUER, "sso_audience": AUDIENCE, "sso_jwks_url": "http://sso.example.vn/jwks"},
        {"sso_issuer": ISSUER, "sso_audience": AUDIENCE, "sso_jwks_url": "file:///etc/passwd"},
        {"sso_algorithms": "none"},
        {"sso_algorithms": "RS256,HS256"},
        {"sso_algorithms": ""},
        {"sso_roles": "clerk"},
        {"sso_roles": "mot-cua=root"},
        {"sso_roles": "=clerk"},
        {"sso_skew_seconds": 301},
    ],
)
def test_unsafe_settings_are_refused_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
