"""People who sign in at the provider: what the answer must be, who they are here, and what refuses them."""

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.page_text import read
from tests.support.provider import CALLBACK, CLIENT_ID, FLOW, SECRET, Browser, Provider, running_provider
from tests.support.sign_on import ISSUER
from tests.support.staff import PERSONS, created, done

SUBJECT = "2f6b"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def client(seeded_url: str, provider: Provider) -> Iterator[Client]:
    with Client(seeded_url, NOW, **provider.settings) as client:
        yield client


@pytest.fixture
def clerk(client: Client) -> dict[str, Any]:
    """A clerk of Trà My whom an administrator entered with the `sub` of the provider."""
    return entered(client, issuer_subject=SUBJECT)


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client)


def entered(client: Client, **body: Any) -> dict[str, Any]:
    """A clerk of Trà My, entered by an administrator with the account `minh`."""
    return created(client, client.token("administrator"), **{"account": "minh", "name": "Trần Văn Minh", **body})


def is_signed_in(browser: Browser) -> bool:
    """Whether the counter shows the person their work."""
    answer = browser.get("/counter")
    return answer.status_code == 200 and "Hồ sơ cần xử lý" in answer.text


def sign_in(browser: Browser, provider: Provider, **claims: Any) -> httpx.Response:
    return browser.answer(provider.grant(browser.start(), browser.client.now, **claims))


def refused(browser: Browser, answer: httpx.Response, status: int, words: str) -> None:
    """Requires the page of a refusal, and that nobody is signed in."""
    assert words in read(answer, status).text
    assert not is_signed_in(browser)
    assert FLOW not in browser.cookies


NOT_BEGUN = "không bắt đầu từ trình duyệt này"
INVALID = "Phản hồi của hệ thống đăng nhập tập trung không hợp lệ"


# --- The flow ---------------------------------------------------------------------------------------------------------


def test_the_start_leads_to_the_provider_with_the_secrets_of_this_flow(browser: Browser, provider: Provider) -> None:
    address = browser.start()
    assert address.startswith(f"{provider.address}/authorize?tenant=tra-my&")
    asked = dict(parse_qsl(urlsplit(address).query))
    assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == (CLIENT_ID, CALLBACK, "code")
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid", "S256")
    secrets = {asked[name] for name in ("state", "nonce", "code_challenge")}
    others = set(dict(parse_qsl(urlsplit(browser.start()).query)).values())
    assert len(secrets) == 3
    assert not secrets & others
    assert "prompt" not in asked
    assert "prompt=login" in browser.start(again="yes")


def test_a_person_whom_the_provider_names_works_at_the_counter(
    browser: Browser, client: Client, provider: Provider, clerk: dict[str, Any]
) -> None:
    answer = browser.answer(provider.grant(browser.start(to="/counter/search"), NOW))
    page = read(answer, 200)
    assert 'content="0; url=/counter/search"' in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "Đã đăng nhập" in page.title
    cookie = next(c for c in answer.headers.get_list("set-cookie") if not c.startswith(FLOW))
    assert "SameSite=strict" in cookie
    assert "HttpOnly" in cookie
    assert FLOW not in browser.cookies
    assert is_signed_in(browser)
    sessions = client.get(f"{PERSONS}/{clerk['id']}/sessions", token=client.token("administrator")).json()["items"]
    assert [session["method"] for session in sessions] == ["provider"]


def test_the_cookie_of_the_flow_is_lax_short_and_narrow(browser: Browser, client: Client, provider: Provider) -> None:
    answer = browser.get("/sign-in/start")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{FLOW}=")
    for part in ("HttpOnly", "Max-Age=600", "Path=/sign-in", "SameSite=lax"):
        assert part in cookie
    for value in dict(parse_qsl(urlsplit(answer.headers["location"]).query)).values():
        assert value not in cookie
    secure = client.get("https://service.test/sign-in/start").headers["set-cookie"]
    assert secure.startswith(f"__Host-{FLOW}=")
    assert "Secure" in secure
    assert "Path=/;" in secure


def test_the_secret_is_sent_as_the_settings_say(seeded_url: str, provider: Provider) -> None:
    for more, sent in (
        ({"sso_client_auth": "client_secret_basic"}, ("Basic", "")),
        ({"sso_client_auth": "client_secret_post"}, ("body", CLIENT_ID)),
        ({"sso_client_secret": ""}, ("body", CLIENT_ID)),
    ):
        with Client(seeded_url, NOW, **{**provider.settings, **more}) as client:
            sign_in(Browser(client), provider)
        assert provider.used[-1] == sent


