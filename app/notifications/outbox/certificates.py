"""Which authorities' certificates are believed where something is sent by TLS."""

import ssl
from functools import cache
from typing import NamedTuple

import httpx


class Trust(NamedTuple):
    """Who is believed, for each way of sending one of its own.

    The HTTP client writes into its one that HTTP is spoken, and there are mail servers that break off where they are
    offered that.
    """

    web: ssl.SSLContext
    mail: ssl.SSLContext


@cache
def trust(ca_file: str) -> Trust:
    """Whom the usual authorities vouch for, and those in a PEM file where one is named; read once per process.

    Raises OSError for a file that cannot be read or holds no certificate.
    """
    return Trust(_context(ca_file), _context(ca_file))


def _context(ca_file: str) -> ssl.SSLContext:
    # Both those that come with httpx and the system's: an image may have none of its own.
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
