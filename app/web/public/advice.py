"""Advice after a refusal, for codes with titles that do not say how to go on."""

from collections.abc import Mapping

from app.lookup.texts import Words

BY_CODE: Mapping[str, Words] = {
    "approver_not_independent": Words(
        "Cần người duyệt có mã truy cập do quản trị viên khác cấp hoặc đổi, hoặc do người vận hành cấp.",
        "Approve with a token that another administrator issued or rotated, or an operator by a command.",
    ),
    "before_last_event": Words(
        "Vui lòng nhập thời điểm sau mục gần nhất trong nhật ký.", "Enter a time after the latest entry of the journal."
    ),
    "correction_pending": Words(
        "Yêu cầu đó phải được duyệt hoặc không duyệt trước.", "Another supervisor has to decide on it first."
    ),
    "deadline_passed": Words(
        "Sau ngày hẹn không gia hạn được. Có thể xin lỗi và hẹn lại ngày trả kết quả.",
        "No extension is possible after the due date. You can apologise and promise a new date.",
    ),
    "extension_not_possible": Words(
        "Thời hạn tính bằng giờ không được gia hạn. Số ngày gia hạn không được vượt mức mà thủ tục cho phép.",
        "A limit in hours cannot be extended. The days added cannot exceed those that the procedure allows.",
    ),
    "external_known": Words(
        "Vui lòng kiểm tra mã ở hệ thống khác, hoặc mở hồ sơ đã có mã này.",
        "Check the code in the other system, or open the dossier that has it.",
    ),
    "finish_recorded_late": Words(
        "Đề nghị lãnh đạo cập nhật kết quả và nêu lý do.", "Ask a supervisor to record the finish with a reason."
    ),
    "form_from_elsewhere": Words(
        "Vui lòng mở lại trang của hệ thống, nhập lại rồi gửi.",
        "Open the page of this service again and send it from there.",
    ),
    "journal_not_lawful": Words(
        "Giá trị mới mâu thuẫn với một mục nhật ký khác. Vui lòng kiểm tra thời điểm và thứ tự các mục.",
        "The new value contradicts another entry of the journal. Check the times and the order of the entries.",
    ),
    "key_reused": Words(
        "Vui lòng tải lại trang, nhập lại rồi gửi.", "Reload the page, fill in the form again and send it."
    ),
    "last_digits_mistyped": Words(
        "Vui lòng nhập ít nhất 6 số cuối, hoặc đủ 16 chữ và số của mã trên giấy tiếp nhận.",
        "Type the last 6 digits at least, or all sixteen letters and digits of the key on the slip.",
    ),
    "last_digits_wrong": Words(
        "Vui lòng kiểm tra lại số cuối điện thoại hoặc giấy tờ tùy thân đã ghi khi nộp hồ sơ, hoặc dùng mã trên giấy"
        " tiếp nhận.",
        "Compare the digits with the number given with the dossier, or use the key on the slip.",
    ),
    "later_entries": Words(
        "Vui lòng hủy các mục nhật ký nêu trên trước, mục sau cùng trước.",
        "Void the entries named above first, the last one first.",
    ),
    "more_than_due": Words(
        "Vui lòng kiểm tra số tiền còn phải nộp. Nếu thu thêm khoản khác, phải yêu cầu nộp khoản đó trước.",
        "Check what is due. Money for something else has to be asked for first.",
    ),
    "more_than_paid": Words(
        "Chỉ hoàn trả được số tiền đã thu và chưa hoàn trả.",
        "Only money that was paid and not given back can be refunded.",
    ),
    "not_correctable": Words(
        "Vui lòng đính chính mục nhật ký đã dẫn đến mục này.", "Correct the entry that this entry results from."
    ),
    "not_returned": Words(
        "Vui lòng đánh giá sau khi đã nhận kết quả.", "Please rate after the result was handed over to you."
    ),
    "not_taken_yet": Words(
        "Có thể nhận, thu hồi hoặc trả lại hồ sơ; chưa chuyển tiếp được.",
        "The dossier can be taken, recalled or sent back, but not passed on.",
    ),
    "own_correction": Words("Vui lòng chờ một lãnh đạo khác duyệt.", "Wait for another supervisor to approve it."),
    "rated_already": Words("Mỗi hồ sơ được đánh giá một lần. Cảm ơn Ông/Bà.", "Each dossier is rated once. Thank you."),
    "rating_key_wrong": Words(
        "Vui lòng quay lại và so mã với giấy tiếp nhận của chính hồ sơ này.",
        "Go back and compare the key with the receipt slip of this dossier.",
    ),
    "supplement_ceiling": Words(
        "Chỉ yêu cầu thêm được nếu người nộp không thực hiện đúng hướng dẫn, và phải ghi rõ lý do.",
        "A further request is possible only if the applicant did not follow the guidance; state the reason.",
    ),
    "supplement_requests_used_up": Words(
        "Muốn yêu cầu thêm, lãnh đạo phải thực hiện và nêu căn cứ pháp lý.",
        "A further request needs a supervisor and a legal basis.",
    ),
    "suspended": Words(
        "Trong thời gian tạm dừng chỉ có thể từ chối giải quyết hồ sơ.",
        "During a suspension the dossier can only be finished as refused.",
    ),
    "too_far_back": Words(
        "Đề nghị lãnh đạo cập nhật và nêu lý do.", "Ask a supervisor to record the event with a reason."
    ),
}
