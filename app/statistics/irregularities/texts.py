"""Texts of the irregularities in both languages: name, definition, and possible causes without any fault."""

from collections.abc import Mapping
from typing import NamedTuple

from app.statistics.irregularities.definitions import Denominator, Irregularity, Thresholds


class Text(NamedTuple):
    """The words for one irregularity; braces stand for the thresholds."""

    name: str
    definition: str
    explanation: str


def text_of(irregularity: Irregularity, thresholds: Thresholds, language: str) -> Text:
    """The words of the irregularity in the language ("vi" or "en"), with these thresholds."""
    values = {name: getattr(thresholds, name) for name in Thresholds.__slots__}
    return Text(*(part.format(**values) for part in _TEXTS[language][irregularity]))


_EN = {
    Irregularity.FINISHED_IN_BULK: Text(
        "Finishes recorded together",
        "Of the finishes, those that one client recorded for the unit with at least {bulk_finishes} within"
        " {bulk_minutes} minutes. Imported finishes are left out.",
        "A batch signed by the leader at once; a counter that was cut off and caught up.",
    ),
    Irregularity.FINISH_RECORDED_LATE: Text(
        "Finishes recorded long after the fact",
        "Of the finishes, those recorded more than {recorded_hours} hours after they happened. Imported finishes are"
        " left out.",
        "A weekend between; a line or a computer that failed; a time that was corrected.",
    ),
    Irregularity.FINISHED_OUTSIDE_HOURS: Text(
        "Finishes outside office hours",
        "Of the finishes, those that happened on a day off or outside the sessions of the unit.",
        "Overtime before a deadline; an opening for receipts only; a time taken over from another system.",
    ),
    Irregularity.FINISHED_AT_ONCE: Text(
        "Received and finished within a minute",
        "Of the finishes, those at most 60 seconds after the receipt.",
        "Copies and certifications done while the applicant waits; both entered when the work was over.",
    ),
    Irregularity.RETURNED_AT_ONCE: Text(
        "Returned in the minute of the finish",
        "Of the finishes, those whose result was returned in the same minute.",
        "The applicant waited at the counter; results that are sent online at once.",
    ),
    Irregularity.NOT_RETURNED: Text(
        "Results that were not returned",
        "Of the results ready whose {unreturned_days}th working day after the finish lies in the period, those not"
        " returned by its end.",
        "Applicants who do not come; results that were handed out or sent without an entry.",
    ),
    Irregularity.TIME_SUSPENDED: Text(
        "Time suspended",
        "Of the time from receipt to finish of the dossiers finished, in seconds by the calendar, that in which the"
        " clock was suspended.",
        "Procedures whose fees or verifications take long; applicants who are slow to bring papers.",
    ),
    Irregularity.SUPPLEMENT_AT_THE_END: Text(
        "Papers asked for on the last day or after",
        "Of the requests for papers, those on the due date of then or later.",
        "A limit of one day; an answer of another office that came in late.",
    ),
    Irregularity.SUPPLEMENT_AGAIN: Text(
        "Papers asked for more than once",
        "Of the requests for papers, the second and further ones of a dossier.",
        "What was brought was not what had been asked for; the law of the field allows several.",
    ),
    Irregularity.RESCHEDULE_RECORDED_LATE: Text(
        "Reschedules recorded late",
        "Of the reschedules, those recorded later than on the working day before the due date.",
        "An illness on the last day; an answer of another office that failed to come.",
    ),
    Irregularity.LATE_CORRECTED: Text(
        "Late finishes corrected to be in time",
        "Of the corrections that took effect, those after which a dossier finished late was early or on time.",
        "A date mistyped at the counter; a suspension that had not been entered.",
    ),
    Irregularity.VOIDED: Text(
        "Entries voided as made by mistake",
        "Of the corrections that took effect, those that void an entry, at once or with an approval.",
        "A wrong dossier clicked; one person entered twice.",
    ),
}
_VI = {
    Irregularity.FINISHED_IN_BULK: Text(
        "Cập nhật kết quả hàng loạt",
        "Trong số hồ sơ có kết quả: những hồ sơ mà cùng một phần mềm cập nhật kết quả cho đơn vị từ"
        " {bulk_finishes} hồ sơ trở lên trong vòng {bulk_minutes} phút. Không tính hồ sơ nhập từ hệ thống khác.",
        "Lãnh đạo ký một lượt nhiều hồ sơ; Bộ phận Một cửa mất kết nối rồi nhập bù.",
    ),
    Irregularity.FINISH_RECORDED_LATE: Text(
        "Cập nhật kết quả muộn so với thực tế",
        "Trong số hồ sơ có kết quả: những hồ sơ được cập nhật sau thời điểm có kết quả hơn {recorded_hours} giờ. Không"
        " tính hồ sơ nhập từ hệ thống khác.",
        "Có ngày nghỉ xen giữa; đường truyền hoặc máy tính hỏng; thời điểm đã được đính chính.",
    ),
    Irregularity.FINISHED_OUTSIDE_HOURS: Text(
        "Có kết quả ngoài giờ làm việc",
        "Trong số hồ sơ có kết quả: những hồ sơ có kết quả vào ngày nghỉ hoặc ngoài các buổi làm việc của đơn vị.",
        "Làm thêm giờ cho kịp hạn; buổi chỉ tiếp nhận hồ sơ; thời điểm lấy từ hệ thống khác.",
    ),
    Irregularity.FINISHED_AT_ONCE: Text(
        "Tiếp nhận và có kết quả trong một phút",
        "Trong số hồ sơ có kết quả: những hồ sơ có kết quả không quá 60 giây sau khi tiếp nhận.",
        "Sao y, chứng thực làm ngay khi người dân chờ; cả hai bước được nhập sau khi xong việc.",
    ),
    Irregularity.RETURNED_AT_ONCE: Text(
        "Trả kết quả ngay trong phút có kết quả",
        "Trong số hồ sơ có kết quả: những hồ sơ được trả kết quả trong cùng phút đó.",
        "Người dân chờ tại quầy; kết quả được gửi trực tuyến ngay.",
    ),
    Irregularity.NOT_RETURNED: Text(
        "Kết quả chưa trả",
        "Trong số kết quả có ngày làm việc thứ {unreturned_days} sau khi có kết quả nằm trong kỳ: những kết quả chưa"
        " trả tính đến cuối kỳ.",
        "Người dân chưa đến nhận; kết quả đã trả hoặc gửi nhưng chưa cập nhật.",
    ),
    Irregularity.TIME_SUSPENDED: Text(
        "Thời gian tạm dừng",
        "Trong tổng thời gian từ khi tiếp nhận đến khi có kết quả của các hồ sơ có kết quả (tính bằng giây): phần thời"
        " gian tạm dừng tính thời hạn.",
        "Thủ tục có nghĩa vụ tài chính hoặc xác minh kéo dài; người dân chậm bổ sung hồ sơ.",
    ),
    Irregularity.SUPPLEMENT_AT_THE_END: Text(
        "Yêu cầu bổ sung vào ngày cuối hoặc sau hạn",
        "Trong số yêu cầu bổ sung: những yêu cầu vào đúng ngày hẹn khi ấy hoặc muộn hơn.",
        "Thời hạn chỉ một ngày; ý kiến của cơ quan khác đến muộn.",
    ),
    Irregularity.SUPPLEMENT_AGAIN: Text(
        "Yêu cầu bổ sung nhiều lần",
        "Trong số yêu cầu bổ sung: những yêu cầu từ lần thứ hai trở đi của một hồ sơ.",
        "Giấy tờ bổ sung chưa đúng yêu cầu; pháp luật chuyên ngành cho phép nhiều lần.",
    ),
    Irregularity.RESCHEDULE_RECORDED_LATE: Text(
        "Cập nhật hẹn lại muộn",
        "Trong số lần hẹn lại: những lần được cập nhật sau ngày làm việc liền trước ngày hẹn trả.",
        "Cán bộ ốm vào ngày cuối; ý kiến của cơ quan khác không đến kịp.",
    ),
    Irregularity.LATE_CORRECTED: Text(
        "Đính chính từ quá hạn thành trong hạn",
        "Trong số lần đính chính có hiệu lực: những lần mà sau đó hồ sơ quá hạn trở thành trước hạn hoặc đúng hạn.",
        "Nhập nhầm ngày tại quầy; lần tạm dừng chưa được cập nhật.",
    ),
    Irregularity.VOIDED: Text(
        "Hủy mục nhập nhầm",
        "Trong số lần đính chính có hiệu lực: những lần hủy một mục nhập nhầm, tự hủy ngay hoặc được duyệt hủy.",
        "Bấm nhầm hồ sơ; một người được nhập hai lần.",
    ),
}
_TEXTS: Mapping[str, Mapping[Irregularity, Text]] = {"vi": _VI, "en": _EN}

DENOMINATOR_NAMES: Mapping[str, Mapping[Denominator, str]] = {
    "vi": {
        "finishes": "hồ sơ có kết quả",
        "results": "kết quả",
        "seconds": "giây",
        "supplement_requests": "yêu cầu bổ sung",
        "reschedules": "lần hẹn lại",
        "corrections": "lần đính chính",
    },
    "en": {
        "finishes": "finishes",
        "results": "results",
        "seconds": "seconds",
        "supplement_requests": "supplement requests",
        "reschedules": "reschedules",
        "corrections": "corrections",
    },
}
