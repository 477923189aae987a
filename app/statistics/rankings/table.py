"""Table of a ranking: a line for each unit in ranked order."""

from typing import Any

from app.statistics.on_time.heading import heading, with_validity
from app.statistics.on_time.question import Question
from app.statistics.rankings.parameters import RankingIn
from app.statistics.rankings.schemas import RankingOut, RankingRowOut
from app.statistics.tables import Column, Line, Table, flat, names_of

_COLUMNS = (
    Column("rank", "Hạng", "Rank"),
    Column("unit_code", "Mã", "Code", "text"),
    Column("unit_name", "Tên", "Name", "text"),
    Column("validity", "Hiệu lực của đơn vị", "Validity of the unit", "text", optional=True),
    Column("rate_value", "Tỷ lệ", "Rate", "rate"),
    Column("rate_numerator", "Tử số", "Numerator"),
    Column("rate_denominator", "Mẫu số", "Denominator"),
    Column("interval_low", "Khoảng tin cậy 95 %, từ", "95 % interval, low", "rate"),
    Column("interval_high", "Khoảng tin cậy 95 %, đến", "95 % interval, high", "rate"),
    Column("apart", "Khác biệt rõ với hạng liền trên", "Clearly apart from the unit above", "text", optional=True),
    Column("score", "Điểm", "Score", "decimal", optional=True),
    Column("reason_text", "Lý do không xếp hạng", "Reason for no rank", "text", optional=True),
)
_TITLES = {
    "vi": {"office": "Xếp hạng cơ quan chuyên môn", "commune": "Xếp hạng đơn vị cấp xã"},
    "en": {"office": "Ranking of offices", "commune": "Ranking of communes"},
}
_APART = {"vi": {True: "có", False: "không"}, "en": {True: "yes", False: "no"}}


def ranking_table(ranking: RankingOut, query: RankingIn, question: Question, language: str) -> Table:
    """The rows in ranked order; the notes define the rate and name the decision on the score table."""
    notes = [ranking.definition.text]
    if ranking.score_table and ranking.score_table.decision:
        notes.append(f"{'Score table' if language == 'en' else 'Bảng điểm'}: {ranking.score_table.decision}")
    return Table(
        heading(_TITLES[language][ranking.of], query, question, ranking.changed_since, language),
        list(names_of(RankingRowOut)),
        [_line(row, question, language) for row in ranking.rows],
        _COLUMNS,
        notes,
    )


def _line(row: RankingRowOut, question: Question, language: str) -> Line:
    line: dict[str, Any] = {**flat(row), "id": row.unit.id}
    if row.distinguishable is not None:
        line["apart"] = _APART[language][row.distinguishable]
    return with_validity(line, question.reference.units)
