"""Cursors, ETags, rate limits and the cache of tokens."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request

from app.access.callers import Caller, TokenCache, TokenFacts
from app.domain.lifecycle import Role
from app.http.errors import TooMany, Unparsable, VersionChanged
from app.http.etags import conditional_json, etag, require_version
from app.http.pagination import decode_cursor, encode_cursor
from app.http.rate_limits import RateLimiter

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


def request(method: str = "GET", **headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": sent})


# --- Cursors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values", [(), (1, "Trà My", None, True), (NOW, date(2021, 8, 16), 2**63 - 1), ('{"t": 1}', "?/=&+")]
)
def test_decoding_a_cursor_gives_the_encoded_values(values: tuple[Any, ...]) -> None:
    text = encode_cursor(values)
    assert text.replace("-", "").replace("_", "").isalnum() or not values
    assert decode_cursor(text) == values


def test_a_cursor_must_have_the_kinds_of_the_sort_key() -> None:
    text = encode_cursor((NOW, None, 7))
    assert decode_cursor(text, datetime, str, int) == (NOW, None, 7)
    for kinds in [(datetime, str), (datetime, str, str), (date, str, int), (datetime, str, int, int)]:
        with pytest.raises(Unparsable):
            decode_cursor(text, *kinds)


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!",
        "abc",
        "ế",
        encoded({"t": "x"}),
        encoded("x"),
        encoded(None),
        encoded([[1]]),
        encoded([{}]),
        encoded([{"t": "yesterday"}]),
        encoded([{"t": "2021-08-16T08:30:00"}]),
        encoded([{"t": 5}]),
        encoded([{"d": "2021-02-30"}]),
        encoded([{"x": "1"}]),
        encoded([{"t": "1", "d": "1"}]),
        encoded([1.5]),
        encoded([float("nan")]),
        encoded([2**63]),
        encoded([10**400]),
        encoded(["\0"]),
        base64.urlsafe_b64encode(rb'["\ud800"]').decode(),
        base64.urlsafe_b64encode(b"[" * 50_000).decode(),
        base64.urlsafe_b64encode(b"[" + b"9" * 5000 + b"]").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_of_no_list_is_refused(text: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        decode_cursor(text)
    assert refusal.value.code == "bad_cursor"


# --- ETags ------------------------------------------------------------------------------------------------------------

CONTENT = {"name": "Trà My"}
TAG = etag(3, '{"name":"Trà My"}'.encode())


def test_an_etag_is_the_version_and_a_hash_of_the_body() -> None:
    assert TAG.startswith('"3-')
    assert etag(3, b"other") != TAG
    assert conditional_json(request(), CONTENT, 3, private=True).headers["etag"] == TAG


def test_a_known_representation_is_a_304_with_the_same_headers() -> None:
    response = conditional_json(request(if_none_match=TAG), CONTENT, 3, private=True)
    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["etag"] == TAG
    assert response.headers["vary"] == "Accept, Accept-Language, Authorization"
    assert response.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("header", ["*", f"W/{TAG}", f'"a,b", "", {TAG} ,"c"'])
def test_if_none_match_is_a_list_of_weak_tags(header: str) -> None:
    assert conditional_json(request(if_none_match=header), CONTENT, 3, private=False).status_code == 304


@pytest.mark.parametrize("header", ['"3"', '"3-0123456789abcdef"', etag(4, b"")])
def test_another_representation_is_sent_whole(header: str) -> None:
    response = conditional_json(request(if_none_match=header), CONTENT, 3, private=False)
    assert (response.status_code, response.body) == (200, '{"name":"Trà My"}'.encode())
    assert response.headers["cache-control"] == "no-cache"


def test_the_response_to_a_change_is_never_304() -> None:
    response = conditional_json(request("POST", if_none_match="*"), CONTENT, 3, private=True, status=201)
    assert response.status_code == 201


@pytest.mark.parametrize("header", ["*", " * ", '"3"', TAG, f"W/{TAG}", '"3-ffff"', '"1", "3"', None])
def test_a_change_of_the_named_version_passes(header: str | None) -> None:
    require_version(request("POST", **({} if header is None else {"if_match": header})), 3)


@pytest.mark.parametrize("header", ['"2"', '"33-1"', '"x"', '"2", "4"'])
def test_a_change_of_another_version_is_refused(header: str) -> None:
    with pytest.raises(VersionChanged):
        require_version(request("POST", if_match=header), 3)


@pytest.mark.parametrize("header", ["", "3", "'3'", '"3', '"3 "', "W/3", '"3""4"', ",", "\xff"])
def test_a_header_without_an_etag_is_unparsable(header: str) -> None:
    with pytest.raises(Unparsable):
        require_version(request("POST", if_match=header), 3)
    with pytest.raises(Unparsable):
        conditional_json(request(if_none_match=header), CONTENT, 3, private=True)


# --- Rate limits ------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_bucket_has_the_requests_of_a_minute_and_refills_evenly() -> None:
    clock = Clock()
    limiter = RateLimiter(6, clock=clock)
    for _ in range(6):
        limiter.take("a")
    with pytest.raises(TooMany) as refusal:
        limiter.take("a")
    assert refusal.value.retry_after == 10
    limiter.take("b")
    clock.seconds = 9.5
    with pytest.raises(TooMany):
        limiter.take("a")
    clock.seconds = 10
    limiter.take("a")
    with pytest.raises(TooMany):
        limiter.take("a")
    clock.seconds = 10_000
    for _ in range(6):
        limiter.take("a")
    with pytest.raises(TooMany):
        limiter.take("a")


def test_a_rate_of_zero_is_no_limit() -> None:
    limiter = RateLimiter(0, clock=Clock())
    for _ in range(1000):
        limiter.take("a")


def test_a_limiter_has_a_bounded_number_of_addresses() -> None:
    limiter = RateLimiter(1, most=10, clock=Clock())
    limiter.take("first")
    for number in range(10):
        limiter.take(str(number))
    limiter.take("first")  # evicted, so its bucket is full again
    with pytest.raises(TooMany):
        limiter.take("9")


# --- Tokens -----------------------------------------------------------------------------------------------------------


def token(number: int) -> TokenFacts:
    return TokenFacts(Caller("tests", Role.CLERK, None, number), None, None)


def test_the_token_cache_is_bounded_in_size_and_time() -> None:
    cache = TokenCache(timedelta(seconds=2), size=3)
    for number in range(4):
        cache.put(str(number), token(number), NOW, cache.changes)
    assert cache.get("0", NOW) is None
    assert cache.get("3", NOW + timedelta(seconds=1)) == token(3)
    assert cache.get("3", NOW - timedelta(seconds=1)) is None, "the clock was set back"
    assert cache.get("2", NOW + timedelta(seconds=2)) is None


def test_a_token_that_was_read_before_a_change_is_not_cached() -> None:
    cache = TokenCache(timedelta(seconds=2))
    before = cache.changes
    cache.put("0", token(0), NOW, before)
    cache.put("1", token(1), NOW, before)
    cache.forget(0)
    assert (cache.get("0", NOW), cache.get("1", NOW)) == (None, token(1))
    cache.put("0", token(0), NOW, before)
    assert cache.get("0", NOW) is None, "it was read before the change"
    cache.put("0", token(0), NOW, cache.changes)
    assert cache.get("0", NOW) == token(0)
