"""The counter as a browser without scripts uses it: cookies, the forms of a page, and sending them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.support.client import Client
from tests.support.page_text import Page, read

HOME = "/counter"
# As browsers send with a form of the page itself.
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://service.test"}


@dataclass
class Form:
    """A form of a page as it is filled in; `labels` are what its fields are called, by their names."""

    address: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self._in: Form | None = None
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = Form(found.get("action", self.address))
            self.forms.append(self._in)
        if self._in is None or (tag not in ("input", "select", "textarea", "option")):
            return
        name = found.get("name", "")
        if tag == "option":
            if self._select and ("selected" in found or self._select not in self._in.values):
                self._in.values[self._select] = found["value"]
            return
        self._in.names.add(name)
        if "aria-invalid" in found:
            self._in.errors[name] = found["aria-describedby"]
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            self._in.values[name] = ""
        elif found.get("type") != "checkbox" or "checked" in found:
            self._in.values[name] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._in is not None:
            # A line break right after the tag is none of the text.
            self._in.values[self._textarea] += data.removeprefix("\n")


def forms(answer: httpx.Response) -> list[Form]:
    """The forms of a page."""
    reader = _Forms(answer.url.path)
    reader.feed(answer.text)
    reader.close()
    return reader.forms


class Desk:
    """Somebody signed in with a token."""

    def __init__(self, client: Client, token: str) -> None:
        self.client = client
        self.token = token
        self.cookies: dict[str, str] = {}
        self.sign_in()

    def sign_in(self) -> None:
        """Signs in, as every morning."""
        answer = self.send(f"{HOME}/sign-in", token=self.token)
        assert answer.status_code == 303, answer.text

    def get(self, path: str, **options: Any) -> httpx.Response:
        """The answer to a GET."""
        return self._kept(self.client.get(path, headers=self.headers(), **options))

    def page(self, path: str, status: int = 200) -> Page:
        """The page at a path."""
        return read(self.get(path), status)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """The answer to a form with these fields."""
        return self._kept(self.client.request("POST", path, data=fields, headers={**OWN, **self.headers()}))

    def fill(self, path: str, action: str = "", **fields: str) -> httpx.Response:
        """The answer to a form of the page at a path, filled in; of several the one of an action."""
        return self.fill_in(self.form(path, action), **fields)

    def fill_in(self, form: Form, **fields: str) -> httpx.Response:
        """The answer to a form that was seen before, filled in."""
        unknown = fields.keys() - form.names
        assert not unknown, f"the form has no {unknown}"
        return self.send(form.address, **{**form.values, **fields})

    def form(self, path: str, action: str = "") -> Form:
        """A form of the page at a path, as it stands there."""
        return chosen(self.get(path), action)

    def act(self, code: str, action: str, **fields: str) -> Page:
        """The dossier's page after an action that must be possible."""
        answer = self.fill(f"{HOME}/d/{code}", action, **fields)
        assert answer.status_code == 303, read(answer, answer.status_code).text
        return self.page(answer.headers["location"])

    def receive(self, procedure: str = "1.004837", **fields: str) -> str:
        """The code of a dossier that was received."""
        answer = self.fill(f"{HOME}/receive?procedure={procedure}", **{"name": "Nguyễn Thị Hoa", **fields})
        assert answer.status_code == 303, read(answer, answer.status_code).text
        path, _, query = answer.headers["location"].partition("?")
        assert query == "done=receive"
        return str(path.rpartition("/")[2])

    def headers(self) -> dict[str, str]:
        """The cookies as a browser sends them."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


def chosen(answer: httpx.Response, action: str = "") -> Form:
    """The form of a page that does the action; the only one but signing out where none is named."""
    found = [one for one in forms(answer) if one.address != f"{HOME}/sign-out"]
    fitting = [one for one in found if one.values.get("action", "") == action]
    assert len(fitting) == 1, (action, [one.values.get("action", one.address) for one in found])
    return fitting[0]
