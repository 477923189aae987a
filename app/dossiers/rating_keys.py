"""The key on a slip: computed from the dossier's code and an encrypted secret of the database."""

import base64
import hmac
import os

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.database import Database, Prepared
from app.database.tables import rating_secret
from app.domain.errors import Invalid

# Crockford's base32: no letter looks like a digit, in handwriting or in print.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_RFC_4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _DIGITS)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = str.maketrans("", "", " -\u00a0\u2010\u2011\u2012\u2013\u2014\u2212")
# 75 bits, and a check digit that detects any wrong digit and any two exchanged neighbours.
_RANDOM_DIGITS = 15
_CHECK = 29

# The secret is encrypted for this place.
SECRET_PLACE = "rating_secret/sealed"  # noqa: S105 - a place, no secret
_SECRET = Prepared(select(rating_secret.c.encrypted))
_MAKE = Prepared(insert(rating_secret).on_conflict_do_nothing())


class RatingKeys:
    """The rating keys of one register, for one worker.

    Their secret is read once, and made if there is none. It stays when the encryption keys change, and so do the
    printed rating keys.
    """

    def __init__(self) -> None:
        self._secret: bytes | None = None

    async def ready(self, database: Database) -> None:
        """Loads the secret for `of`. It may begin a transaction, so it cannot run inside one.

        Raises KeysUnusable if the secret cannot be decrypted.
        """
        await self.load(database)
        if self._secret is None:
            async with database.writing() as connection:
                # Of two concurrent workers, the first one's secret stays.
                await connection.run(_MAKE, id=1, encrypted=connection.ring.encrypt(os.urandom(32).hex(), SECRET_PLACE))
            await self.load(database)

    async def load(self, database: Database) -> None:
        """Loads the secret if there is one, and writes nothing. Without a secret no key was printed, and none fits."""
        if self._secret is not None:
            return
        async with database.reading() as connection:
            encrypted = await connection.scalar(_SECRET)
            if encrypted is not None:
                self._secret = bytes.fromhex(connection.ring.decrypt(encrypted, SECRET_PLACE))

    def of(self, code: str) -> str:
        """The key of a dossier as it is printed: `7K2M-9QXD-4TBE-0H6R`."""
        assert self._secret is not None, "ready() comes first"
        digest = hmac.digest(self._secret, code.encode(), "sha256")[:10]
        digits = base64.b32encode(digest).decode().translate(_OF_RFC_4648)[:_RANDOM_DIGITS]
        check = _DIGITS[(int.from_bytes(digest) >> 5) % _CHECK]
        return f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}{check}"

    def fits(self, code: str, key: str) -> bool:
        """True if a key, in the form of `typed_key`, is that of the code; the comparison takes constant time."""
        return self._secret is not None and hmac.compare_digest(self.of(code).replace("-", ""), key)

    def mark(self, code: str) -> str:
        """The mark of a browser that has proved the slip, in hexadecimal. It opens a page and rates nothing."""
        assert self._secret is not None, "ready() comes first"
        return hmac.digest(self._secret, f"mark {code}".encode(), "sha256")[:16].hex()

    def fits_mark(self, code: str, mark: str) -> bool:
        """True if a mark is that of the code; the comparison takes constant time."""
        return self._secret is not None and hmac.compare_digest(self.mark(code).encode(), mark.encode())


def typed_key(text: str) -> str:
    """The sixteen digits of a typed key; case and groups have no influence.

    Raises Invalid `rating_key_mistyped` for a wrong check digit, without a query.
    """
    key = text.upper().translate(_BETWEEN).translate(_MISREAD)
    if len(key) == _RANDOM_DIGITS + 1 and all(digit in _DIGITS for digit in key):
        number = 0
        for digit in key[:-1]:
            number = number << 5 | _DIGITS.index(digit)
        if key[-1] == _DIGITS[number % _CHECK]:
            return key
    raise Invalid("rating_key_mistyped", "The key has sixteen letters and digits, as on the slip.", pointer="/key")
