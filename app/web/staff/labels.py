"""Labels of the counter's pages, in Vietnamese and English."""

from collections.abc import Mapping

from app.domain.lifecycle import Action
from app.domain.occasions import Occasion
from app.lookup.texts import LATE_CAUSES, Words
from app.slips.forms import SlipKind

# Labels of buttons, and of entries in the journal.
ACTIONS: Mapping[str, Words] = {
    Action.SUBMIT: Words("Nộp hồ sơ", "Submit"),
    Action.RECEIVE: Words("Tiếp nhận", "Receive"),
    Action.DECLINE: Words("Không tiếp nhận", "Decline"),
    Action.FORWARD: Words("Chuyển hồ sơ", "Forward"),
    Action.TAKE: Words("Nhận giải quyết", "Take"),
    Action.REQUEST_SUPPLEMENT: Words("Yêu cầu bổ sung hồ sơ", "Request papers"),
    Action.SUPPLEMENT: Words("Tiếp nhận hồ sơ bổ sung", "Receive further papers"),
    Action.REQUEST_PAYMENT: Words("Yêu cầu thực hiện nghĩa vụ tài chính", "Request a payment"),
    Action.PAY: Words("Xác nhận đã thực hiện nghĩa vụ tài chính", "Record the payment"),
    Action.REFUND: Words("Hoàn trả phí, lệ phí", "Refund"),
    Action.SUSPEND: Words("Tạm dừng để xác minh", "Suspend for a verification"),
    Action.RESUME: Words("Tiếp tục sau xác minh", "Resume after the verification"),
    Action.EXTEND: Words("Gia hạn", "Extend"),
    Action.APPLY_CONDITION: Words("Áp dụng thời hạn có điều kiện", "Apply a conditional limit"),
    Action.RESCHEDULE: Words("Xin lỗi và hẹn lại", "Apologise and promise a date"),
    Action.TRANSFER: Words("Chuyển đơn vị chịu trách nhiệm", "Make another unit responsible"),
    Action.FINISH: Words("Hoàn thành, có kết quả", "Finish: the result is ready"),
    Action.RETURN: Words("Trả kết quả", "Hand over the result"),
    Action.WITHDRAW: Words("Rút hồ sơ theo yêu cầu", "Withdraw at the applicant's request"),
    Action.DISCONTINUE: Words("Dừng giải quyết", "Discontinue"),
    Action.CORRECT: Words("Đề nghị đính chính nhật ký", "Ask for a correction"),
    Action.APPROVE_CORRECTION: Words("Duyệt đính chính", "Approve the correction"),
    Action.REJECT_CORRECTION: Words("Không duyệt đính chính", "Reject the correction"),
    Action.VOID: Words("Hủy mục nhập nhầm", "Void an entry made by mistake"),
    Action.PARTICULARS: Words("Sửa thông tin hồ sơ", "Correct particulars"),
    Action.OUTAGE: Words("Tạm dừng do sự cố hệ thống", "Suspended for an outage"),
    Action.REDATE: Words("Tính lại ngày hẹn theo lịch nghỉ mới", "Due date after a new calendar"),
    Action.SUCCEED: Words("Đơn vị kế thừa tiếp nhận", "Taken over by a successor"),
}

