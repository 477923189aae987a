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
        description="whose dossier it is: the unit's that was responsible at the return, or that received it",
    )


PARAMETERS = parameters_of(RatingsIn)
