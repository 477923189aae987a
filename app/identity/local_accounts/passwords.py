"""The rules of passwords: length, and no word that others guess first (NIST SP 800-63B, section 5.1.1.2; rules §21)."""

import re
import unicodedata

from app.domain.errors import Invalid

# Characters. A passphrase of four words has more.
LEAST, MOST = 12, 256
# Characters that a password needs beyond the words that a guess begins with.
_BEYOND = 6
# A run of characters each of which follows the one before: abcdef, 987654, or keys side by side.
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
_LEAST_RUN = 4
# First guesses at an office of this kind, without accents, longest first.
_COMMON = (
    "administrator",
    "hanhchinhcong",
    "congchuc",
    "password",
    "dichvucong",
    "letmein",
    "welcome",
    "iloveyou",
    "matkhau",
    "quantri",
    "xinchao",
    "yeuem",
    "anhyeu",
    "vietnam",
    "quangnam",
    "hochiminh",
    "saigon",
    "hanoi",
    "danang",
    "motcua",
    "ubnd",
    "admin",
    "canbo",
    "monkey",
    "dragon",
    "abc123",
    "pass",
    "user",
)


def normalised(password: str) -> str:
    """The password as it is hashed: in NFC, so that each input method for Vietnamese gives the same one."""
    return unicodedata.normalize("NFC", password)


def require_good(password: str, *, account: str, name: str) -> None:
    """Checks a new password of the person. There is no rule about kinds of characters, and none about its age.

    Raises Invalid `password_too_short`, `password_too_long`, and `password_guessable` for one that is little more than
    common words, runs of keys, or the account and name of the person.
    """
    password = normalised(password)
    if len(password) < LEAST:
        detail = f"The password needs at least {LEAST} characters: use four words, for example."
        raise Invalid("password_too_short", detail, pointer="/password")
    if len(password) > MOST:
        raise Invalid("password_too_long", f"The password has more than {MOST} characters.", pointer="/password")
    if _beyond_guesses(_plain(password), _own_words(account, name)) < _BEYOND:
        detail = "Others guess this password early: it is made of common words, runs of keys, or your own name."
        raise Invalid("password_guessable", detail, pointer="/password")


def _beyond_guesses(plain: str, own: list[str]) -> int:
    """The number of different characters that are left without guessable parts."""
    for word in [*own, *_COMMON]:
        plain = plain.replace(word, " ")
    for run in _RUNS:
        for text in (run, run[::-1]):
            for length in range(len(text), _LEAST_RUN - 1, -1):
                for start in range(len(text) - length + 1):
                    plain = plain.replace(text[start : start + length], " ")
    # A part that is repeated counts once.
    plain = re.sub(r"(.{1,6}?)\1+", r"\1", plain)
    return len(plain.replace(" ", ""))


def _own_words(account: str, name: str) -> list[str]:
    words = [_plain(word) for word in (account, name, account.partition("@")[0], *name.split())]
    return sorted({word for word in words if len(word) > 2}, key=len, reverse=True)


def _plain(text: str) -> str:
    """The text without case, accents and signs, as a guess ignores them. Letters of other scripts stay."""
    bare = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(sign for sign in bare if sign.isalnum())
