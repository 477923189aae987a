"""Letters of old fonts (TCVN3, VNI): converts them by table, and finds text that a wrong reading damaged."""

import re
import unicodedata
from functools import lru_cache

# TCVN 5712:1993, VN3: the letters from 0xA1 on; a space where the standard has none. The fonts draw their capitals.
_VN3 = "ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ"
_VN3_START = 0xA1
TCVN3_LETTERS = {_VN3_START + index: letter for index, letter in enumerate(_VN3) if letter != " "}

# VNI Windows: a mark follows its letter. Marks of one letter, then letters that stand alone.
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"æ": "ỉ", "ó": "ĩ", "ò": "ị", "ô": "ơ", "ö": "ư", "î": "ỵ", "ñ": "đ"}


def _vni_pairs() -> dict[str, str]:
    pairs = {
        base + mark: letter + tone
        for base, letter in zip("aeouyôö", "aeouyơư", strict=True)
        for mark, tone in _VNI_TONES.items()
    }
    pairs |= {base + mark: base + "\u0302" + tone for base in "aeo" for mark, tone in _VNI_CIRCUMFLEX.items()}
    pairs |= {"a" + mark: "ă" + tone for mark, tone in _VNI_BREVE.items()}
    pairs |= _VNI_ALONE
    both = {**pairs}
    for written, letter in pairs.items():
        both[written.upper()] = letter.upper()
        both[written[0].upper() + written[1:]] = letter[0].upper() + letter[1:]
    return {written: unicodedata.normalize("NFC", letter) for written, letter in both.items()}


VNI_LETTERS = _vni_pairs()
_VNI_WRITTEN = re.compile("|".join(sorted(map(re.escape, VNI_LETTERS), key=len, reverse=True)))

# What a Vietnamese syllable may look like without its tone.
_SYLLABLE = re.compile(
    "(?:ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?"
    "(?:[iuo]?[aăâeêioôơuưy]|ia|iê|iêu|yê|yêu|ua|uâ|uô|uơ|ưa|ươ|ươi|ươu|uôi|oai|oay|oao|oeo|uya|uyê|uyu|uây|uêu"
    "|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|uy|ưi|ưu|oo)"
    "(?:ch|ng|nh|[cmnpt])?"
)
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_WORD = re.compile(r"[^\W\d_]+[^\s\d]*")

DAMAGED = "damaged"
TCVN3, VNI, TWICE = "tcvn3", "vni", "utf-8 twice"

# Signs of TCVN3: its letters look like signs, or like capitals after small letters.
_TCVN3_SIGN = "[µ¶·¸¹¨©ª«¬\u00ad®»¼½¾]|(?<=[a-zđ])[À-ÝĐÞß]|[ÆÇËÎÏÑÖ×ØÜÞßåäæçëîïñöøûþ]"
# Pairs of VNI that no Vietnamese word has.
_VNI_SIGN = "[aA][ùøûõïâáàåãäêéèúüëÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜË]|[eE][ùøûõïâáàåãäÙØÛÕÏÂÁÀÅÃÄ]|[oOuUyYôÔ][ùøûõïåäÙØÛÕÏÅÄ]|[öÖ]"
# Two or three bytes of UTF-8 that were read as signs of Windows.
_TWICE_SIGN = "[ÃÄÅÆ][\u0080-\u00bf‚ƒ„†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|á[º»]|â€"
_ODD = re.compile(f"\ufffd|(?<=[^\\W\\d_])\\?(?=[^\\W\\d_])|{_TCVN3_SIGN}|{_VNI_SIGN}|{_TWICE_SIGN}")
_QUESTION = re.compile(r"[^\W\d_]\?[^\W\d_]")


def is_odd(text: str) -> bool:
    """True if the text has a sign of damage. `damage_of` then decides. Quick, for long texts."""
    return _ODD.search(text) is not None


def damage_of(text: str) -> str | None:
    """The kind of damage, None without evidence: a replacement character, `?` in a word, or letters of an old font."""
    if not is_odd(text):
        return None
    if "\ufffd" in text or ("://" not in text and _QUESTION.search(text)):
        return DAMAGED
    if re.search(_TWICE_SIGN, text) and _is_twice_encoded(text):
        return TWICE
    likely = [
        (_better(text, letters), letters)
        for letters, sign in ((VNI, _VNI_SIGN), (TCVN3, _TCVN3_SIGN))
        if re.search(sign, text)
    ]
    best, letters = max(likely, default=(0, None))
    return letters if best > 0 else None


def _is_twice_encoded(text: str) -> bool:
    try:
        b"".join(map(_byte_of, text)).decode()
    except UnicodeError:
        return False
    return True


def _byte_of(sign: str) -> bytes:
    """The byte that Windows shows as this sign. Windows shows five bytes as control characters."""
    return bytes([ord(sign)]) if ord(sign) < 0x100 else sign.encode("cp1252")


def _better(text: str, letters: str) -> int:
    """How many more words are Vietnamese after the conversion than before it."""
    return vietnamese_words(in_unicode(text, letters))[0] - vietnamese_words(text)[0]


def vietnamese_words(text: str) -> tuple[int, int]:
    """The numbers of words with Vietnamese spelling, and of all words with a letter outside ASCII."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(map(_is_vietnamese, words)), len(words)


@lru_cache(maxsize=20_000)
def _is_vietnamese(word: str) -> bool:
    word = word.strip("\"'()[],.;:/-")
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [mark for mark in parts if mark in _TONES]
    plain = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
    return len(tones) <= 1 and _SYLLABLE.fullmatch(plain) is not None


def in_unicode(text: str, letters: str) -> str:
    """The text of an old font in Unicode, NFC. A text with other letters outside Latin-1 is in Unicode already."""
    if text.isascii() or any(ord(letter) > 0xFF and letter.isalpha() for letter in text):
        return text
    if letters == VNI:
        return unicodedata.normalize("NFC", _VNI_WRITTEN.sub(lambda written: VNI_LETTERS[written.group()], text))
    return _with_capitals(text)


# The signs of small letters that have a capital in all fonts; other letters with tones have none.
_WITH_CAPITALS = frozenset(chr(code) for code, letter in TCVN3_LETTERS.items() if letter in "ăâêôơưđ")
# A word in capitals: no small letter of ASCII, and a capital of ASCII after another letter.
_CAPITALS = re.compile(r"(?![^\s]*[a-z])\S*[^\W\d_][A-Z]\S*")


def _with_capitals(written: str) -> str:
    """The text of TCVN3 with its capitals: the fonts of capitals have the codes of small letters.

    A word or a text in capitals of ASCII is in capitals. Among words with capitals each word has one: Bích Ánh.
    """
    text = written.translate(TCVN3_LETTERS)
    capitals = _CAPITALS.search(written)
    if capitals and not re.search("[a-z]", written):
        return text.upper()
    words = [
        (code, word.upper() if _CAPITALS.fullmatch(code) else word)
        for code, word in zip(written.split(" "), text.split(" "), strict=True)
    ]
    small = [code for code, word in words if word[:1].islower()]
    if len(small) == len(words) or any(code[0].isascii() or code[0] in _WITH_CAPITALS for code in small):
        return " ".join(word for _code, word in words)
    return " ".join(word[:1].upper() + word[1:] for _code, word in words)
