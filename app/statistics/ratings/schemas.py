"""Wire shapes of ratings and of their figures (contract, Citizens)."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from app.http.wire_types import Moment, UnitOut, WireIn, with_example
from app.statistics.on_time.parameters import By
from app.statistics.on_time.schemas import RateOut
from app.statistics.ratings.parameters import Basis
from app.text_input import paragraph

COMMENT_LENGTH = 1000

Comment = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=COMMENT_LENGTH), AfterValidator(paragraph)
]


class RatingIn(WireIn):
    """A rating of the service, by the key on the receipt."""

    model_config = with_example({"key": "7K2M-9QXD-4TBE-0H6R", "score": 5, "comment": "Hướng dẫn tận tình"})

    key: Annotated[str, StringConstraints(strict=True, max_length=100)] = Field(
        description="`rating_key` of the receipt: case, dashes and spaces do not matter, nor O for 0, I and L for 1"
    )
    score: Annotated[StrictInt, Field(ge=1, le=5)] = Field(description="1, very dissatisfied, to 5, very satisfied")
    comment: Comment | None = Field(None, description="comment; only the units' staff read it")


class RatingReceiptOut(BaseModel):
    """The confirmation of a rating."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-210816-0001"])
    score: int = Field(description="the score given", examples=[5])
    rated_at: Moment = Field(description="when")


class RatingOut(BaseModel):
    """One rating, for the staff of the unit."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-210816-0001"])
    procedure: str = Field(description="code of its procedure", examples=["1.004837"])
    unit: UnitOut = Field(description="the unit responsible at the return")
    counter_unit: UnitOut = Field(description="the unit of the counter that returned the result")
    returned_at: Moment = Field(description="when the result was handed over")
    rated_at: Moment = Field(description="when it was rated")
    score: int = Field(description="1, very dissatisfied, to 5, very satisfied", examples=[5])
    comment: str | None = Field(
        description="why; null where nothing was written, and once the dossier was purged", examples=["Nhanh, lịch sự"]
    )


class RatingsScoresOut(BaseModel):
    """The number of times that each score was given; all null with too few answers."""

    score_1: int | None = Field(description="very dissatisfied", examples=[1])
    score_2: int | None = Field(description="bad", examples=[0])
    score_3: int | None = Field(description="neither", examples=[4])
    score_4: int | None = Field(description="good", examples=[15])
    score_5: int | None = Field(description="very satisfied", examples=[30])


class RatingsRowOut(BaseModel):
    """The ratings of one row."""

    key: str = Field(
        description="code of the unit, procedure or channel, name of the field or level, month as YYYY-MM; or `total`",
        examples=["20899"],
    )
    id: int | None = Field(description="the unit's id if rows are units; null for other rows", examples=[18])
    name: str = Field(description="its name", examples=["Trà My"])
    answers: int = Field(description="number of the answers in mean and scores", examples=[50])
    mean: float | None = Field(
        description="mean score, with two decimals, halves up; null with too few answers", examples=[4.46]
    )
    scores: RatingsScoresOut = Field(description="numbers by score")
    answered: RateOut = Field(
        description="the share of the dossiers returned in the period that was rated",
        examples=[{"value": 0.25, "numerator": 50, "denominator": 200}],
    )


class RatingsOut(BaseModel):
    """Ratings of the dossiers returned in a period."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    by: By = Field(description="the kind of rows")
    basis: Basis = Field(description="the unit that a dossier counts for")
    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-08-16"])
    as_of: Moment = Field(description="the period's end, or now if earlier")
    minimum: int = Field(description="with fewer answers than this neither mean nor scores are shown", examples=[5])
    exact: bool = Field(
        description="false for the public: mean and scores are of parts of at least `minimum` answers", examples=[False]
    )
    rows: list[RatingsRowOut] = Field(description="ordered by key; months and channels in their own order")
    total: RatingsRowOut = Field(description="the dossiers of all rows")