@pytest.mark.usefixtures("clerk")
def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    browser: Browser, client: Client, provider: Provider
) -> None:
    given = provider.grant(browser.start(), NOW)
    # Fixation: the attacker began the sign-in, and the victim opens the address of the answer.
    victim = Browser(client)
    refused(victim, victim.answer(given), 401, NOT_BEGUN)
    victim.start()
    refused(victim, victim.answer(given), 401, NOT_BEGUN)
    victim.cookies[FLOW] = "tests:AAAA"
    refused(victim, victim.answer(given), 401, NOT_BEGUN)
    for state in ("", "x", given["state"][:-1], "é"):
        browser.start()
        refused(browser, browser.answer({**given, "state": state}), 401, NOT_BEGUN)


@pytest.mark.usefixtures("clerk")
def test_a_flow_ends_after_ten_minutes(browser: Browser, client: Client, provider: Provider) -> None:
    address = browser.start()
    client.now = NOW + timedelta(minutes=10)
    refused(browser, browser.answer(provider.grant(address, client.now)), 401, NOT_BEGUN)


@pytest.mark.usefixtures("clerk")
def test_a_code_is_accepted_once_and_with_its_verifier_only(
    browser: Browser, client: Client, provider: Provider
) -> None:
    given = provider.grant(browser.start(), NOW)
    flow = dict(browser.cookies)
    browser.answer(given)
    assert is_signed_in(browser)
    copy = Browser(client)
    refused(copy, copy.answer(given), 401, NOT_BEGUN)
    copy.cookies = flow
    refused(copy, copy.answer(given), 401, "không chấp nhận lần đăng nhập này")
    given = provider.grant(copy.start(), NOW)
    provider.grants[given["code"]].asked = dict(parse_qsl(urlsplit(browser.start()).query))
    refused(copy, copy.answer(given), 401, "không chấp nhận lần đăng nhập này")


@pytest.mark.usefixtures("clerk")
def test_an_answer_of_another_provider_is_refused(browser: Browser, provider: Provider) -> None:
    for issuer in (f"{ISSUER}/", "https://elsewhere.example.vn"):
        given = provider.grant(browser.start(), NOW)
        refused(browser, browser.answer({**given, "iss": issuer}), 401, INVALID)
        assert given["code"] in provider.grants, "a code must not be sent for the answer of another provider"
    given = provider.grant(browser.start(), NOW)
    del given["iss"]
    browser.answer(given)
    assert is_signed_in(browser)


@pytest.mark.usefixtures("clerk")
def test_an_answer_without_the_issuer_is_refused_if_the_provider_always_names_it(
    seeded_url: str, provider: Provider
) -> None:
    with Client(seeded_url, NOW, sso_iss_parameter=True, **provider.settings) as client:
        browser = Browser(client)
        given = provider.grant(browser.start(), NOW)
        del given["iss"]
        refused(browser, browser.answer(given), 401, INVALID)


def test_a_refusal_of_the_provider_is_a_page_without_its_text(browser: Browser) -> None:
    for error in ("access_denied", "login_required", "<script>alert(1)</script>"):
        state = dict(parse_qsl(urlsplit(browser.start()).query))["state"]
        answer = browser.get("/sign-in/callback", state=state, error=error, error_description="<b>words</b>")
        refused(browser, answer, 401, "không chấp nhận lần đăng nhập này")
        assert "words" not in answer.text
        assert "alert" not in answer.text


# --- The ID token -----------------------------------------------------------------------------------------------------


def _wrong_claims() -> list[Mapping[str, Any]]:
    present = int(NOW.timestamp())
    return [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"at_hash": "AAAA"},
        {"at_hash": 7},
        {"iss": f"{ISSUER}/"},
        {"aud": "another"},
        {"aud": ["another", CLIENT_ID]},
        {"aud": ["another", CLIENT_ID], "azp": "another"},
        {"azp": "another"},
        {"exp": present - 31},
        {"iat": present + 31},
        {"exp": present + 720 * 60 + 1},
        {"sub": None},
        {"sub": "a\nb"},
        {"sid": 7},
        {"sid": "x" * 256},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    ]


@pytest.mark.usefixtures("clerk")
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(browser: Browser, provider: Provider) -> None:
    for claims in _wrong_claims():
        answer = sign_in(browser, provider, **claims)
        assert answer.status_code == 401, claims
        assert not is_signed_in(browser), claims


@pytest.mark.usefixtures("clerk")
def test_an_id_token_that_the_provider_did_not_sign_is_refused(browser: Browser, provider: Provider) -> None:
    def token(**header: Any) -> str:
        asked = dict(parse_qsl(urlsplit(address).query))
        return provider.id_token(NOW, headers=header, nonce=asked["nonce"])

    for header in ({"alg": "none"}, {"alg": "HS256"}, {"kid": "made up"}, {"kid": None}):
        address = browser.start()
        answer = browser.answer(provider.grant(address, NOW, id_token=token(**header)))
        assert answer.status_code == 401, header
        assert not is_signed_in(browser)


