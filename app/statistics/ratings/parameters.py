"""Query parameters of the figures of ratings."""

from typing import Literal

from pydantic import Field

from app.http.query_parameters import parameters_of
from app.statistics.on_time.parameters import OnTimeIn

Basis = Literal["responsible", "receiving"]


class RatingsIn(OnTimeIn):
    """Parameters of the ratings; a repeated filter matches either value."""

    basis: Basis = Field(
        "responsible",
        description="the unit of a dossier: responsible at the return, or the one that received it",
    )


PARAMETERS = parameters_of(RatingsIn)
