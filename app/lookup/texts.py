"""Texts about a dossier for the public, in Vietnamese and English; the national portal names the statuses so too."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from app.domain.lifecycle import CORRECTIONS, Action
from app.domain.state import LateCause, Status


class Words(NamedTuple):
    """One text in both languages, with places `{…}` for facts."""

    vi: str
    en: str

    def say(self, language: str, **facts: object) -> str:
        """The text in "vi" or "en"."""
        text = self.en if language == "en" else self.vi
        return text.format(**facts) if facts else text


STATUS: Mapping[Status, Words] = {
    Status.SUBMITTED: Words("Mới đăng ký", "Submitted, not yet accepted"),
    Status.RECEIVED: Words("Được tiếp nhận", "Received"),
    Status.DECLINED: Words("Không được tiếp nhận", "Not accepted"),
    Status.PROCESSING: Words("Đang xử lý", "Being processed"),
    Status.AWAITING_SUPPLEMENT: Words("Yêu cầu bổ sung giấy tờ", "Waiting for further papers"),
    Status.AWAITING_PAYMENT: Words("Yêu cầu thực hiện nghĩa vụ tài chính", "Waiting for a payment"),
    Status.WITHDRAWN: Words("Công dân yêu cầu rút hồ sơ", "Withdrawn by the applicant"),
    Status.DISCONTINUED: Words("Dừng xử lý", "Discontinued"),
    Status.FINISHED: Words("Đã xử lý xong", "Finished, the result is ready"),
    Status.RETURNED: Words("Đã trả kết quả", "Result returned"),
    Status.ANNULLED: Words("Đã hủy do nhập nhầm", "Annulled: entered by mistake"),
}

LATE_CAUSES: Mapping[LateCause, Words] = {
    LateCause.STAFF: Words("Thiếu cán bộ hoặc cán bộ vắng mặt", "Too few or absent staff"),
    LateCause.MANY_DOSSIERS: Words("Số lượng hồ sơ tăng cao", "Many dossiers at once"),
    LateCause.COOPERATION: Words("Chờ ý kiến của cơ quan phối hợp", "Waited for another agency"),
    LateCause.VERIFICATION: Words("Xác minh, kiểm tra thực tế kéo dài", "A long verification"),
    LateCause.COMPLEX: Words("Hồ sơ có nội dung phức tạp", "A complex case"),
    LateCause.UNCLEAR_LAW: Words("Vướng mắc về quy định pháp luật", "Unclear law"),
    LateCause.SYSTEM: Words("Sự cố hệ thống, đường truyền", "An outage of a system or a line"),
    LateCause.APPLICANT: Words("Người nộp chậm phối hợp", "The applicant answered late"),
    LateCause.DISASTER: Words("Thiên tai, dịch bệnh", "A natural disaster or an epidemic"),
    LateCause.OTHER: Words("Nguyên nhân khác", "Another cause"),
}

# The public text of each type of entry. app/lookup/steps.py has the values of the places.
STEPS: Mapping[Action, Words] = {
    Action.SUBMIT: Words("Đã nộp hồ sơ, chờ kiểm tra và tiếp nhận", "Submitted, to be checked and accepted"),
    Action.RECEIVE: Words("Đã tiếp nhận hồ sơ tại {counter}", "Received at {counter}"),
    Action.DECLINE: Words("Không tiếp nhận hồ sơ", "Not accepted"),
    Action.FORWARD: Words("Chuyển hồ sơ đến {to}", "Handed to {to}"),
    Action.TAKE: Words("{unit} bắt đầu giải quyết hồ sơ", "{unit} began work"),
    Action.REQUEST_SUPPLEMENT: Words("Yêu cầu bổ sung hồ sơ", "Further papers were asked for"),
    Action.SUPPLEMENT: Words("Đã tiếp nhận hồ sơ bổ sung", "Further papers came in"),
    Action.REQUEST_PAYMENT: Words("Yêu cầu thực hiện nghĩa vụ tài chính", "A payment was asked for"),
    Action.PAY: Words("Đã thực hiện nghĩa vụ tài chính", "A payment was made"),
    Action.REFUND: Words("Đã hoàn trả phí, lệ phí", "Money was given back"),
    Action.SUSPEND: Words("Tạm dừng tính thời hạn để xác minh", "The time limit was suspended for a verification"),
    Action.RESUME: Words("Tiếp tục tính thời hạn sau khi xác minh", "The time limit goes on after the verification"),
    Action.EXTEND: Words(
        "Gia hạn thời hạn giải quyết thêm {days} ngày", "The time limit was extended; days added: {days}"
    ),
    Action.APPLY_CONDITION: Words(
        "Thời hạn giải quyết dài hơn theo điều kiện của thủ tục",
        "The time limit is longer by a condition of the procedure",
    ),
    Action.RESCHEDULE: Words("Xin lỗi và hẹn lại ngày {promised}", "Apologised and promised for {promised}"),
    Action.TRANSFER: Words("Chuyển {to} chịu trách nhiệm giải quyết", "{to} became responsible"),
    Action.FINISH: Words("Đã có kết quả giải quyết tại Bộ phận Một cửa", "The result is ready at the counter"),
    Action.RETURN: Words("Đã trả kết quả", "The result was handed over"),
    Action.WITHDRAW: Words("Đã rút hồ sơ theo yêu cầu của người nộp", "Withdrawn at the applicant's request"),
    Action.DISCONTINUE: Words("Dừng giải quyết hồ sơ", "Discontinued"),
    Action.OUTAGE: Words(
        "Tạm dừng tính thời hạn do sự cố hệ thống đã được thông báo",
        "The time limit was suspended for an announced outage of a system",
    ),
    Action.REDATE: Words(
        "Ngày hẹn trả kết quả được tính lại theo lịch nghỉ mới: {due}", "Due on {due} after a change of the calendar"
    ),
    Action.SUCCEED: Words("{to} tiếp nhận công việc của {gone}", "{to} took over from {gone}"),
}
# Types of entries that the public does not see.
NOT_PUBLIC = CORRECTIONS | {Action.PARTICULARS}
REFUSED = Words(
    "Đã có văn bản từ chối giải quyết tại Bộ phận Một cửa", "The request was refused; the letter is at the counter"
)

PROMISE_MOVED = Words(
    "Ngày hẹn lại được chuyển sang ngày {promised} theo lịch nghỉ mới",
    "The promised date moved to {promised} after a change of the calendar",
)
OVERDUE = Words(
    "Hồ sơ đã quá hạn trả kết quả ngày {due}. Chúng tôi xin lỗi Ông/Bà vì sự chậm trễ này.",
    "The result was due on {due} and is late. We apologise for the delay.",
)
RESCHEDULED = Words(
    "Chúng tôi xin lỗi Ông/Bà vì chưa trả kết quả đúng hẹn ngày {due} và hẹn lại ngày {promised}.",
    "We apologise for not having the result by {due}; it is promised for {promised}.",
)
FINISHED_LATE = Words(
    "Hồ sơ được giải quyết sau ngày hẹn {due}. Chúng tôi xin lỗi Ông/Bà vì sự chậm trễ này.",
    "The result came later than {due}, when it was due. We apologise for the delay.",
)

UNKNOWN = Words(
    "Không tìm thấy hồ sơ có mã này. Vui lòng kiểm tra lại mã in trên giấy tiếp nhận hồ sơ, dạng {example}; "
    "chữ hoa, chữ thường và khoảng trắng không quan trọng.",
    "There is no dossier with this code. Compare it with the receipt slip: it looks like {example}; "
    "capitals and spaces do not matter.",
)


def day_text(day: date, language: str) -> str:
    """A date in the form of the language: 19/08/2021, or 2021-08-19."""
    # strftime takes ten times as long, and a page has dozens of dates.
    return day.isoformat() if language == "en" else f"{day.day:02}/{day.month:02}/{day.year:04}"