# Fields of bodies, by their names in the API.
FIELDS: Mapping[str, Words] = {
    "reason": Words("Lý do", "Reason"),
    "legal_basis": Words("Căn cứ pháp lý", "Legal basis"),
    "documents": Words("Thành phần hồ sơ", "Papers"),
    "handed_in_by": Words("Người nộp thay", "Handed in by"),
    "further_applicants": Words("Người cùng đề nghị", "Applies too"),
    "authority": Words("Văn bản ủy quyền hoặc giấy tờ thay thế", "Paper of the authority"),
    "authority_kind": Words("Căn cứ nộp thay", "Kind of authority"),
    "relation": Words("Tư cách", "Part in the request"),
    "to_unit": Words("Đơn vị nhận", "To unit"),
    "from_unit": Words("Từ đơn vị", "From unit"),
    "amount": Words("Số tiền (đồng)", "Amount (đồng)"),
    "method": Words("Hình thức thanh toán", "Way of payment"),
    "receipt_number": Words("Số biên lai, chứng từ", "Receipt number"),
    "condition": Words("Điều kiện của thủ tục", "Condition of the procedure"),
    "another_area": Words("Tiếp nhận không phụ thuộc địa giới hành chính", "Received for another area"),
    "guidance_not_followed": Words(
        "Người nộp không thực hiện đúng hướng dẫn", "The applicant did not follow the guidance"
    ),
    "days": Words("Số ngày gia hạn", "Days added"),
    "promised_date": Words("Ngày hẹn lại", "Promised date"),
    "promise": Words("Ngày hẹn lại", "Promised date"),
    "outcome": Words("Kết quả giải quyết", "Outcome"),
    "late_cause": Words("Nguyên nhân quá hạn", "Cause of the lateness"),
    "received_by": Words("Người nhận kết quả", "Recipient"),
    "how": Words("Hình thức trả kết quả", "Channel of the result"),
    "request": Words("Nội dung đề nghị của người nộp", "The applicant's request"),
    "sequence": Words("Mục nhật ký số", "Entry of the journal"),
    "changes": Words("Nội dung đúng", "Correct values"),
    "officer": Words("Cán bộ", "Officer"),
    "note": Words("Ghi chú", "Note"),
    "at": Words("Thời điểm (nếu không phải bây giờ)", "When (if not now)"),
    "procedure": Words("Thủ tục", "Procedure"),
    "kind": Words("Đối tượng nộp", "Kind of applicant"),
    "name": Words("Họ và tên, hoặc tên tổ chức", "Name"),
    "identity_kind": Words("Loại giấy tờ", "Kind of paper"),
    "identity_number": Words("Số căn cước hoặc mã số doanh nghiệp", "Identity or business number"),
    "phone": Words("Điện thoại", "Telephone"),
    "email": Words("Thư điện tử", "E-mail"),
    "address": Words("Địa chỉ (thôn, đường)", "Address"),
    "commune": Words("Xã, phường, thị trấn", "Commune"),
    "channel": Words("Hình thức nộp", "Channel of receipt"),
    "summary": Words("Nội dung yêu cầu", "Request"),
    "return_method": Words("Hình thức trả kết quả", "Channel of the result"),
    "notify": Words("Nhận thông báo về hồ sơ", "Messages about the dossier"),
    "fee": Words("Phí, lệ phí đã thu (đồng)", "Fee taken (đồng)"),
    "fee_due": Words("Phí, lệ phí phải nộp (đồng)", "Fee due (đồng)"),
    "fee_method": Words("Hình thức thu phí", "Way in which the fee was paid"),
    "fee_receipt_number": Words("Số biên lai thu phí", "Receipt number of the fee"),
    "receiving_unit": Words("Nơi tiếp nhận", "Receiving unit"),
    "responsible_unit": Words("Đơn vị chịu trách nhiệm", "Responsible unit"),
    "external": Words("Mã ở hệ thống khác", "Code in another system"),
    "until": Words("Nhắc lại lúc", "Remind again at"),
    "snooze_reason": Words("Lý do hoãn", "Reason for snoozing"),
    "unit": Words("Đơn vị", "Unit"),
    "from": Words("Từ ngày", "From"),
    "to": Words("Đến ngày", "To"),
}

