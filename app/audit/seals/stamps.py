"""Pure functions for time stamps of seals by RFC 3161: the request, and the check of a response (docs/journal.md)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography.x509 import Certificate, ObjectIdentifier
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from app.audit.seals.encoding import Seal, seal_content
from app.domain.localtime import to_second

# Tolerated difference between the clocks of the register and of the authority.
CLOCKS = timedelta(minutes=5)
_SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class Request(NamedTuple):
    """A request for a stamp: its bytes, and the number that the answer repeats."""

    content: bytes
    nonce: int | None


class StampFault(NamedTuple):
    """What is wrong with a stamp: the field, the value that it should have, and the one that it has."""

    field: str
    expected: Any
    actual: Any


class Stamp(NamedTuple):
    """A response of an authority that can be read: the digest in it, its time and the nonce of its request."""

    digest: str
    time: datetime
    nonce: int | None
    response: TimeStampResponse


def request_for(seal: Seal) -> Request:
    """A request for a stamp over the SHA-256 of the seal's content, which is the hash of the seal."""
    content = seal_content(seal).encode()
    request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    return Request(request.as_bytes(), request.nonce)


def read_stamp(response: bytes) -> Stamp:
    """The stamp in the response of an authority. Raises ValueError if it has none, or none over a SHA-256."""
    decoded = decode_timestamp_response(response)
    token = decoded.tst_info
    if token.message_imprint.hash_algorithm != _SHA256:
        raise ValueError("the digest is no SHA-256")
    return Stamp(token.message_imprint.message.hex(), token.gen_time, token.nonce, decoded)


def stamp_faults(seal: Seal, stamp: Stamp, roots: Sequence[Certificate], now: datetime) -> Iterator[StampFault]:
    """What is wrong with the stamp of a seal. Without `roots` its signature is not checked.

    The certificates must be valid at the time of the stamp, not `now`. So a stamp outlives them.
    """
    if stamp.digest != seal.hash:
        yield StampFault("digest", seal.hash, stamp.digest)
    if roots and (reason := _refusal(stamp, roots)):
        yield StampFault("signature", "that of a trusted authority", reason)
    if stamp.time < seal.sealed_at - CLOCKS:
        yield StampFault("time", f"{to_second(seal.sealed_at)} or later", to_second(stamp.time))
    if stamp.time > now + CLOCKS:
        yield StampFault("time", f"{to_second(now)} or earlier", to_second(stamp.time))


def _refusal(stamp: Stamp, roots: Sequence[Certificate]) -> str:
    """Why the signature is not that of an authority below the roots; empty: it is."""
    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify(stamp.response, bytes.fromhex(stamp.digest))
    except (VerificationError, ValueError) as error:
        return str(error)
    return ""
