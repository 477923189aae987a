"""What a client asks of the figures of ratings."""

from typing import Literal

from pydantic import Field

from app.statistics.on_time.parameters import By as AnyBy
from app.statistics.on_time.parameters import OnTimeIn, parameters_of

By = AnyBy
Basis = Literal["responsible", "receiving"]


class RatingsIn(OnTimeIn):
    """The parameters; a filter given twice means either."""

    basis: Basis = Field(
        "responsible",
        description="whose dossier it is: the unit's that was responsible at the return, or that received it",
    )


PARAMETERS = parameters_of(RatingsIn)
