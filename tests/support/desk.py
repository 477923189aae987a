"""The counter as in a browser without scripts: cookies, and the forms of a page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.support.client import Client
from tests.support.page_text import Page, read

HOME = "/counter"
# Headers of browsers for forms of the same site.
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://service.test"}


@dataclass
class Form:
    """A form of a page with its values, the names of its fields, and its errors by field."""

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
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = Form(attributes.get("action", self.address))
            self.forms.append(self._in)
        if self._in is None or (tag not in ("input", "select", "textarea", "option")):
            return
        name = attributes.get("name", "")
        if tag == "option":
            if self._select and ("selected" in attributes or self._select not in self._in.values):
                self._in.values[self._select] = attributes["value"]
            return
        self._in.names.add(name)
        if "aria-invalid" in attributes:
            self._in.errors[name] = attributes["aria-describedby"]
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            self._in.values[name] = ""
        elif attributes.get("type") != "checkbox" or "checked" in attributes:
            self._in.values[name] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._in is not None:
            # HTML ignores a line break directly after the tag.
            self._in.values[self._textarea] += data.removeprefix("\n")


def forms(answer: httpx.Response) -> list[Form]:
    """The forms of a page."""
    reader = _Forms(answer.url.path)
    reader.feed(answer.text)
    reader.close()
    return reader.forms


class Desk:
    """A session at the counter with a token."""

    def __init__(self, client: Client, token: str) -> None:
        self.client = client
        self.token = token
        self.cookies: dict[str, str] = {}
        self.sign_in()

    def sign_in(self) -> None:
        """Signs in with the token."""
        answer = self.send("/sign-in", token=self.token)
        assert answer.status_code == 303, answer.text

    def get(self, path: str, **options: Any) -> httpx.Response:
        """The answer to a GET."""
        return self._keep_cookies(self.client.get(path, headers=self.headers(), **options))

    def page(self, path: str, status: int = 200) -> Page:
        """The page at a path."""
        return read(self.get(path), status)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """The answer to a form with these fields."""
        return self._keep_cookies(self.client.request("POST", path, data=fields, headers={**OWN, **self.headers()}))

    def fill(self, path: str, action: str = "", **fields: str) -> httpx.Response:
        """Fills in and sends the form of an action on a page."""
        return self.fill_in(self.form(path, action), **fields)

    def fill_in(self, form: Form, **fields: str) -> httpx.Response:
        """Fills in and sends a form that was read before."""
        unknown = fields.keys() - form.names
        assert not unknown, f"the form has no {unknown}"
        return self.send(form.address, **{**form.values, **fields})

    def form(self, path: str, action: str = "") -> Form:
        """The form of an action on a page."""
        return chosen(self.get(path), action)

    def act(self, code: str, action: str, **fields: str) -> Page:
        """The dossier's page after an action, which must succeed."""
        answer = self.fill(f"{HOME}/d/{code}", action, **fields)
        assert answer.status_code == 303, read(answer, answer.status_code).text
        return self.page(answer.headers["location"])

    def receive(self, procedure: str = "1.004837", **fields: str) -> str:
        """Receives a dossier, and returns its code."""
        answer = self.fill(f"{HOME}/receive?procedure={procedure}", **{"name": "Nguyễn Thị Hoa", **fields})
        assert answer.status_code == 303, read(answer, answer.status_code).text
        path, _, query = answer.headers["location"].partition("?")
        assert query == "done=receive"
        return str(path.rpartition("/")[2])

    def headers(self) -> dict[str, str]:
        """The header with the cookies."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep_cookies(self, answer: httpx.Response) -> httpx.Response:
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


def chosen(answer: httpx.Response, action: str = "") -> Form:
    """The form of an action on a page. Without an action: the only form except signing out."""
    # The form for a wrong procedure is a second one of the action `correct`.
    page_forms = [
        form for form in forms(answer) if form.address != "/sign-out" and form.values.get("changed") != "procedure"
    ]
    matches = [form for form in page_forms if form.values.get("action", "") == action]
    assert len(matches) == 1, (action, [form.values.get("action", form.address) for form in page_forms])
    return matches[0]
