"""The key by which whoever holds a receipt rates: made of the dossier's code and a secret that the database seals."""

import base64
import hmac
import os

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.database import Database, Prepared
from app.database.tables import rating_secret
from app.domain.errors import Invalid

# Crockford's base32: no letter in it is taken for a digit, whatever the hand or the print.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_RFC_4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _DIGITS)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = str.maketrans("", "", " -\u00a0\u2010\u2011\u2012\u2013\u2014\u2212")
# 75 bits, and one digit more that tells most slips of the hand: any single one, and any two neighbours exchanged.
_RANDOM_DIGITS = 15
_CHECK = 29

# For which place the secret is sealed.
SECRET_PLACE = "rating_secret/sealed"  # noqa: S105 - a place, no secret
_SECRET = Prepared(select(rating_secret.c.encrypted))
_MAKE = Prepared(insert(rating_secret).on_conflict_do_nothing())


class RatingKeys:
    """The rating keys of one register, for a worker; the secret behind them is read once, and made where there is none.

    It stays the same when the keys of the register change: they only seal it. So does each printed key.
    """

    def __init__(self) -> None:
        self._secret: bytes | None = None

    async def ready(self, database: Database) -> None:
        """Makes `of` usable. Not within a transaction: it may begin one of its own.

        Raises KeysUnusable where the secret does not open.
        """
        if self._secret is not None:
            return
        async with database.reading() as connection:
            encrypted, ring = await connection.scalar(_SECRET), connection.ring
        if encrypted is None:
            async with database.writing() as connection:
                # Of two workers that come at once the first one's holds.
                await connection.run(_MAKE, id=1, encrypted=ring.encrypt(os.urandom(32).hex(), SECRET_PLACE))
                encrypted = await connection.scalar(_SECRET)
        self._secret = bytes.fromhex(ring.decrypt(encrypted, SECRET_PLACE))

    def of(self, code: str) -> str:
        """The key of the dossier with the code, as it is printed: `7K2M-9QXD-4TBE-0H6R`."""
        assert self._secret is not None, "ready() comes first"
        digest = hmac.digest(self._secret, code.encode(), "sha256")[:10]
        digits = base64.b32encode(digest).decode().translate(_OF_RFC_4648)[:_RANDOM_DIGITS]
        check = _DIGITS[(int.from_bytes(digest) >> 5) % _CHECK]
        return f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}{check}"

    def fits(self, code: str, key: str) -> bool:
        """Whether a key, as `typed_key` has it, is that of the code; it takes as long whatever is wrong with it."""
        return hmac.compare_digest(self.of(code).replace("-", ""), key)


def typed_key(text: str) -> str:
    """The key that somebody typed from paper, in whatever case and groups, as its sixteen digits.

    Raises Invalid `rating_key_mistyped` for what is no register's key: this needs no look at any dossier.
    """
    key = text.upper().translate(_BETWEEN).translate(_MISREAD)
    if len(key) == _RANDOM_DIGITS + 1 and all(one in _DIGITS for one in key):
        number = 0
        for one in key[:-1]:
            number = number << 5 | _DIGITS.index(one)
        if key[-1] == _DIGITS[number % _CHECK]:
            return key
    raise Invalid("rating_key_mistyped", "The key has sixteen letters and digits, as on the slip.", pointer="/key")
