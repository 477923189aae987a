"""The address of a cluster in each spelling of its URL, and one line that names the right spelling."""

import pytest

from app.database.address import address_of, database_url
from app.operations.backups.postgresql import how_to_take

THREE = (("h1", 5001), ("h2", 5002), ("h3", 5003))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h1:5001,h2:5002,h3:5003/db",
        "postgres://u@h1:5001,h2:5002,h3:5003/db",
        "postgresql+asyncpg://u@h1:5001,h2:5002,h3:5003/db",
        "postgresql+psycopg://u@h1:5001,h2:5002,h3:5003/db",
        "postgresql://u@/db?host=h1:5001&host=h2:5002&host=h3:5003",
        "postgresql+asyncpg://u@/db?host=h1&host=h2&host=h3&port=5001&port=5002&port=5003",
        "postgresql:///db?user=u&host=h1,h2,h3&port=5001,5002,5003",
        "postgresql://u@h1,h2,h3/db?port=5001,5002,5003",
        "postgresql://u@h1%3A5001%2Ch2%3A5002%2Ch3%3A5003/db",
    ],
)
@pytest.mark.parametrize("target", [None, "any", "primary", "read-write", "standby", "prefer-standby", "read-only"])
def test_every_spelling_names_the_same_servers(url: str, target: str | None) -> None:
    if target is not None:
        url += f"{'&' if '?' in url else '?'}target_session_attrs={target}"
    address = address_of(url)
    assert (address.hosts, address.target, address.connect_seconds) == (THREE, target or "primary", 1)
    assert database_url(url).database == "db"
    assert "host=h1%2Ch2%2Ch3&port=5001%2C5002%2C5003" in how_to_take(url, __file__)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://u@h1,h2/db?port=5001", (("h1", 5001), ("h2", 5001))),
        ("postgresql://u:a%40b/c@h1:5001,h2/db", (("h1", 5001), ("h2", None))),
        ("postgresql://u@[::1]:5001,[fe80::1]/db", (("::1", 5001), ("fe80::1", None))),
        ("postgresql://u@/db?host=/run/a&host=/run/b&port=5001", (("/run/a", 5001), ("/run/b", 5001))),
        ("postgresql://u@%2Frun%2Fpostgresql/db", (("/run/postgresql", None),)),
        ("postgresql:///db", ((None, None),)),
    ],
)
def test_ports_sockets_and_defaults(url: str, hosts: tuple[tuple[str | None, int | None], ...]) -> None:
    address = address_of(url)
    assert address.hosts == hosts
    assert address.target == ("primary" if len(hosts) > 1 else "any")


def test_the_password_and_the_options_are_kept_for_the_driver() -> None:
    address = address_of("postgresql://u:a%40b/c@h1,h2/db?ssl=require&connect_timeout=4&application_name=x")
    assert address.dsn == "postgresql://u:a%40b%2Fc@/db?application_name=x&sslmode=require"
    assert address.connect_seconds == 4


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("h1:5001,h2:5002", "use postgresql://user:password@host1:5432,host2:5432/name"),
        ("postgresql://u@h1:5001/db?host=h2", "names hosts twice"),
        ("postgresql://u@h1:x,h2/db", "cannot be read"),
        ("postgresql://u@h1,,h2/db", "cannot be read"),
        ("postgresql://u@h1,h2,h3/db?port=1,2", "one port, or one for each host"),
        ("postgresql://u@h1:1,h2/db?port=1", "ports in two places"),
        ("postgresql://u@h1,h2/db?target_session_attrs=master", "primary, standby, prefer-standby"),
        ("postgresql://u@h1,h2/db?keepalives=1", "must leave out keepalives"),
        ("postgresql://u@h1,h2/db?connect_timeout=soon", "connect_timeout"),
    ],
)
def test_another_spelling_is_refused_with_one_line_that_names_the_right_one(url: str, line: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as refused:
        address_of(url)
    assert line in str(refused.value)
