"""Finds the encoding of a whole file, and the old font of its letters. What fits none is refused, not guessed."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from app.domain.errors import Invalid
from app.loading.cells.letters import TCVN3, VNI, in_unicode, vietnamese_words

Stated: TypeAlias = Literal["utf-8", "utf-16", "windows-1258", "tcvn3", "vni"]
STATED: tuple[Stated, ...] = get_args(Stated)

_CHUNK = 1 << 16
# Bytes with letters outside ASCII that decide about an old encoding.
_SAMPLE = 200_000
# The share of words that must look Vietnamese, and the lead over the next encoding.
_LIKELY, _LEAD = 0.7, 0.15
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec of Python, and the old font of the decoded letters (None: Unicode)."""

    codec: str = "utf-8-sig"
    letters: str | None = None

    @property
    def name(self) -> str:
        """The name for people."""
        return self.letters or {"utf-8-sig": "utf-8", "cp1258": "windows-1258"}.get(self.codec, self.codec)


def encoding_of(path: Path, stated: str | None) -> Encoding:
    """The encoding of the file. `stated` is checked. Raises Invalid `encoding_unknown` with what would be possible."""
    letters = stated if stated in (TCVN3, VNI) else None
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(_agreed(codec, stated), letters)
    unmarked = _utf_16_without_mark(head)
    if unmarked is not None:
        return Encoding(_agreed(unmarked, stated), letters)
    content = _content(path)
    if content.is_utf_8:
        return Encoding(_agreed("utf-8-sig", stated) if content.sample else "utf-8-sig", letters)
    return _old_encoding(content.sample, stated)


def _agreed(codec: str, stated: str | None) -> str:
    """The codec, unless another one is stated. An old font may stand in each Unicode codec."""
    if stated is None or stated in (TCVN3, VNI) or codec.startswith(stated):
        return codec
    name = Encoding(codec).name
    raise _unknown(f"The file is {name}, not {stated}. Leave the encoding out.", f"Tệp là {name}, không phải {stated}.")


def _utf_16_without_mark(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


@dataclass(frozen=True, slots=True)
class _Content:
    """True if all bytes are UTF-8, but for a few lines; and the first lines with bytes outside ASCII."""

    is_utf_8: bool
    sample: bytes


def _content(path: Path) -> _Content:
    sample, wrong, right = bytearray(), 0, 0
    for line in _lines_outside_ascii(path):
        if len(sample) < _SAMPLE:
            sample += line
        try:
            line.decode()
            right += 1
        except UnicodeDecodeError:
            wrong += 1
    # Single lines with a cut letter are rejected alone. A file in another encoding has hardly a line in UTF-8.
    return _Content(wrong * 10 <= right, bytes(sample))


def _lines_outside_ascii(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(_SAMPLE):
            if not line.isascii():
                yield line


def _old_encoding(sample: bytes, stated: str | None) -> Encoding:
    shares = Counter({encoding: _share(sample, encoding) for encoding in _OLD})
    (best, share), (_next, second) = shares.most_common(2)
    if stated is not None:
        named = next((encoding for encoding in _OLD if encoding.name == stated), None)
        if named is None or (share >= _LIKELY and shares[named] + _LEAD < share):
            looks = f"it looks like {best.name}" if share >= _LIKELY else "look at the program that wrote it"
            raise _unknown(f"The file is not in {stated}: {looks}.", f"Tệp không phải {stated}.")
        return named
    if share < _LIKELY or share - second < _LEAD:
        raise _unknown(
            f"The encoding of the file cannot be found. State it, one of: {', '.join(STATED)}.",
            "Không nhận ra bảng mã của tệp; ghi rõ bằng --encoding hoặc lưu lại tệp dưới dạng UTF-8.",
        )
    return best


_OLD = (Encoding("cp1258"), Encoding("cp1252", TCVN3), Encoding("cp1252", VNI))


def _share(sample: bytes, encoding: Encoding) -> float:
    """The share of the words with a letter outside ASCII that look Vietnamese."""
    text = sample.decode(encoding.codec, "replace")
    words = re.findall(r"[^\s,;|\t\"]*[^\x00-\x7f][^\s,;|\t\"]*", text)
    if encoding.letters:
        words = [in_unicode(word, encoding.letters) for word in words]
    good, count = vietnamese_words(" ".join(words))
    return good / max(count, len(words), 1)


def _unknown(english: str, sentence: str) -> Invalid:
    return Invalid("encoding_unknown", f"{sentence} / {english}")
