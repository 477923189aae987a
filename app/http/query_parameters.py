"""Strict query parameters: refuses unknown names, and values given twice where one is possible."""

from collections.abc import Mapping
from typing import get_origin

from pydantic import BaseModel
from starlette.datastructures import QueryParams

from app.domain.errors import Invalid


def parameters_of(model: type[BaseModel]) -> Mapping[str, bool]:
    """The parameter names of the model's fields, each with true if it may be given more than once."""
    return {field.alias or name: get_origin(field.annotation) is list for name, field in model.model_fields.items()}


def refuse_unknown(query: QueryParams, parameters: Mapping[str, bool]) -> None:
    """Raises Invalid `unknown_parameter` or `parameter_twice`; `parameters` come from `parameters_of`.

    A misspelt filter would silently count everything. Of two values for a single parameter one would be lost.
    """
    for name in query:
        if name not in parameters:
            raise Invalid("unknown_parameter", f"There is no parameter {name!r} here.", pointer=f"/{name}")
        if not parameters[name] and len(query.getlist(name)) > 1:
            raise Invalid("parameter_twice", f"The parameter {name!r} is given twice.", pointer=f"/{name}")
