"""A page as tests read it: its text, its links, and whether anything in it would run or load what it must not."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
# Their end tags may be left out.
_OPTIONAL = frozenset({"td", "th", "tr"})


@dataclass
class Page:
    """What a page holds; `text` with single spaces."""

    language: str = ""
    title: str = ""
    text: str = ""
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[str] = []
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs), f"an attribute twice in {tag}"
        for name in found:
            assert not name.startswith("on"), f"{tag} has {name}"
        assert "style" not in found, f"{tag} has a style of its own"
        if tag == "html":
            self.page.language = found["lang"]
        if tag == "a":
            self.page.links.append(found["href"])
        if tag in ("script", "img", "link"):
            self.page.loaded.append(found["href" if tag == "link" else "src"])
        if "name" in found and "value" in found:
            self.page.values[found["name"]] = found["value"]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1] != tag and self._open[-1] in _OPTIONAL:
            self._open.pop()
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if "script" in self._open or "style" in self._open:
            assert not data.strip(), "a script or style inline"
        elif "title" in self._open and "svg" not in self._open:
            self.page.title += data
        else:
            self._words.append(data)

    def close(self) -> None:
        super().close()
        assert not self._open, self._open
        self.page.text = " ".join(" ".join(self._words).split())


def read(response: httpx.Response, status: int = 200) -> Page:
    """The page of a response, once it is seen to be well made and to load only the service's own files."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    for rule in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    reader = _Reader()
    reader.feed(response.text)
    reader.close()
    page = reader.page
    assert page.language == response.headers["content-language"]
    for address in page.loaded:
        assert address.startswith("/static/"), address
    for address in page.links:
        assert address.startswith(("/", "?", "#", "tel:")), address
        assert not address.startswith("//"), address
    return page
