"""The OpenAPI document of the application, and its operations."""

from typing import Any, NamedTuple

from app.main import create_app
from app.settings import Settings


class Operation(NamedTuple):
    """One operation of the document, named like `get /api/v1/dossiers`."""

    name: str
    data: dict[str, Any]

    @property
    def success(self) -> tuple[str, dict[str, Any]]:
        """The 2xx status and its response."""
        ((status, response),) = (item for item in self.data["responses"].items() if item[0].startswith("2"))
        return status, response


# The application opens no database before it starts.
DOCUMENT: dict[str, Any] = create_app(Settings(database_url="sqlite:///never.db")).openapi()
OPERATIONS = [
    Operation(f"{method} {path}", data)
    for path, methods in DOCUMENT["paths"].items()
    for method, data in methods.items()
]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The target of a reference, or the part itself. Raises KeyError for a broken reference."""
    while "$ref" in part:
        target: Any = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = target
    return part


def parameters(operation: Operation) -> list[dict[str, Any]]:
    """The parameters of an operation, without references."""
    return [resolved(parameter) for parameter in operation.data.get("parameters", [])]
