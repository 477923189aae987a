"""The page that describes the interface to programmers: the OpenAPI document, written out to be read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Example(NamedTuple):
    """A body as it is sent or answered: its media type, and its text where there is an example."""

    media_type: str
    text: str


class Told(NamedTuple):
    """One answer of an operation; `status` is "default" for any refusal."""

    status: str
    description: str
    examples: Sequence[Example]


class Operation(NamedTuple):
    """One operation; `parameters` are each name, place, whether it must be given, and description."""

    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    parameters: Sequence[tuple[str, str, bool, str]]
    body: Sequence[Example]
    answers: Sequence[Told]


class Group(NamedTuple):
    """The operations of one tag."""

    name: str
    description: str
    operations: Sequence[Operation]


def groups(document: Mapping[str, Any]) -> list[Group]:
    """All operations of an OpenAPI document by tag, in its order."""
    found = {tag["name"]: Group(tag["name"], tag["description"], []) for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            name = described["tags"][0]
            group = found.setdefault(name, Group(name, "", []))
            found[name] = group._replace(operations=[*group.operations, _operation(document, method, path, described)])
    return [group for group in found.values() if group.operations]


def _operation(document: Mapping[str, Any], method: str, path: str, described: Mapping[str, Any]) -> Operation:
    parameters = [_resolved(document, one) for one in described.get("parameters", ())]
    return Operation(
        method.upper(),
        path,
        described["summary"],
        described.get("description", ""),
        bool(described.get("security")),
        [(one["name"], one["in"], one.get("required", False), one.get("description", "")) for one in parameters],
        list(_examples(described.get("requestBody", {}))),
        [Told(status, one["description"], list(_examples(one))) for status, one in described["responses"].items()],
    )


def _resolved(document: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference within the document stands for, or the thing itself."""
    found: Any = document
    if "$ref" not in one:
        return one
    for step in one["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    resolved: Mapping[str, Any] = found
    return resolved


def _examples(described: Mapping[str, Any]) -> Iterator[Example]:
    for media_type, content in described.get("content", {}).items():
        example = content.get("example")
        yield Example(media_type, "" if example is None else json.dumps(example, ensure_ascii=False, indent=2))
