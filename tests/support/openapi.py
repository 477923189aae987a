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
        """Its 2xx status and what is answered then."""
        ((status, response),) = ((key, one) for key, one in self.data["responses"].items() if key.startswith("2"))
        return status, response


# Nothing is opened before the application starts.
DOCUMENT: dict[str, Any] = create_app(Settings(database_url="sqlite:///never.db")).openapi()
OPERATIONS = [
    Operation(f"{method} {path}", data)
    for path, methods in DOCUMENT["paths"].items()
    for method, data in methods.items()
]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def resolved(one: dict[str, Any]) -> dict[str, Any]:
    """What stands behind a reference; raises KeyError where nothing does."""
    found = one
    while "$ref" in found:
        place: Any = DOCUMENT
        for step in found["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        found = place
    return found


def parameters(operation: Operation) -> list[dict[str, Any]]:
    return [resolved(one) for one in operation.data.get("parameters", [])]
