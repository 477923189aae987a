"""Trusted certificate authorities for outgoing TLS connections."""

import ssl
from functools import cache
from typing import NamedTuple

import httpx


class Trust(NamedTuple):
    """The contexts for HTTP and for mail.

    They are separate because the HTTP client adds its protocol to its context, and some mail servers close connections
    that offer it.
    """

    web: ssl.SSLContext
    mail: ssl.SSLContext


@cache
def trust(ca_file: str) -> Trust:
    """The public authorities and those of the PEM file `ca_file`, if it is set; read once per process.

    Raises OSError if the file cannot be read or has no certificate.
    """
    return Trust(_context(ca_file), _context(ca_file))


def _context(ca_file: str) -> ssl.SSLContext:
    # Authorities of httpx and of the system: a container image may have none of its own.
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
