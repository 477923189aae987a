"""Table of the ratings: a line for each row, and one for the total."""

from app.statistics.on_time.heading import BY_TITLES, KEY_AND_NAME, heading, with_validity
from app.statistics.on_time.question import Question
from app.statistics.ratings.parameters import RatingsIn
from app.statistics.ratings.schemas import RatingsOut, RatingsRowOut
from app.statistics.tables import Column, Table, flat, names_of

_COLUMNS = (
    *KEY_AND_NAME,
    Column("answered_denominator", "Hồ sơ đã trả kết quả", "Returned"),
    Column("answers", "Số lượt đánh giá", "Answers"),
    Column("answered_value", "Tỷ lệ có đánh giá", "Share with an answer", "rate"),
    Column("mean", "Điểm trung bình", "Mean score", "decimal"),
    Column("scores_score_5", "Rất hài lòng (5)", "Very good (5)"),
    Column("scores_score_4", "Hài lòng (4)", "Good (4)"),
    Column("scores_score_3", "Bình thường (3)", "Neither (3)"),
    Column("scores_score_2", "Không hài lòng (2)", "Bad (2)"),
    Column("scores_score_1", "Rất không hài lòng (1)", "Very bad (1)"),
)
_TITLES = {"vi": "Đánh giá của người nộp hồ sơ", "en": "Ratings by applicants"}
_NOTES = {
    "vi": "Điểm chỉ tính từ các nhóm có ít nhất {minimum} lượt đánh giá.",
    "en": "Scores are of groups of at least {minimum} answers.",
}


def ratings_table(ratings: RatingsOut, query: RatingsIn, question: Question, language: str) -> Table:
    """The rows and the total."""
    units = question.reference.units
    return Table(
        heading(f"{_TITLES[language]} {BY_TITLES[language][ratings.by]}", query, question, None, language),
        list(names_of(RatingsRowOut)),
        [with_validity(flat(row), units) for row in (*ratings.rows, ratings.total)],
        _COLUMNS,
        [_NOTES[language].format(minimum=ratings.minimum)],
    )
