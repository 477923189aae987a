"""The address of a PostgreSQL server or of a cluster, read from every usual spelling of its URL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, get_args
from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

Target = Literal["any", "primary", "standby", "prefer-standby", "read-write", "read-only"]

# Seconds to connect to each host of a cluster, and to the only host of a URL.
CONNECT_SECONDS, CONNECT_SECONDS_ALONE = 1.0, 3.0

_USE = "use postgresql://user:password@host1:5432,host2:5432/name"
# The beginning as SQLAlchemy reads it, where a password may have a slash.
_URL = re.compile(r"(?P<scheme>\w+)[\w+]*://(?P<user>(?:[^:/@]*(?::[^@]*)?@)?)(?P<hosts>[^/?]*)(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>\d+))?")

# asyncpg would send these as settings to the server, which refuses each connection that has them.
_OF_OTHER_DRIVERS = frozenset(
    {
        *(
            "async_fallback",
            "channel_binding",
            "command_timeout",
            "fallback_application_name",
            "gssencmode",
            "hostaddr",
        ),
        *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "prepared_statement_cache_size"),
        *("replication", "require_auth", "requiressl", "sslcompression", "statement_cache_size", "tcp_user_timeout"),
        "timeout",
    }
)
_OWN = frozenset({"connect_timeout", "host", "load_balance_hosts", "port", "target_session_attrs"})


@dataclass(frozen=True)
class Address:
    """Where a database is.

    - `hosts`: host (or folder of a socket) and port of each server; None for the default of asyncpg.
    - `target`: the server that is meant among them.
    - `dsn`: user, password, database and further options, for asyncpg.
    - `connect_seconds`: time to connect to each host.
    - `shuffled`: whether the hosts may be asked in any order.
    """

    hosts: tuple[tuple[str | None, int | None], ...]
    target: Target
    dsn: str
    connect_seconds: float
    shuffled: bool


def database_url(text: str) -> URL:
    """The URL of a database. All hosts of a cluster are in `?host=h1,h2&port=5432,5432`, as PostgreSQL's tools read it.

    Raises ValueError with a line for people.
    """
    parts = _URL.fullmatch(text)
    if parts is None or parts["scheme"] not in ("postgres", "postgresql"):
        return _made(text)
    url = _made(f"postgresql://{parts['user']}{parts['rest']}")
    query = dict(url.query)
    hosts = _hosts(parts["hosts"], query.pop("host", ""), _values(query.pop("port", "")))
    if len(hosts) == 1 and not hosts[0][0].startswith("/"):
        host, port = hosts[0]
        url = url.set(host=host, port=int(port) if port else None)
    elif hosts:
        query["host"] = ",".join(host for host, _ in hosts)
        if any(port for _, port in hosts):
            query["port"] = ",".join(str(port or "") for _, port in hosts)
    if ssl := query.pop("ssl", None):
        # The name in asyncpg's own arguments, and in SQLAlchemy's URLs of it.
        query["sslmode"] = "require" if ssl == "true" else ssl
    return url.set(query=query)


def address_of(text: str) -> Address:
    """The address in a URL of PostgreSQL. Raises ValueError with a line for people."""
    url = database_url(text)
    query = {name: _values(value)[-1] for name, value in url.query.items() if name not in ("host", "port")}
    if others := sorted(query.keys() & _OF_OTHER_DRIVERS):
        raise ValueError(f"must leave out {', '.join(others)}: it belongs to another driver")
    named = zip_longest(_values(url.query.get("host", "")), _values(url.query.get("port", "")))
    hosts = tuple((host, int(port) if port else None) for host, port in named) or ((url.host, url.port),)
    options = {name: value for name, value in query.items() if name not in _OWN}
    driver_url = URL.create("postgresql", url.username, url.password, database=url.database, query=options)
    return Address(
        hosts=hosts,
        target=_target(query.get("target_session_attrs"), several=len(hosts) > 1),
        dsn=driver_url.render_as_string(hide_password=False),
        connect_seconds=_seconds(query.get("connect_timeout"), alone=len(hosts) == 1),
        shuffled=query.get("load_balance_hosts") == "random",
    )


def _made(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(f"is no database URL: {_USE}, or sqlite:///file") from None


def _hosts(between: str, named: str | Sequence[str], ports: Sequence[str]) -> list[tuple[str, str | None]]:
    """Hosts with their ports: those `between` user and database, or those `named` in the query."""
    if between and named:
        raise ValueError(f"names hosts twice, before the database and in ?host=: {_USE}")
    hosts = [_host(text) for text in (_values(unquote(between)) or _values(named))]
    if not ports:
        return hosts
    if len(ports) not in (1, len(hosts)) and hosts:
        raise ValueError(f"has {len(hosts)} hosts and {len(ports)} ports: name one port, or one for each host")
    if any(port for _, port in hosts) or not all(port.isdecimal() for port in ports):
        raise ValueError(f"has ports in two places or a port that is no number: {_USE}")
    return [(host, ports[number % len(ports)]) for number, (host, _) in enumerate(hosts or [("localhost", None)])]


def _host(text: str) -> tuple[str, str | None]:
    if text.startswith("/"):
        return text, None
    match = _HOST.fullmatch(text)
    if match is None:
        raise ValueError(f"has a host that cannot be read ({text}): {_USE}")
    return match["host"].strip("[]"), match["port"]


def _values(value: str | Sequence[str]) -> list[str]:
    """The values of a parameter, given several times or separated by commas."""
    return [part.strip() for text in ([value] if isinstance(value, str) else value) for part in text.split(",") if text]


def _target(given: str | None, *, several: bool) -> Target:
    targets: Mapping[str, Target] = {target: target for target in get_args(Target)}
    if given is not None and given not in targets:
        raise ValueError(f"has an unknown target_session_attrs: use one of {', '.join(targets)}")
    # Among several hosts the service needs the one that can write.
    return targets[given or ("primary" if several else "any")]


def _seconds(given: str | None, *, alone: bool) -> float:
    if given is None:
        return CONNECT_SECONDS_ALONE if alone else CONNECT_SECONDS
    if not given.isdecimal() or given == "0":
        raise ValueError("has a connect_timeout that is no number of seconds from 1 on")
    return float(given)
