"""Skeleton of every statistic: strict parameters, one state of the register, and JSON, CSV or XLSX as the answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from inspect import cleandoc
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices
from app.database import Connection
from app.http.etags import conditional
from app.http.query_parameters import refuse_unknown
from app.statistics.formats import CSV, JSON, SUFFIXES, XLSX, format_of
from app.statistics.tables import Table, as_csv
from app.statistics.workbook import as_workbook

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])
Content = TypeVar("Content")

_CSV_TYPE = "text/csv; charset=utf-8; header=present"
_ENDINGS = {media: suffix for suffix, media in SUFFIXES.items()}
_DESCRIPTION = (
    "The answer is JSON. `Accept`, or `.csv` or `.xlsx` after the path, gives its rows as CSV or as a workbook to "
    "print. Unknown parameters are refused."
)
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


def figure_route(
    router: APIRouter, path: str, model: type[BaseModel], *, summary: str, tags: list[str | Enum] | None = None
) -> Callable[[Endpoint], Endpoint]:
    """Adds the endpoint at the path, and at the path with the ending of each format."""

    def add(endpoint: Endpoint) -> Endpoint:
        router.get(
            path,
            summary=summary,
            description=f"{cleandoc(endpoint.__doc__ or '')}\n\n{_DESCRIPTION}",
            response_model=model,
            response_model_by_alias=True,
            responses=_RESPONSES,
            tags=tags,
        )(endpoint)
        for suffix in SUFFIXES:
            router.get(f"{path}{suffix}", include_in_schema=False)(endpoint)
        return endpoint

    return add


@dataclass(frozen=True, slots=True)
class Register:
    """One state of the register for one request; `connection` is open only in the block of `read_register`."""

    request: Request
    format: str
    connection: Connection
    reference: Reference
    language: str

    async def answer(
        self,
        content: Callable[[], Content],
        table: Callable[[Content], Table],
        *,
        name: str,
        workbook: Callable[[Content], bytes] | None = None,
        private: bool = False,
        in_thread: bool = False,
    ) -> Response:
        """The content as JSON, or its table as CSV or XLSX, with an ETag; `name` is the file's name without ending.

        `workbook` makes a workbook with a layout of its own. `in_thread`: other requests must not wait for the JSON.
        Tables are always made in a thread.
        """

        def body() -> bytes:
            made = content()
            if self.format == JSON:
                return to_json(made, by_alias=True)
            if self.format == CSV:
                return as_csv(table(made))
            return workbook(made) if workbook else as_workbook(table(made), self.language)

        headers, media_type = {}, self.format
        if self.format != JSON:
            headers["Content-Disposition"] = f'attachment; filename="{name}{_ENDINGS[self.format]}"'
            media_type = _CSV_TYPE if self.format == CSV else XLSX
        return conditional(
            self.request,
            body() if self.format == JSON and not in_thread else await asyncio.to_thread(body),
            # No version: it would change with reference data that the figures do not show.
            0,
            private=private,
            media_type=media_type,
            headers=headers,
        )


@asynccontextmanager
async def read_register(request: Request, parameters: Mapping[str, bool], language: str) -> AsyncIterator[Register]:
    """Checks the parameters and the format, then reads one state of the register while the block runs.

    With one state for all statements the figures add up, also while others write.
    """
    refuse_unknown(request.query_params, parameters)
    media = format_of(request.url.path, request.headers.get("accept"))
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        yield Register(request, media, connection, await services.reference.current(connection), language)
