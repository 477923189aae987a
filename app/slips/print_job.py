"""A slip or register to print, and its content as JSON for the template."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from app.catalogue.records import Unit

# The fields that a template reads (docs/slips.md): texts, numbers, and dataclasses of these.
Content: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PrintJob:
    """The name of a template, the unit with possibly its own version of it, and the content."""

    template: str
    unit: Unit
    content: Content


def as_json(content: Content) -> str:
    """The content as JSON. A field `from_` of a dataclass is `from`, which Python reserves."""
    return json.dumps(content, ensure_ascii=False, default=_fields)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name.removesuffix("_"): getattr(value, field.name) for field in fields(value)}
