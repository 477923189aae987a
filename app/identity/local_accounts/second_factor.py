"""The second factor: one-time codes of an authenticator app (RFC 6238; rules §21)."""

import hmac
from datetime import datetime

import pyotp

# Seconds of a step, and steps that the clock of a phone may be wrong by.
STEP, SKEW = 30, 1
_DIGITS = 6


def new_secret() -> str:
    """A new secret of 160 bits in base 32, as apps take it."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, now: datetime, last: int | None = None) -> int | None:
    """The step whose code this is, one step around `now`; None for another code, and for steps up to `last`.

    So no code is taken twice (RFC 6238, section 5.2).
    """
    code = "".join(code.split())
    if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
        return None
    present = int(now.timestamp()) // STEP
    matching = None
    for step in range(present - SKEW, present + SKEW + 1):
        # Every step is compared, so that the time tells nothing.
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step), code) and (last is None or step > last):
            matching = step
    return matching


def app_address(secret: str, account: str, service: str) -> str:
    """The address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=service)