@pytest.mark.usefixtures("clerk")
def test_audiences_are_accepted_with_this_service_as_their_party(browser: Browser, provider: Provider) -> None:
    sign_in(browser, provider, aud=["another", CLIENT_ID], azp=CLIENT_ID)
    assert is_signed_in(browser)


@pytest.mark.usefixtures("clerk")
def test_a_lower_level_of_assurance_is_refused(seeded_url: str, provider: Provider) -> None:
    with Client(seeded_url, NOW, sso_acr_values="LoA2 LoA3", **provider.settings) as client:
        browser = Browser(client)
        assert "acr_values=LoA2+LoA3" in browser.start()
        refused(browser, sign_in(browser, provider, acr="LoA1"), 401, INVALID)
        sign_in(browser, provider, acr="LoA3")
        assert is_signed_in(browser)


# --- A provider that fails --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clerk")
def test_a_provider_that_fails_is_a_page_that_says_so(browser: Browser, provider: Provider) -> None:
    for token in ((500, b"down"), (200, b"no json"), (200, b"[]"), (401, b'{"error": "invalid_client"}'), (302, b"")):
        provider.faults.token = token
        refused(browser, sign_in(browser, provider), 503, "tạm thời không phản hồi")
    provider.faults.token = None
    provider.faults.lacks = {"id_token"}
    refused(browser, sign_in(browser, provider), 503, "tạm thời không phản hồi")
    provider.faults.lacks = {"access_token"}
    assert sign_in(browser, provider).status_code == 401, "the hash of the access token proves nothing without it"
    sign_in(browser, provider, at_hash=None)
    assert is_signed_in(browser)


# --- People -----------------------------------------------------------------------------------------------------------


def test_a_person_whom_nobody_entered_learns_whom_to_ask(browser: Browser, provider: Provider) -> None:
    answer = sign_in(browser, provider, sub="chưa-có")
    refused(browser, answer, 403, "đề nghị quản trị viên của cơ quan")
    assert "chưa-có" in answer.text


def test_a_person_is_linked_by_the_account_at_the_first_sign_in(
    client: Client, browser: Browser, provider: Provider
) -> None:
    person = entered(client)
    sign_in(browser, provider, sub="first", preferred_username="MINH ")
    assert is_signed_in(browser)
    path, administrator = f"{PERSONS}/{person['id']}", client.token("administrator")
    shown = done(client.get(path, token=administrator))
    assert (shown["issuer_subject"], shown["version"]) == ("first", person["version"] + 1)
    assert "first" not in client.get(f"{path}/changes", token=administrator).text
    # The account name may belong to somebody else later. The person stays the one of the first sign-in.
    other = Browser(client)
    refused(other, sign_in(other, provider, sub="second", preferred_username="minh"), 403, "đề nghị quản trị viên")
    sign_in(other, provider, sub="first", preferred_username="another-name")
    assert is_signed_in(other)


def test_an_address_links_only_if_the_provider_verified_it(seeded_url: str, provider: Provider) -> None:
    settings = {**provider.settings, "sso_account_claim": "email"}
    with Client(seeded_url, NOW, **settings) as client:
        entered(client, account="minh@example.vn")
        browser = Browser(client)
        for verified in ({}, {"email_verified": False}, {"email_verified": "true"}):
            answer = sign_in(browser, provider, email="minh@example.vn", **verified)
            refused(browser, answer, 403, "đề nghị quản trị viên")
        sign_in(browser, provider, email="minh@example.vn", email_verified=True)
        assert is_signed_in(browser)


def test_a_suspended_person_is_refused(client: Client, browser: Browser, provider: Provider, clerk: Any) -> None:
    reason, administrator = {"reason": "absent"}, client.token("administrator")
    done(client.post(f"{PERSONS}/{clerk['id']}/suspend", reason, token=administrator))
    refused(browser, sign_in(browser, provider), 401, "Vui lòng liên hệ quản trị viên")