# Values of fields with a fixed set of values.
CHOICES: Mapping[str, Words] = {
    "yes": Words("Có", "Yes"),
    "no": Words("Không", "No"),
    "granted": Words("Đồng ý giải quyết", "Granted"),
    "refused": Words("Từ chối giải quyết", "Refused"),
    "counter": Words("Trực tiếp", "At the counter"),
    "online": Words("Trực tuyến", "Online"),
    "postal": Words("Qua bưu chính", "By post"),
    "cash": Words("Tiền mặt", "Cash"),
    "transfer": Words("Chuyển khoản", "Bank transfer"),
    "portal": Words("Cổng Dịch vụ công", "Public service portal"),
    "gateway": Words("Cổng thanh toán, máy thẻ", "Payment gateway or card terminal"),
    "person": Words("Cá nhân", "A person"),
    "business": Words("Doanh nghiệp", "A business"),
    "agency": Words("Cơ quan nhà nước", "An agency"),
    "organisation": Words("Tổ chức khác", "Another organisation"),
    "citizen": Words("Căn cước, 12 số", "Identity card, 12 digits"),
    "old": Words("Chứng minh nhân dân cũ, 9 số", "Old identity card, 9 digits"),
    "passport": Words("Hộ chiếu", "Passport"),
    "tax_code": Words("Mã số thuế", "Tax code"),
    "other": Words("Khác", "Other"),
    "written": Words("Giấy ủy quyền", "Written authority"),
    "certified": Words("Ủy quyền có công chứng, chứng thực", "Certified authority"),
    "legal": Words("Đại diện theo pháp luật", "Legal representative"),
    "family": Words("Người thân theo quy định", "Member of the family"),
    "introduction": Words("Giấy giới thiệu", "Letter of introduction"),
    "service": Words("Dịch vụ nộp thay", "Service"),
    "original": Words("Bản chính", "Original"),
    "copy": Words("Bản sao", "Copy"),
    "certified_copy": Words("Bản sao chứng thực", "Certified copy"),
    "electronic": Words("Bản điện tử", "Electronic"),
    "given": Words("chưa nhận", "not taken yet"),
    "taken": Words("đã nhận", "taken"),
    "done": Words("đã hoàn thành", "done"),
    "not_taken": Words("không nhận", "not taken"),
    "early": Words("trước hạn", "early"),
    "on_time": Words("đúng hạn", "on time"),
    "late": Words("quá hạn", "late"),
    **{cause.value: words for cause, words in LATE_CAUSES.items()},
}

ROLES: Mapping[str, Words] = {
    "clerk": Words("cán bộ tiếp nhận", "clerk"),
    "officer": Words("cán bộ giải quyết", "officer"),
    "supervisor": Words("lãnh đạo", "supervisor"),
    "reporter": Words("cán bộ thống kê", "reporter"),
    "administrator": Words("quản trị viên", "administrator"),
}

FLAGS: Mapping[str, Words] = {
    "backdated": Words("cập nhật muộn", "recorded late"),
    "corrected": Words("có đính chính", "corrected"),
    "undone": Words("có mục đã hủy do nhập nhầm", "an entry was voided"),
    "imported": Words("nhập từ hệ thống khác", "imported"),
    "late_apology": Words("xin lỗi muộn", "late apology"),
    "repeated_supplement": Words("bổ sung nhiều lần", "repeated supplement requests"),
    "late_request": Words("yêu cầu bổ sung muộn", "late supplement request"),
    "late_hand_on": Words("chuyển hồ sơ muộn", "forwarded late"),
    "hour_assumed": Words("sổ cũ chỉ ghi ngày", "only the day is known"),
    "old_register": Words("sổ cũ ghi thiếu hoặc khác", "gaps of an old register"),
    "zeros_restored": Words("đã bù số 0 ở đầu", "leading zeros restored"),
}

SLIPS: Mapping[str, Words] = {
    SlipKind.RECEIPT: Words("Giấy tiếp nhận và hẹn trả kết quả", "Receipt and appointment"),
    SlipKind.SUPPLEMENT: Words("Phiếu yêu cầu bổ sung", "Request for papers"),
    SlipKind.REFUSAL: Words("Phiếu từ chối", "Refusal"),
    SlipKind.APOLOGY: Words("Phiếu xin lỗi và hẹn lại", "Apology with the new date"),
    SlipKind.STOP: Words("Thông báo dừng theo yêu cầu", "Notice of a stop on request"),
    SlipKind.DISCONTINUATION: Words("Thông báo chấm dứt giải quyết", "Notice of discontinuation"),
    SlipKind.SUBMISSION: Words("Thông báo đã nhận hồ sơ trực tuyến", "Notice of a submission"),
    SlipKind.PAYMENT: Words("Thông báo nghĩa vụ tài chính", "Notice of a payment"),
    SlipKind.REDATE: Words("Thông báo thay đổi thời gian trả kết quả", "Notice of another date"),
    SlipKind.TRANSFER: Words("Thông báo chuyển hồ sơ", "Notice of a transfer"),
    SlipKind.CONTROL: Words("Phiếu kiểm soát quá trình", "Control slip"),
}


