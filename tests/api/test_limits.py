"""Who asks too often, or for what there is not, is told when to come back; and whose address counts."""

import httpx
import pytest

from app.http.errors import TooMany
from app.http.rate_limits import MissLimiter, address_of, network_of
from app.settings import Settings
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, received
from tests.support.client import BARE, Client
from tests.support.live import live_server

UNITS = "/api/v1/units"
LOOKUP = "/api/v1/lookup"
UNKNOWN = f"{LOOKUP}/000.31.15.H47-210816-7777"


def refused(answer: httpx.Response) -> int:
    """The seconds to wait that the refusal names."""
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests"), answer.text
    seconds = int(answer.headers["retry-after"])
    assert seconds >= 1
    return seconds


def test_an_address_that_asks_too_often_is_refused_and_the_probes_are_not(seeded_url: str) -> None:
    with Client(seeded_url, NOW, address_rate=2) as client:
        assert [client.get(path).status_code for path in (UNITS, "/nowhere")] == [200, 404]
        assert refused(client.get(UNITS)) <= 30
        refused(client.post(DOSSIERS, {}))
        assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_a_token_that_is_used_too_often_is_refused_and_others_are_not(seeded_url: str) -> None:
    with Client(seeded_url, NOW, token_rate=2) as client:
        one, other = client.token("clerk", "20899"), client.token("clerk", "20899")
        assert [client.get(DOSSIERS, token=one).status_code for _ in range(2)] == [200, 200]
        refused(client.get(DOSSIERS, token=one))
        assert client.get(DOSSIERS, token=other).status_code == 200
        assert client.get(UNITS).status_code == 200


def test_who_tries_tokens_is_refused_and_a_token_that_holds_is_let_in_beside_it(seeded_url: str) -> None:
    with Client(seeded_url, NOW, failure_rate=3) as client:
        good = client.token("clerk", "20899")
        tried = [client.get(DOSSIERS, token=f"guess-{number}") for number in range(5)]
        assert [answer.status_code for answer in tried] == [401, 401, 401, 429, 429]
        refused(tried[-1])
        assert client.get(DOSSIERS, token=good).status_code == 200
        # Public calls never cared about the token.
        assert client.get(UNITS, token="guess").status_code == 200
        assert client.get(DOSSIERS).status_code == 401


def miss(client: Client, times: int) -> None:
    """Looks up codes that do not exist."""
    for number in range(times):
        assert client.get(f"{LOOKUP}/000.31.15.H47-210816-{9000 + number}").status_code in (404, 429)


def test_codes_that_do_not_exist_make_the_address_wait_and_those_that_exist_are_answered(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_misses=2) as client:
        code = received(client, client.token("clerk", "20899"))["code"]
        assert client.get(UNKNOWN).status_code == 404
        assert client.get(f"{UNKNOWN}/deadline").status_code == 404
        assert client.get(f"{LOOKUP}/no-code-at-all").status_code == 404
        miss(client, 5)
        waits = [refused(client.get(path)) for path in (UNKNOWN, f"{UNKNOWN}/deadline", f"{LOOKUP}/another-one")]
        assert 64 < waits[0] < waits[1] < waits[2], "a wrong code within the wait makes it longer"
        for path in (f"{LOOKUP}/{code}", f"{LOOKUP}/{code}/deadline", f"/d/{code}", UNITS):
            assert client.get(path).status_code == 200
        assert client.get("/d/000.31.15.H47-210816-7777").status_code == 429


def test_a_right_code_is_answered_after_any_number_of_misses_and_look_ups(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_misses=2, lookup_rate=1) as client:
        code = received(client, client.token("clerk", "20899"))["code"]
        miss(client, 40)
        for path in (f"{LOOKUP}/{code}", f"{LOOKUP}/{code}/deadline", f"/d/{code}") * 3:
            assert client.get(path).status_code == 200
            assert client.get(path, headers=BARE).status_code == 200


