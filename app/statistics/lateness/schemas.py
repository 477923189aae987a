"""Wire shapes of the figures of lateness."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment
from app.statistics.lateness.parameters import Basis
from app.statistics.on_time.parameters import By
from app.statistics.on_time.schemas import RateOut


class LateCausesOut(BaseModel):
    """The number of late results by their cause."""

    staff: int = Field(description="too few or absent staff", examples=[4])
    many_dossiers: int = Field(description="many dossiers at once", examples=[5])
    cooperation: int = Field(description="waited for another agency", examples=[3])
    verification: int = Field(description="a long verification", examples=[2])
    complex: int = Field(description="a complex case", examples=[1])
    unclear_law: int = Field(description="unclear law", examples=[0])
    system: int = Field(description="an outage of a system or a line", examples=[1])
    applicant: int = Field(description="the applicant answered late", examples=[1])
    disaster: int = Field(description="a natural disaster or an epidemic", examples=[0])
    other: int = Field(description="another cause", examples=[1])
    unknown: int = Field(description="without a cause", examples=[2])


class PromisesOut(BaseModel):
    """The promises whose fate was decided on a day of the period."""

    total: int = Field(description="kept or broken", examples=[12])
    kept: int = Field(description="the result was ready on the promised date or before", examples=[9])
    broken: int = Field(
        description="the promised date passed, and the dossier was overdue without a result", examples=[3]
    )


class LatenessRowOut(BaseModel):
    """The figures of one row."""

    key: str = Field(
        description="code of the unit, procedure or channel, name of the field or level, month as YYYY-MM; or `total`",
        examples=["20899"],
    )
    id: int | None = Field(description="the unit's id if rows are units; null for other rows", examples=[18])
    name: str = Field(description="its name", examples=["Trà My"])
    late: int = Field(description="results after the due date", examples=[20])
    causes: LateCausesOut = Field(description="these results by cause")
    promises: PromisesOut = Field(description="promises with a promised date in the period")
    rate_of_promises: RateOut = Field(description="the share of promises that were kept")


class LatenessOut(BaseModel):
    """Causes of late results, and promises kept, of a period."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    by: By = Field(description="the kind of rows")
    basis: Basis = Field(description="the unit that a dossier counts for")
    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-08-16"])
    as_of: Moment = Field(description="the period's end, or now if earlier")
    rows: list[LatenessRowOut] = Field(description="ordered by key; months and channels in their own order")
    changed_since: Moment | None = Field(
        description="last later change to the figures of an ended period; null without one", examples=[None]
    )
    total: LatenessRowOut = Field(description="the sum of the rows")
