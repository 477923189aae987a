"""Headers of old registers in their usual spellings, and the fields that they mean."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache

from app.text_input import fold

# Where a column goes: a field of the dossier, an external code, or a field of an event as action.field.
EXTERNAL, STATUS, NUMBER_OF_ROW = "external", "status", "row number"

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    EXTERNAL: (
        "mã hồ sơ", "số hồ sơ", "mã số hồ sơ", "số biên nhận", "mã biên nhận", "số phiếu", "số phiếu hẹn",
        "số giấy hẹn", "số vào sổ", "số tiếp nhận", "mã tiếp nhận", "số biên nhận hồ sơ", "mã số", "ký hiệu hồ sơ",
    ),
    NUMBER_OF_ROW: ("stt", "số thứ tự", "tt", "no"),
    STATUS: ("tình trạng", "trạng thái", "tình trạng hồ sơ", "trạng thái hồ sơ", "tình trạng giải quyết"),
    "procedure": (
        "thủ tục", "tên thủ tục", "mã thủ tục", "thủ tục hành chính", "tên thủ tục hành chính",
        "mã thủ tục hành chính", "loại hồ sơ", "loại thủ tục", "dịch vụ công", "tên dịch vụ công", "công việc",
        "loại việc", "mã dịch vụ công",
    ),
    "summary": (
        "trích yếu", "nội dung", "nội dung hồ sơ", "nội dung yêu cầu", "nội dung yêu cầu giải quyết", "tên hồ sơ",
        "về việc", "nội dung công việc", "nội dung giải quyết",
    ),
    "receiving_unit": (
        "đơn vị tiếp nhận", "nơi tiếp nhận", "cơ quan tiếp nhận", "bộ phận tiếp nhận", "mã đơn vị", "đơn vị",
        "điểm tiếp nhận", "nơi nhận hồ sơ",
    ),
    "responsible_unit": (
        "đơn vị xử lý", "đơn vị giải quyết", "đơn vị thụ lý", "cơ quan giải quyết", "cơ quan thực hiện",
        "cơ quan xử lý", "phòng chuyên môn", "bộ phận giải quyết", "bộ phận chuyên môn", "phòng ban giải quyết",
        "phòng ban",
    ),
    "applicant.name": (
        "họ và tên", "họ tên", "người nộp", "người nộp hồ sơ", "tên người nộp", "họ tên người nộp", "chủ hồ sơ",
        "tên chủ hồ sơ", "tổ chức cá nhân", "tên tổ chức cá nhân", "cá nhân tổ chức", "tên cá nhân tổ chức",
        "công dân", "tên công dân", "họ tên công dân", "người yêu cầu", "người đề nghị", "người làm đơn", "khách hàng",
        "họ tên người yêu cầu", "tên khách hàng", "người đến giao dịch", "họ tên chủ hồ sơ", "tên cá nhân",
    ),
    "applicant.identity_number": (
        "cccd", "số cccd", "cmnd", "số cmnd", "cmnd cccd", "số cmnd cccd", "cccd cmnd", "số cccd cmnd", "cmt",
        "số cmt", "căn cước", "số căn cước", "căn cước công dân", "số căn cước công dân", "số định danh",
        "số định danh cá nhân", "giấy tờ tùy thân", "số giấy tờ tùy thân", "số giấy tờ", "cmnd hộ chiếu",
        "cccd hộ chiếu", "mã số thuế", "chứng minh nhân dân", "số chứng minh nhân dân", "mã định danh",
    ),
    "applicant.phone": (
        "điện thoại", "số điện thoại", "điện thoại liên hệ", "số điện thoại liên hệ", "di động", "số di động",
        "liên hệ", "số liên hệ", "phone", "tel", "mobile",
    ),
    "applicant.email": ("email", "thư điện tử", "hộp thư", "địa chỉ email", "mail", "hộp thư điện tử"),
    "applicant.address": (
        "địa chỉ", "nơi ở", "chỗ ở", "nơi cư trú", "địa chỉ thường trú", "nơi thường trú", "hộ khẩu",
        "hộ khẩu thường trú", "thường trú", "địa chỉ liên hệ", "địa chỉ người nộp", "thôn", "tổ dân phố",
        "nơi ở hiện nay", "địa chỉ cư trú",
    ),
    "applicant.commune": ("xã", "phường", "xã phường", "xã phường thị trấn", "mã xã", "tên xã"),
    "applicant.kind": ("đối tượng", "loại đối tượng", "đối tượng nộp", "loại khách hàng"),
    "channel": (
        "hình thức tiếp nhận", "hình thức nộp", "hình thức nộp hồ sơ", "kênh tiếp nhận", "phương thức nộp",
        "cách thức nộp", "phương thức tiếp nhận", "nguồn hồ sơ", "cách nộp",
    ),
    "return_method": (
        "hình thức trả", "hình thức trả kết quả", "hình thức nhận kết quả", "cách nhận kết quả",
        "phương thức trả kết quả", "phương thức nhận kết quả", "cách trả kết quả",
    ),
    "fee": ("lệ phí", "phí", "phí lệ phí", "tiền lệ phí", "số tiền", "thu phí", "mức thu", "lệ phí đồng"),
    "documents": ("thành phần hồ sơ", "giấy tờ", "giấy tờ kèm theo", "hồ sơ kèm theo", "giấy tờ nộp", "hồ sơ gồm"),
    "stated_due_date": (
        "ngày hẹn", "hẹn trả", "ngày hẹn trả", "ngày hẹn trả kết quả", "hẹn trả kết quả", "hạn trả", "hạn xử lý",
        "hạn giải quyết", "ngày trả dự kiến", "ngày dự kiến trả", "thời gian hẹn trả", "hạn trả kết quả",
        "ngày đến hạn", "thời hạn trả kết quả", "ngày phải trả", "theo phiếu hẹn",
    ),
    "receive.at": (
        "ngày nhận", "ngày tiếp nhận", "ngày nhận hồ sơ", "ngày tiếp nhận hồ sơ", "ngày nộp", "ngày nộp hồ sơ",
        "thời gian tiếp nhận", "thời điểm tiếp nhận", "ngày giờ tiếp nhận", "ngày vào sổ", "ngày tháng năm nhận",
        "ngày tháng tiếp nhận", "thời gian nhận", "nhận hồ sơ", "ngày đến", "thời gian nộp", "ngày nhận đơn",
    ),
    "receive.time": ("giờ nhận", "giờ tiếp nhận", "giờ nộp"),
    "receive.officer": (
        "cán bộ tiếp nhận", "người tiếp nhận", "công chức tiếp nhận", "chuyên viên tiếp nhận", "cán bộ một cửa",
        "cán bộ nhận hồ sơ", "người nhận hồ sơ", "nhân viên tiếp nhận",
    ),
    "receive.note": ("ghi chú", "chú thích", "chú ý", "note"),
    "forward.at": ("ngày chuyển", "ngày chuyển hồ sơ", "chuyển phòng chuyên môn", "ngày chuyển xử lý", "ngày bàn giao"),
    "forward.to_unit": ("đơn vị nhận chuyển", "nơi chuyển đến", "chuyển đến", "chuyển cho", "đơn vị chuyển đến"),
    "request-supplement.at": ("ngày yêu cầu bổ sung", "yêu cầu bổ sung", "ngày thông báo bổ sung"),
    "request-supplement.reason": ("lý do bổ sung", "nội dung bổ sung", "nội dung yêu cầu bổ sung"),
    "supplement.at": ("ngày bổ sung", "ngày nộp bổ sung", "ngày bổ sung hồ sơ", "bổ sung hồ sơ"),
    "finish.at": (
        "ngày có kết quả", "ngày giải quyết", "ngày giải quyết xong", "ngày hoàn thành", "ngày xong", "ngày kết thúc",
        "ngày kết thúc xử lý", "ngày xử lý xong", "thời gian hoàn thành", "ngày ký", "ngày phê duyệt", "ngày xử lý",
        "ngày hoàn thành hồ sơ", "ngày giải quyết thực tế", "ngày ra kết quả", "nhận kết quả từ phòng chuyên môn",
    ),
    "finish.outcome": ("kết quả", "kết quả giải quyết", "kết quả xử lý", "kết quả hồ sơ"),
    "finish.reason": ("lý do", "lý do từ chối", "lý do không giải quyết", "lý do trả hồ sơ"),
    "finish.officer": (
        "cán bộ giải quyết", "cán bộ thụ lý", "người xử lý", "cán bộ xử lý", "chuyên viên xử lý", "chuyên viên thụ lý",
        "người thụ lý", "công chức giải quyết", "người giải quyết", "người ký",
    ),
    "return.at": (
        "ngày trả", "ngày trả kết quả", "thời gian trả", "ngày giao trả", "trả kết quả", "ngày trả hồ sơ",
        "ngày trả thực tế", "thực tế trả", "ngày công dân nhận", "ngày nhận kết quả", "thời gian trả kết quả",
    ),
    "return.received_by": (
        "người nhận", "người nhận kết quả", "ký nhận", "họ tên người nhận", "người nhận ký tên", "ký nhận kết quả",
    ),
    "withdraw.at": ("ngày rút", "ngày rút hồ sơ"),
    "withdraw.request": ("lý do rút", "lý do rút hồ sơ"),
}  # fmt: skip

_SHORT = {
    "hs": "ho so", "kq": "ket qua", "tthc": "thu tuc hanh chinh", "sdt": "so dien thoai", "dt": "dien thoai",
    "cb": "can bo", "cbcc": "can bo", "cv": "chuyen vien", "dvc": "dich vu cong", "tn": "tiep nhan", "bs": "bo sung",
    "cmtnd": "cmnd", "cmtd": "cmnd", "ht": "ho ten", "ly": "li", "ki": "ky", "mst": "ma so thue", "dc": "dia chi",
    "gq": "giai quyet", "e": "", "va": "", "cua": "", "hoac": "",
}  # fmt: skip
_LIKE = 0.86
_EXACT, _WITHIN = 3.0, 2.0


def plain(text: str) -> str:
    """A header in the form for comparison: folded, without marks and remarks in brackets, short forms in full."""
    words = re.findall(r"[a-z0-9]+", fold(re.sub(r"\(.*?\)", " ", text)))
    return " ".join(filter(None, (_SHORT.get(word, word) for word in words)))


@cache
def _phrases() -> Mapping[str, str]:
    return {plain(spelling): target for target, spellings in SPELLINGS.items() for spelling in spellings}


def meanings(header: str) -> list[tuple[float, str]]:
    """The targets that a header may mean, the likeliest first. Levels of a header are read in both orders."""
    best: dict[str, float] = {}
    levels = header.split(" / ")
    forms = {plain(" ".join(levels)), plain(" ".join(reversed(levels))), plain(levels[-1])} - {""}
    for form in forms:
        discount = 0.4 if len(levels) > 1 and form == plain(levels[-1]) else 0.0
        for target, score in _of_form(form):
            best[target] = max(best.get(target, 0), score - discount)
    return sorted(((score, target) for target, score in best.items()), reverse=True)


@cache
def _of_form(form: str) -> list[tuple[str, float]]:
    exact = _phrases().get(form)
    if exact is not None:
        return [(exact, _EXACT)]
    words = set(form.split())
    scores: list[tuple[str, float]] = []
    for phrase, target in _phrases().items():
        parts = phrase.split()
        if len(parts) > 1 and words.issuperset(parts):
            scores.append((target, _WITHIN + len(parts) / (len(words) + 1)))
        elif (likeness := SequenceMatcher(None, form, phrase).ratio()) >= _LIKE:
            scores.append((target, likeness))
    return scores
