"""Wire shapes of the office table."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment


class OfficeColumnOut(BaseModel):
    """A column of the form."""

    name: str = Field(description="its name in `figures`", examples=["resolved_late_with_apology"])
    label: str = Field(description="its heading", examples=["Giải quyết quá hạn, có xin lỗi"])


class OfficeRowOut(BaseModel):
    """The figures of one unit, or of the total."""

    key: str = Field(description="code of the unit, or `total`", examples=["20899"])
    id: int | None = Field(description="the unit's id; null for the total", examples=[18])
    name: str = Field(description="its name", examples=["Trà My"])
    figures: dict[str, int] = Field(
        description="the number of each column", examples=[{"received_total": 120, "waiting_late": 0}]
    )


class OfficeTableOut(BaseModel):
    """The columns that offices are asked for, for the units of a subtree."""

    model_config = ConfigDict(populate_by_name=True)

    form: str = Field(
        description="the form of the columns; another form has other columns", examples=["unit-table-2026"]
    )
    since: date = Field(description="date from which the form is asked for", examples=["2026-09-20"])
    source: str = Field(
        description="where its columns are from", examples=["Bảng tổng hợp theo đơn vị của Hà Nội, tháng 9/2026"]
    )
    columns: list[OfficeColumnOut] = Field(description="the columns in order")
    first: date = Field(alias="from", description="first date of the period", examples=["2026-09-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2026-09-30"])
    as_of: Moment = Field(description="when open and waiting dossiers are counted: the period's end, or now if earlier")
    rows: list[OfficeRowOut] = Field(description="the units that existed in the period or have a figure, by key")
    changed_since: Moment | None = Field(
        description="last change of this period by a correction, a backdated entry or an import; null without one",
        examples=[None],
    )
    total: OfficeRowOut = Field(description="the sum of the rows")
