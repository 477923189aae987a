"""Wire shapes of the irregularities; clients know them as patterns."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment
from app.statistics.irregularities.definitions import Denominator, Irregularity
from app.statistics.irregularities.parameters import By
from app.statistics.on_time.schemas import FigureDossierOut, RateOut


class IrregularityThresholdsOut(BaseModel):
    """The limits from which on events count."""

    bulk_finishes: int = Field(description="finishes of one client for one unit", examples=[10])
    bulk_minutes: int = Field(description="recorded within so many minutes", examples=[10])
    recorded_hours: int = Field(description="hours between a finish and its entry", examples=[24])
    unreturned_days: int = Field(description="working days after the finish", examples=[30])


class IrregularityDefinitionOut(BaseModel):
    """A pattern in words. It states recorded facts, and accuses no one."""

    pattern: Irregularity = Field(description="the pattern's key", examples=["finished_outside_hours"])
    name: str = Field(description="its name", examples=["Có kết quả ngoài giờ làm việc"])
    definition: str = Field(
        description="the numerator and the denominator in words",
        examples=["Of the finishes, those that happened on a day off or outside the sessions of the unit."],
    )
    explanation: str = Field(description="possible causes without any fault", examples=["Overtime before a deadline."])
    out_of: Denominator = Field(description="the things that numerator and denominator count", examples=["finishes"])


class IrregularityShareOut(BaseModel):
    """One pattern of one row."""

    pattern: Irregularity = Field(description="the pattern's key", examples=["finished_outside_hours"])
    share: RateOut = Field(
        description="matches and denominator", examples=[{"value": 0.0338, "numerator": 4, "denominator": 118}]
    )
    imported: int = Field(description="of the numerator, what another system had recorded", examples=[0])
    peers: RateOut | None = Field(
        description="the same of all other units of its kind together, also of units outside the filter; null for the "
        "total, and where fewer than two of them have a denominator",
        examples=[{"value": 0.0209, "numerator": 21, "denominator": 1001}],
    )


class IrregularityRowOut(BaseModel):
    """The patterns of one unit, or of all that are shown."""

    key: str = Field(description="the unit's code; or `total`", examples=["515.03"])
    id: int | None = Field(description="the unit's id; null for the total", examples=[7])
    name: str = Field(description="the unit's name", examples=["Phòng Tư pháp"])
    patterns: list[IrregularityShareOut] = Field(description="each pattern, in their order")


class IrregularitiesOut(BaseModel):
    """The patterns of a period."""

    model_config = ConfigDict(populate_by_name=True)

    by: By = Field(description="which units have a row")
    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-06-30"])
    as_of: Moment = Field(description="the period's end, or now if earlier")
    thresholds: IrregularityThresholdsOut = Field(description="the limits from which on events count")
    patterns: list[IrregularityDefinitionOut] = Field(description="the patterns in words")
    rows: list[IrregularityRowOut] = Field(description="the units that existed in the period or have a number, by code")
    total: IrregularityRowOut = Field(description="the sum of the rows")
    changed_since: Moment | None = Field(
        description="last change of this period by a correction, a backdated entry or an import; null without one",
        examples=[None],
    )


class IrregularityDossierOut(FigureDossierOut):
    """A dossier behind a pattern, by the matching entry; nothing personal."""

    recorded_at: Moment = Field(description="when the entry that fits was recorded")
    imported: bool = Field(description="whether another system had recorded it", examples=[False])
    suspended_seconds: int | None = Field(
        description="for `time_suspended`: the time that the clock was suspended; null for the others", examples=[None]
    )


class IrregularityDossiersOut(BaseModel):
    """One page of the dossiers behind a pattern."""

    pattern: Irregularity = Field(description="the pattern asked for")
    row: str | None = Field(description="the row asked for; null for the total", examples=["18"])
    count: int = Field(
        description="number of items on all pages: the pattern's numerator, but dossiers for `time_suspended`",
        examples=[4],
    )
    items: list[IrregularityDossierOut] = Field(
        description="the dossiers, as often as they match, in the order of the entries"
    )
    next_cursor: str | None = Field(description="`cursor` of the next page, null on the last", examples=[None])