OCCASIONS: Mapping[str, Words] = {
    Occasion.OVERDUE: Words("Quá hạn", "Overdue"),
    Occasion.PROMISE_PASSED: Words("Quá ngày hẹn lại", "The promised date has passed"),
    Occasion.DUE_TODAY: Words("Hẹn trả hôm nay", "Due today"),
    Occasion.PROMISE_TODAY: Words("Hẹn lại hôm nay", "Promised for today"),
    Occasion.APOLOGY_OWED: Words("Cần xin lỗi và hẹn lại", "An apology is owed"),
    Occasion.PROMISE_SOON: Words("Sắp đến ngày hẹn lại", "Promised for the next working day"),
    Occasion.DUE_SOON: Words("Sắp đến hạn", "Due soon"),
    Occasion.NOT_TAKEN: Words("Chưa nhận bàn giao", "Handed over, not taken"),
    Occasion.NO_MOVEMENT: Words("Chưa có xử lý mới", "No movement"),
    Occasion.SUSPENDED_LONG: Words("Tạm dừng đã lâu", "Suspended for long"),
    Occasion.HAND_ON_LATE: Words("Chưa chuyển bộ phận giải quyết", "Not handed on in time"),
    Occasion.ASKING_LATE: Words("Quá thời gian kiểm tra hồ sơ", "Not checked in time"),
    Occasion.ANSWER_PASSED: Words("Hết thời gian bổ sung hồ sơ", "The time to answer has passed"),
    Occasion.NOT_COLLECTED: Words("Chưa đến nhận kết quả", "Result not collected"),
}

REMINDER_STATES: Mapping[str, Words] = {
    "current": Words("Chưa xác nhận", "Not acknowledged"),
    "acknowledged": Words("Đã xác nhận", "Acknowledged"),
    "snoozed": Words("Đã hoãn", "Snoozed"),
    "ended": Words("Đã kết thúc", "Ended"),
}

SNOOZE_REASONS: Mapping[str, Words] = {
    "being_done": Words("Đang giải quyết", "In progress"),
    "waiting_for_answer": Words("Đang chờ trả lời", "Waiting for an answer"),
    "agreed_with_applicant": Words("Đã thống nhất với người nộp", "Agreed with the applicant"),
    "other": Words("Lý do khác", "Another reason"),
}

# Labels of the buttons of a reminder.
ANSWERS: Mapping[str, Words] = {
    "acknowledge": Words("Xác nhận đã biết", "Acknowledge"),
    "snooze": Words("Hoãn nhắc", "Snooze"),
}


# Short marks beside the values that warnings are about.
MARKS: Mapping[str, Words] = {
    "address_missing": Words("thiếu địa chỉ nhận kết quả", "no address for the result"),
    "email_invalid": Words("thư điện tử sai dạng", "not an address"),
    "identity_birth_year": Words("cần đối chiếu năm sinh", "odd year of birth"),
    "identity_place": Words("cần đối chiếu mã tỉnh", "odd province"),
    "identity_unusual": Words("cần đối chiếu số", "unusual number"),
    "no_contact": Words("không gửi được thông báo", "cannot be reached"),
    "phone_invalid": Words("số điện thoại sai", "no valid number"),
    "phone_without_texts": Words("số cố định, không nhận tin nhắn", "landline: no messages"),
}


def label_of(names: Mapping[str, Words], key: str, language: str) -> str:
    """The label of a key; a key without a label stays as it is."""
    words = names.get(key)
    return words.say(language) if words else key