def test_each_further_miss_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    moment, waits = 0.0, []
    limiter = MissLimiter(20, clock=lambda: moment)
    for _ in range(40):
        limiter.miss("a")
        try:
            limiter.require("a")
        except TooMany as refusal:
            waits.append(refusal.retry_after)
    assert waits[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert set(waits[9:]) == {900}
    limiter.require("b")


def test_who_goes_on_for_a_day_guesses_little_more_than_what_is_free() -> None:
    moment, misses = 0.0, 0
    limiter = MissLimiter(20, clock=lambda: moment)
    while moment < 24 * 3600:
        try:
            limiter.require("a")
        except TooMany as refusal:
            moment += refusal.retry_after
        else:
            limiter.miss("a")
            misses += 1
    assert misses <= 26 * 20, "some 20 an hour, and those that were free"


def test_misses_are_forgiven_with_time() -> None:
    moment = 0.0
    limiter = MissLimiter(2, clock=lambda: moment)
    for _ in range(3):
        limiter.miss("a")
    with pytest.raises(TooMany):
        limiter.require("a")
    moment += 2 * 3600
    for _ in range(2):
        limiter.miss("a")
        limiter.require("a")


def test_no_more_addresses_that_missed_are_remembered_than_may_be() -> None:
    limiter = MissLimiter(1, most=2, clock=lambda: 0.0)
    for address in "abc":
        limiter.miss(address)
        limiter.miss(address)
    limiter.require("a")  # forgotten, so let through
    with pytest.raises(TooMany):
        limiter.require("c")


def test_where_waits_are_turned_off_nobody_waits() -> None:
    limiter = MissLimiter(0)
    for _ in range(1000):
        limiter.miss("a")
    limiter.require("a")


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8::ffff:0:1", "2001:db8:0:1::1"),
        ("fe80::1%eth0", "fe80::2", "fe81::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("_hidden", "unknown", "192.0.2.1"),
    ],
)
def test_of_ipv6_a_whole_network_is_one_address(address: str, same: str, other: str) -> None:
    def counted(one: str) -> str:
        return address_of({"client": (one, 1)})

    assert counted(address) == counted(same) != counted(other)


def test_misses_of_ipv6_count_for_the_48() -> None:
    first, same, other = (
        network_of({"client": (address, 1)}) for address in ("2001:db8:7::1", "2001:db8:7:ffff::2", "2001:db8:8::1")
    )
    assert first == same != other
    assert network_of({"client": ("192.0.2.1", 1)}) == "192.0.2.1"


# --- Behind a proxy ---------------------------------------------------------------------------------------------------


def asked_for(address: str, *chains: str) -> list[int]:
    """The statuses of computations, each with its `X-Forwarded-For`."""
    body = {"limit": {"amount": 1, "unit": "working_day"}, "received_at": "2021-08-16T08:30:00+07:00"}
    return [
        httpx.post(
            f"{address}/api/v1/deadline", json=body, headers={"X-Forwarded-For": chain} if chain else {}
        ).status_code
        for chain in chains
    ]


def test_a_trusted_proxy_says_whose_address_counts_and_nobody_can_add_to_it(seeded_url: str) -> None:
    with live_server(seeded_url, lookup_rate="1") as address:
        assert asked_for(address, "192.0.2.1", "192.0.2.2", "2001:db8::1") == [200, 200, 200]
        # The proxy appends what it sees; what stands before it is the client's word.
        assert asked_for(address, "198.51.100.7, 192.0.2.1", "127.0.0.1, 192.0.2.2", "2001:db8::2") == [429] * 3


def test_from_anybody_else_the_header_is_not_looked_at(seeded_url: str) -> None:
    with live_server(seeded_url, lookup_rate="1", trusted_proxies="10.0.0.0/8") as address:
        assert asked_for(address, "192.0.2.1", "192.0.2.2", "") == [200, 429, 429]
        spoken = httpx.get(f"{address}{UNITS}", headers={"X-Forwarded-Proto": "https"})
        assert "strict-transport-security" not in spoken.headers


@pytest.mark.parametrize("wrong", ["*", "proxy.example.vn", "10.0.0.1/8", "10.0.0.0/40"])
def test_who_is_no_address_cannot_be_trusted(wrong: str) -> None:
    with pytest.raises(ValueError, match="neither an address"):
        Settings(trusted_proxies=wrong)
