"""Makes `docs/settings.md` from the fields of `app/settings.py` and the variables of `docker-compose.yml`."""

import inspect
import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import annotated_types
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.settings import Settings

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
# Variables of the Compose file that are not settings of the service.
COMPOSE_MEANINGS = {
    "MOTCUA_SECRETS": "folder with the files `postgres_password`, `motcua_database_url` and `motcua_keys`",
    "POSTGRES_DIGEST": "digest of the database's image, such as `@sha256:...`; empty: the newest image of the version",
    "HAPROXY_DIGEST": "digest of the proxy's image, such as `@sha256:...`; empty: the newest image of the version",
    "MOTCUA_MEMORY": "most memory of the service, of all its processes together",
    "POSTGRES_MEMORY": "most memory of the database",
    "MOTCUA_WORKERS": "processes of the service",
    "MOTCUA_SUBNET": "network of the proxy and the service; it must not be in use on the host",
    "MOTCUA_PROXY_BIND": "`bind` line of the proxy, with a certificate where TLS ends there (`deploy/README.md`)",
    "MOTCUA_BIND": "address on the host where the proxy is published",
    "MOTCUA_PORT": "port on the host",
}

_HEAD = """# Settings

Settings are environment variables. Each has a default. Without any variable the service uses an SQLite file in the
working directory. A value outside its range stops the service at start, with a message that names the variable.

This page is made from the code by `python -m tests.docs`.
"""
_SECTION = """
## {title}
{introduction}
| variable | default | allowed | meaning |
|---|---|---|---|
"""
_COMPOSE = """
## Compose

`docker-compose.yml` reads these variables from the shell or from a file `.env`. Other settings are added to its
`environment`.

| variable | default | meaning |
|---|---|---|
"""
_PAGE_NAME = re.compile(r"docs/([a-z-]+\.md)")
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def page() -> str:
    """The text of `docs/settings.md`."""
    groups = [group for group in reversed(Settings.__mro__) if group.__module__ == Settings.__module__]
    return _HEAD + "".join(_section(group) for group in groups if group is not Settings) + _compose()


def _section(group: type[BaseModel]) -> str:
    title, _, introduction = inspect.getdoc(group).partition("\n\n")  # type: ignore[union-attr]
    if introduction:
        # Docstrings name pages by their path in the repository; this page stands in the same folder.
        linked = _PAGE_NAME.sub(r"[\1](\1)", introduction)
        introduction = f"\n{linked}\n"
    rows = [_row(name, group.model_fields[name]) for name in group.__annotations__ if name in group.model_fields]
    return _SECTION.format(title=title.rstrip("."), introduction=introduction) + "".join(rows)


def _row(name: str, field: FieldInfo) -> str:
    cells = f"`MOTCUA_{name.upper()}`", _shown(field.default), _allowed(field), field.description or ""
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|\n"


def _shown(value: object) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if isinstance(value, bool | float):
        text = text.lower().removesuffix(".0")
    return f"`{text}`" if text else ""


def _allowed(field: FieldInfo) -> str:
    if field.annotation is bool:
        return "`true`, `false`"
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    return " ".join(filter(None, (_bound(limit) for limit in field.metadata)))


def _bound(limit: object) -> str:
    match limit:
        case annotated_types.Ge(ge=number):
            return f"from {number}"
        case annotated_types.Gt(gt=number):
            return f"above {number}"
        case annotated_types.Le(le=number):
            return f"to {number}"
    return ""


def _compose() -> str:
    rows: dict[str, str] = {}
    for name, sign, default in _VARIABLE.findall(COMPOSE_FILE.read_text(encoding="utf-8")):
        shown = "none, required" if sign == ":?" else f"`{default}`"
        rows.setdefault(name, f"| `{name}` | {shown} | {_compose_meaning(name)} |\n")
    return _COMPOSE + "".join(rows.values())


def _compose_meaning(name: str) -> str:
    field = Settings.model_fields.get(name.removeprefix("MOTCUA_").lower())
    if field is not None:
        return "see above"
    if name not in COMPOSE_MEANINGS:
        raise LookupError(f"docker-compose.yml uses {name}: add its meaning to COMPOSE_MEANINGS in {__file__}.")
    return COMPOSE_MEANINGS[name]
