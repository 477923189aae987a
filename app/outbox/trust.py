"""Which authorities' certificates are believed where something is sent by TLS."""

import ssl
from functools import cache

import httpx


@cache
def tls_context(ca_file: str) -> ssl.SSLContext:
    """What the usual authorities vouch for, and those in a PEM file where one is named; read once per process.

    Raises OSError for a file that cannot be read or holds no certificate.
    """
    # Both those that come with httpx and the system's: an image may have none of its own.
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
