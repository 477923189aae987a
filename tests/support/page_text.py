"""Reads a page: its text and links. Checks that it runs and loads nothing forbidden."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
# Tags with optional end tags.
_OPTIONAL = frozenset({"td", "th", "tr"})


@dataclass
class Page:
    """The content of a page; `text` has single spaces."""

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
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"an attribute twice in {tag}"
        for name in attributes:
            assert not name.startswith("on"), f"{tag} has {name}"
        assert "style" not in attributes, f"{tag} has an inline style"
        if tag == "html":
            self.page.language = attributes["lang"]
        if tag == "a":
            self.page.links.append(attributes["href"])
        if tag in ("script", "img", "link"):
            self.page.loaded.append(attributes["href" if tag == "link" else "src"])
        if "name" in attributes and "value" in attributes:
            self.page.values[attributes["name"]] = attributes["value"]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1] != tag and self._open[-1] in _OPTIONAL:
            self._open.pop()
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if "script" in self._open or "style" in self._open:
            assert not data.strip(), "an inline script or style"
        elif "title" in self._open and "svg" not in self._open:
            self.page.title += data
        else:
            self._words.append(data)

    def close(self) -> None:
        super().close()
        assert not self._open, self._open
        self.page.text = " ".join(" ".join(self._words).split())


def read(response: httpx.Response, status: int = 200) -> Page:
    """The page of a response, after checks that it is well formed and loads only files of the service."""
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
