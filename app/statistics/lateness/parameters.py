"""Query parameters of the figures of lateness."""

from typing import Literal

from pydantic import Field

from app.http.query_parameters import parameters_of
from app.statistics.on_time.parameters import OnTimeIn

Basis = Literal["responsible", "receiving"]


class LatenessIn(OnTimeIn):
    """Parameters of lateness; a repeated filter matches either value."""

    basis: Basis = Field("responsible", description="the unit that a dossier counts for")


PARAMETERS = parameters_of(LatenessIn)
