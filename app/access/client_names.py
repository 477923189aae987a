"""Names of clients: their form, the reserved ones, and a key that is equal for names that look alike (rules §8)."""

import re
import unicodedata

from app.domain.errors import Invalid
from app.ledger.entries import COMMAND_LINE, SERVICE, SLIP

# Callers of the single sign-on have names with this prefix. Their issuer keeps them apart.
SIGN_ON = "sso:"
# People who sign in are clients with this prefix and their id: journals keep no names of them.
PERSON = "person:"
# The owner of a stored response to somebody with the key of a slip.
RATING = "rating "

# What Vietnamese letters are composed of (NFD): breve, circumflex, horn, and the marks of the five tones.
_MARKS = "\u0306\u0302\u031b\u0300\u0309\u0303\u0301\u0323"
_FOREIGN = re.compile(rf"[^ -~đĐ{_MARKS}\u2010-\u2015]")
# Letters and digits that look alike in many fonts, after the folding of case.
_ALIKE = str.maketrans("0i1|", "olll")


def client_key(name: str) -> str:
    """A key that two names share if people could take one for the other: case, width, dashes, blanks, `0` and `o`."""
    if name.startswith((SIGN_ON, PERSON)):
        return name
    return _folded(name)


def person_client(person_id: int) -> str:
    """The client that is the person with the id."""
    return f"{PERSON}{person_id}"


def person_of(client: str) -> int | None:
    """The id of the person that the client is; None for a program."""
    number = client.removeprefix(PERSON)
    return int(number) if number != client and number.isascii() and number.isdecimal() else None


def rating_client(code: str) -> str:
    """The owner of the stored response to a rating of the dossier with the code."""
    return f"{RATING}{code}"


def require_new_name(name: str) -> None:
    """Raises Invalid `client_invalid` for a name that no new client may have."""
    if refusal := reason_against(name):
        raise Invalid("client_invalid", refusal, pointer="/client")


def reason_against(name: str) -> str | None:
    """The reason why no new client may have the name (NFC, trimmed); None for a possible name."""
    if not name or not name.isprintable():
        return "The name of a client needs printable characters and no others."
    # Every Vietnamese letter is one character in NFC: a mark of its own repeats another one, or is on a foreign letter.
    signs = _FOREIGN.findall(unicodedata.normalize("NFD", name)) + list(filter(unicodedata.combining, name))
    if foreign := "".join(dict.fromkeys(signs)):
        detail = f"The name has characters that could be taken for others: {foreign}. "
        return detail + "Use Vietnamese letters, digits, blanks, dashes and ASCII signs."
    folded = _folded(name)
    if folded in {_folded(author.client) for author in (COMMAND_LINE, SERVICE, SLIP)}:
        return f"{name!r} is reserved for changes without a client: choose another name."
    for prefix, owner in ((SIGN_ON, "the single sign-on"), (PERSON, "people"), (RATING, "ratings")):
        if folded.startswith(_folded(prefix)):
            return f"Names with {prefix!r} are reserved for {owner}: choose another name."
    return None


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    dashed = "".join("-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign for sign in text)
    return re.sub(r"\s+", " ", dashed).translate(_ALIKE)