def test_a_person_is_created_from_the_claims_if_the_settings_say_so(seeded_url: str, provider: Provider) -> None:
    with Client(seeded_url, NOW, sso_unknown="create", **provider.settings) as client:
        browser = Browser(client)
        about = {"preferred_username": "hoa.nt", "name": "Nguyễn\u202e  Thị Hoa"}
        for lacks in ({"role": None}, {"role": "root"}, {"unit": None}, {"unit": "no-such"}):
            claims = {"role": "clerk", "unit": "20899", **lacks}
            assert sign_in(browser, provider, **about, **claims).status_code == 403
        assert sign_in(browser, provider, role="clerk", unit="20899").status_code == 403, "no account"
        sign_in(browser, provider, role="clerk", unit="20899", **{**about, "name": " Nguyễn  Thị Hoa"})
        assert is_signed_in(browser)
        # From then on administrators decide here: another role at the provider changes nothing.
        sign_in(browser, provider, role="administrator", unit="20899", **about)
        [person] = client.get(PERSONS, token=client.token("administrator")).json()["items"]
        assert (person["account"], person["name"]) == ("hoa.nt", "Nguyễn Thị Hoa")
        assert [(role["role"], role["granted_by"]) for role in person["roles"]] == [("clerk", "service")]


def test_further_claims_come_from_the_userinfo_address(seeded_url: str, provider: Provider) -> None:
    for method in ("GET", "POST"):
        more = {"sso_userinfo_url": f"{provider.address}/userinfo", "sso_userinfo_method": method}
        with Client(seeded_url, NOW, **provider.settings, **more) as client:
            if method == "GET":
                entered(client)
            browser = Browser(client)
            provider.claims_elsewhere = {"sub": "another", "preferred_username": "minh"}
            refused(browser, sign_in(browser, provider), 401, INVALID)
            provider.claims_elsewhere = {"sub": SUBJECT, "preferred_username": "minh"}
            sign_in(browser, provider)
            assert is_signed_in(browser)
            assert provider.used[-1] == (method, "Bearer opaque-access-token")
            provider.faults.userinfo = (403, b"{}")
            assert sign_in(Browser(client), provider).status_code == 503
            provider.faults.userinfo = None


@pytest.mark.usefixtures("clerk")
def test_what_was_typed_is_there_after_signing_in_again_at_the_provider(browser: Browser, provider: Provider) -> None:
    typed = {"procedure": "1.004837", "name": "Nguyễn Thị Hoa"}
    answer = browser.post("/counter/receive", **typed)
    assert answer.status_code == 401
    assert "/sign-in/start?to=%2Fsign-in%2Fsigned-in" in answer.text
    browser.answer(provider.grant(browser.start(to="/sign-in/signed-in"), NOW))
    again = browser.post("/counter/receive", **{"sign-in-resume": "yes"}, **typed)
    assert again.status_code == 200
    assert 'value="Nguyễn Thị Hoa"' in again.text
    assert "chưa gửi gì" in again.text


# --- Addresses and logs -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clerk")
def test_a_sign_in_leads_to_pages_of_this_service_only(browser: Browser, provider: Provider) -> None:
    elsewhere = [
        "https://elsewhere.example.vn/",
        "//elsewhere.example.vn",
        "/\\elsewhere.example.vn",
        "/counter/../../elsewhere",
        "/counter\r\nLocation: https://elsewhere.example.vn",
        "javascript:alert(1)",
        "/counter//elsewhere.example.vn",
        "/counterfeit",
        "counter",
        '/counter"><script>',
        "/api/v1/dossiers",
        "",
    ]
    for to in elsewhere:
        answer = browser.answer(provider.grant(browser.start(to=to.replace("\r\n", " ")), NOW))
        assert 'content="0; url=/counter"' in answer.text, to
    for to in ("/counter/search", "/admin", "/sign-in/signed-in"):
        answer = browser.answer(provider.grant(browser.start(to=to), NOW))
        assert f'content="0; url={to}"' in answer.text, to


@pytest.mark.usefixtures("clerk")
def test_no_log_has_a_secret_of_a_sign_in(
    browser: Browser, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        given = provider.grant(browser.start(), NOW)
        token = provider.grants[given["code"]].id_token
        browser.answer(given)
        browser.answer({**given, "state": "another-state-of-an-attacker"})
        provider.faults.token = (400, b'{"error": "code-in-an-error-of-the-provider"}')
        sign_in(browser, provider)
        provider.faults.token = None
        browser.client.request("POST", "/sso/back-channel-logout", data={"logout_token": token})
    logged = "\n".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if not record.name.startswith("http")
    )
    assert "/sign-in/callback" in logged
    own = [given["code"], given["state"], token.split(".")[2], SECRET, "opaque-access-token", "an-attacker"]
    for secret in [*own, "code-in-an-error", *browser.cookies.values()]:
        assert secret not in logged, secret


def test_without_a_client_id_there_is_no_sign_in_at_a_provider(app_client: Client) -> None:
    for path in ("/sign-in/start", "/sign-in/callback"):
        assert app_client.get(path).status_code == 404
