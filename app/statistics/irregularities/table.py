"""Table of the irregularities: a line for each row and irregularity."""

from app.statistics.irregularities.parameters import IrregularitiesIn
from app.statistics.irregularities.schemas import (
    IrregularitiesOut,
    IrregularityDefinitionOut,
    IrregularityRowOut,
    IrregularityShareOut,
)
from app.statistics.irregularities.texts import DENOMINATOR_NAMES
from app.statistics.on_time.heading import BY_TITLES, KEY_AND_NAME, heading, with_validity
from app.statistics.on_time.question import Question
from app.statistics.tables import Column, Line, Table, flat

_NAMES = (
    *("key", "id", "name", "pattern", "pattern_name", "out_of"),
    *("share_value", "share_numerator", "share_denominator", "imported"),
    *("peers_value", "peers_numerator", "peers_denominator"),
)
_COLUMNS = (
    *KEY_AND_NAME,
    Column("pattern_name", "Dấu hiệu", "Irregularity", "text"),
    Column("share_numerator", "Số phát hiện", "Matches"),
    Column("share_denominator", "Trên tổng số", "Out of"),
    Column("unit_of_count", "Đơn vị tính", "Unit of count", "text"),
    Column("share_value", "Tỷ lệ", "Share", "rate"),
    Column("imported", "Trong đó chuyển từ hệ thống khác", "Imported among them"),
    Column("peers_value", "Tỷ lệ của các đơn vị cùng loại", "Share of the peers", "rate"),
)
_TITLES = {"vi": "Dấu hiệu cần xem xét trong số liệu", "en": "Irregularities in the figures"}
_NOTES = {
    "vi": "{name}: {definition} Có thể do: {explanation}",
    "en": "{name}: {definition} Possible causes: {explanation}",
}


def irregularities_table(
    content: IrregularitiesOut, query: IrregularitiesIn, question: Question, language: str
) -> Table:
    """A line for each row and irregularity; the notes define each and name causes without any fault."""
    by_key = {definition.pattern: definition for definition in content.patterns}
    return Table(
        heading(
            f"{_TITLES[language]} {BY_TITLES[language][content.by]}", query, question, content.changed_since, language
        ),
        _NAMES,
        [
            with_validity(_line(row, share, by_key[share.pattern], language), question.reference.units)
            for row in (*content.rows, content.total)
            for share in row.patterns
        ],
        _COLUMNS,
        [_NOTES[language].format(**definition.model_dump()) for definition in content.patterns],
    )


def _line(
    row: IrregularityRowOut, share: IrregularityShareOut, definition: IrregularityDefinitionOut, language: str
) -> Line:
    return {
        "key": row.key,
        "id": row.id,
        "name": row.name,
        **flat(share),
        "pattern_name": definition.name,
        "out_of": definition.out_of,
        "unit_of_count": DENOMINATOR_NAMES[language][definition.out_of],
    }
