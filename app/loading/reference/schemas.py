"""Shapes of an import for clients (contract, Reference data)."""

from pydantic import BaseModel, Field

from app.loading.reference.changes import CHANGED, NEW
from app.loading.reference.workbook import Imported


class WorkbookCellOut(BaseModel):
    """A cell that an import changes."""

    column: str = Field(description="heading of its column", examples=["Tên"])
    before: str | None = Field(description="the value before; null: empty", examples=["Trà My"])
    after: str | None = Field(description="the value in the workbook; null: empty", examples=["Trà Mi"])


class WorkbookRowOut(BaseModel):
    """A row that an import adds or changes."""

    sheet: str = Field(description="name of the sheet", examples=["Đơn vị"])
    row: int = Field(description="number of the row in the sheet", examples=[12])
    key: str = Field(description="what the row is about", examples=["20900 2025-07-01"])
    change: str = Field(description="`new` or `changed`", examples=["changed"])
    columns: list[WorkbookCellOut] = Field(description="the cells that differ")


class WorkbookImportOut(BaseModel):
    """The changes of an import."""

    dry_run: bool = Field(description="whether nothing was changed", examples=[True])
    new: int = Field(description="number of new rows", examples=[3])
    changed: int = Field(description="number of changed rows", examples=[1])
    unchanged: int = Field(description="number of rows that stay", examples=[140])
    years: list[int] = Field(description="years whose calendar is published", examples=[[]])
    rows: list[WorkbookRowOut] = Field(description="the new and the changed rows")


def import_out(imported: Imported, *, dry_run: bool) -> WorkbookImportOut:
    """The import for clients."""
    return WorkbookImportOut(
        dry_run=dry_run,
        new=imported.number(NEW),
        changed=imported.number(CHANGED),
        unchanged=imported.unchanged,
        years=[content.year for content in imported.years],
        rows=[
            WorkbookRowOut(
                sheet=row.sheet,
                row=row.row,
                key=row.key,
                change=row.change,
                columns=[WorkbookCellOut(**cell._asdict()) for cell in row.columns],
            )
            for row in imported.rows
        ],
    )
