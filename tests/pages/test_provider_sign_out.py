"""The end of sessions that began at the provider: here, there, and by its back channel."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.provider import CLIENT_ID, LOGOUT_EVENT, Browser, Provider, running_provider
from tests.support.sign_on import ISSUER
from tests.support.staff import created

BACK_CHANNEL, STATE, SIGN_OUT = "/sso/back-channel-logout", "/api/v1/sign-on", "/sign-out"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def client(seeded_url: str, provider: Provider) -> Iterator[Client]:
    with Client(seeded_url, NOW, **provider.settings) as client:
        for subject in ("minh", "hoa"):
            created(client, client.token("administrator"), account=subject, issuer_subject=subject)
        yield client


def signed_in(client: Client, provider: Provider, subject: str, session: str | None) -> Browser:
    """A browser in which the person signed in, in a session of the provider."""
    browser = Browser(client)
    answer = browser.answer(provider.grant(browser.start(), client.now, sub=subject, sid=session))
    assert answer.status_code == 200, answer.text
    assert works(browser)
    return browser


def works(browser: Browser) -> bool:
    return "Hồ sơ cần xử lý" in browser.get("/counter").text


def log_out(client: Client, token: str) -> httpx.Response:
    return client.request("POST", BACK_CHANNEL, data={"logout_token": token})


def ended(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"", "no-store")


# --- Signing out ------------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_here_and_leads_to_the_provider(client: Client, provider: Provider) -> None:
    browser = signed_in(client, provider, "minh", "a")
    stolen = Browser(client)
    stolen.cookies = dict(browser.cookies)
    answer = browser.post(SIGN_OUT)
    # A redirect after a form would be stopped by the policy of the page.
    assert answer.status_code == 200
    address = unescape(answer.text.partition('content="0; url=')[2].partition('"')[0])
    assert address.startswith(f"{provider.address}/end-session?")
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["client_id"] == CLIENT_ID
    assert asked["post_logout_redirect_uri"] == "http://service.test/counter"
    assert asked["id_token_hint"].count(".") == 2
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not works(browser)
    assert not works(stolen), "a copy of the cookie is worth nothing after signing out"


def test_without_an_address_at_the_provider_people_sign_out_here(seeded_url: str, provider: Provider) -> None:
    with Client(seeded_url, NOW, **{**provider.settings, "sso_end_session_url": ""}) as client:
        created(client, client.token("administrator"), issuer_subject="minh")
        browser = signed_in(client, provider, "minh", "a")
        assert browser.post(SIGN_OUT).headers["location"] == "/counter"
        assert not works(browser)


def test_a_form_of_another_site_signs_out_nobody(client: Client, provider: Provider) -> None:
    browser = signed_in(client, provider, "minh", "a")
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    answer = client.request("POST", SIGN_OUT, headers={"Cookie": cookies, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert works(browser)


# --- Back channel -----------------------------------------------------------------------------------------------------


def test_the_provider_ends_a_session_by_its_name_in_every_process(
    client: Client, provider: Provider, seeded_url: str
) -> None:
    with Client(seeded_url, NOW, **provider.settings) as other:
        browser, second = signed_in(client, provider, "minh", "a"), signed_in(client, provider, "minh", "b")
        elsewhere = Browser(other)
        elsewhere.cookies = browser.cookies
        assert works(elsewhere)
        ended(log_out(client, provider.logout_token(NOW, sid="a", sub="minh")))
        assert not works(browser)
        assert not works(elsewhere)
        assert works(second)


def test_the_provider_ends_all_sessions_of_a_person(client: Client, provider: Provider) -> None:
    browsers = [signed_in(client, provider, "minh", session) for session in ("a", None)]
    colleague = signed_in(client, provider, "hoa", "c")
    ended(log_out(client, provider.logout_token(NOW, sid=None, sub="minh")))
    assert [works(browser) for browser in [*browsers, colleague]] == [False, False, True]
    ended(log_out(client, provider.logout_token(NOW, sid=None, sub="nobody", jti="logout-2")))


def test_a_logout_token_that_comes_again_ends_nothing_new(client: Client, provider: Provider) -> None:
    token = provider.logout_token(NOW, sid=None, sub="minh")
    ended(log_out(client, token))
    browser = signed_in(client, provider, "minh", "a")
    for wait in (timedelta(0), timedelta(minutes=2)):
        client.now = NOW + wait
        assert log_out(client, token).status_code == 200
        assert works(browser)
    client.now = NOW + timedelta(hours=1)
    assert log_out(client, token).status_code == 400


def _wrong() -> list[dict[str, Any]]:
    present = int(NOW.timestamp())
    return [
        {"iss": f"{ISSUER}/"},
        {"aud": "another"},
        {"aud": None},
        {"events": None},
        {"events": {}},
        {"events": [LOGOUT_EVENT]},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"nonce": "x"},
        {"iat": None},
        {"iat": present + 31},
        {"iat": present - 331, "exp": present + 120},
        {"exp": present - 31},
        {"jti": None},
        {"jti": 7},
        {"jti": "x" * 256},
        {"sid": None},
        {"sid": 7},
        {"sub": 7},
        {"sub": "a\nb"},
    ]


def test_a_logout_token_that_the_provider_did_not_make_ends_nothing(client: Client, provider: Provider) -> None:
    browser = signed_in(client, provider, "minh", "session-1")
    for claims in _wrong():
        answer = log_out(client, provider.logout_token(NOW, **claims))
        assert (answer.status_code, answer.json()["code"]) == (400, "logout_token_invalid"), claims
    good = provider.logout_token(NOW)
    unsigned = ".".join([*good.split(".")[:2], ""])
    other = provider.id_token(NOW, sub="minh", nonce="x")
    for token in (unsigned, good[:-4] + "AAAA", other, "x", "", "é"):
        assert log_out(client, token).status_code == 400, token
    for request in ({"json": {"logout_token": good}}, {"params": {"logout_token": good}}, {"content": good}):
        assert client.request("POST", BACK_CHANNEL, **request).status_code == 400
    assert works(browser)
    ended(log_out(client, provider.logout_token(NOW, exp=None)))
    assert not works(browser)


def test_a_logout_token_is_no_bearer_token(seeded_url: str, provider: Provider) -> None:
    # Even if programs and people have one audience, and the provider adds claims to every token.
    with Client(seeded_url, NOW, sso_audience=CLIENT_ID, **provider.settings) as client:
        token = provider.logout_token(NOW, sub="minh", role="clerk", unit="20899")
        answer = client.get("/api/v1/dossiers", token=token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_malformed")


def test_while_the_keys_cannot_be_fetched_a_logout_can_be_repeated(client: Client, provider: Provider) -> None:
    provider.down = True
    assert log_out(client, provider.logout_token(NOW)).status_code == 503


def test_guesses_at_the_back_channel_are_slowed_down(seeded_url: str, provider: Provider) -> None:
    with Client(seeded_url, NOW, failure_rate=3, **provider.settings) as client:
        statuses = [log_out(client, f"a.b.{number}").status_code for number in range(5)]
    assert statuses == [400, 400, 400, 429, 429]


def test_without_people_there_is_nothing_to_end(app_client: Client, provider: Provider) -> None:
    assert log_out(app_client, provider.logout_token(NOW)).status_code == 400


# --- State ------------------------------------------------------------------------------------------------------------


def test_administrators_see_what_to_register_and_how_it_works(client: Client, provider: Provider) -> None:
    administrator = client.token("administrator", "20899")
    state = client.get(STATE, token=administrator).json()
    assert (state["people"], state["programs"], state["client_id"]) == (True, False, CLIENT_ID)
    assert state["redirect_uri"] == "http://service.test/sign-in/callback"
    assert state["back_channel_logout_uri"] == "http://service.test/sso/back-channel-logout"
    assert (state["keys"]["count"], state["keys"]["failure"]) == (1, None)
    assert (state["succeeded_at"], state["last_failure"]) == (None, None)
    signed_in(client, provider, "minh", "a")
    provider.faults.token = (500, b"down")
    browser = Browser(client)
    browser.answer(provider.grant(browser.start(), NOW))
    provider.down = True
    client.now = NOW + timedelta(minutes=1)
    state = client.get(STATE, token=administrator).json()
    assert state["succeeded_at"] == "2021-08-16T08:30:00+07:00"
    assert state["last_failure"]["code"] == "sign_on_unavailable"
    assert "HTTP 500" in state["last_failure"]["detail"]
    assert state["keys"]["failure"] == "HTTP 500"
    assert provider.settings["sso_client_secret"] not in str(state)


def test_the_state_is_for_administrators(client: Client) -> None:
    assert client.get(STATE, token=client.token("supervisor")).json()["code"] == "administrators_only"
    assert client.get(STATE).status_code == 401


def test_without_a_single_sign_on_the_state_says_so(app_client: Client) -> None:
    state = app_client.get(STATE, token=app_client.token("administrator")).json()
    assert (state["people"], state["programs"], state["keys"], state["redirect_uri"]) == (False, False, None, None)
