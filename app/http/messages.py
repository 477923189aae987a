"""Titles of problems in Vietnamese and English, and the language that a request prefers."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple


class Title(NamedTuple):
    """A sentence for people in both languages."""

    vi: str
    en: str


# Sorted by code. Tests compare it with the codes that modules raise, and with docs/errors.md.
TITLES: Mapping[str, Title] = {
    "account_invalid": Title("Tên tài khoản không hợp lệ.", "The account name is invalid."),
    "account_taken": Title("Tên tài khoản đã có người dùng.", "Another person has the account name."),
    "action_not_yours": Title(
        "Ông/Bà không có quyền thực hiện thao tác này với hồ sơ.", "You have no right to do this with the dossier."
    ),
    "administrators_only": Title("Chỉ quản trị viên được thực hiện.", "Only administrators may do this."),
    "after_in_future": Title("Thời điểm khôi phục ở tương lai.", "The restored moment is in the future."),
    "agency_identifier_invalid": Title("Mã định danh cơ quan không hợp lệ.", "The agency identifier is invalid."),
    "all_units_needed": Title("Cần mã truy cập cho mọi đơn vị.", "A token for all units is required."),
    "already_there": Title("Hồ sơ đã ở đơn vị này.", "The dossier is already there."),
    "ambiguous_unit": Title("Mã này ứng với nhiều đơn vị.", "The code belongs to several units."),
    "amount_negative": Title("Số ngày không được âm.", "The amount is negative."),
    "another_area_is_own": Title(
        "Hồ sơ thuộc thẩm quyền của chính nơi tiếp nhận.", "The dossier belongs to the receiving area itself."
    ),
    "approval_not_proven": Title(
        "Chưa được phê duyệt: cần đăng nhập tập trung hoặc có mã xác thực.",
        "Approving needs proof of who you are: the provider or a second factor.",
    ),
    "approver_not_independent": Title(
        "Người duyệt và người yêu cầu do cùng một nơi cấp quyền.", "The same client gave access to both supervisors."
    ),
    "at_needed": Title("Sự kiện thiếu thời điểm.", "The event has no time."),
    "backup_bad": Title("Bản sao lưu không dùng được.", "The backup is damaged."),
    "bad_cursor": Title("Con trỏ trang không đọc được.", "The cursor cannot be read."),
    "bad_header": Title("Tiêu đề của yêu cầu không đọc được.", "A header cannot be read."),
    "before_last_event": Title(
        "Sự kiện không được trước sự kiện gần nhất của hồ sơ.", "The event is before the dossier's last event."
    ),
    "body_too_large": Title("Nội dung yêu cầu quá lớn.", "The body is too large."),
    "bounds_invalid": Title("Giới hạn thời hạn không hợp lệ.", "The bounds of the time limit are invalid."),
    "busy": Title("Đang có quá nhiều báo cáo được yêu cầu.", "Too many reports are in progress."),
    "calendar_invalid": Title("Lịch làm việc không hợp lệ.", "The calendar is invalid."),
    "calendar_missing": Title("Chưa có lịch làm việc của năm này.", "There is no calendar for this year."),
    "calendar_unknown": Title("Không có dữ liệu lịch của năm này.", "No calendar is known for this year."),
    "cannot_be_removed": Title("Thông tin này không được để trống.", "This information cannot be removed."),
    "catalogue_exists": Title("Danh mục đã tồn tại.", "The catalogue already exists."),
    "channel_not_offered": Title(
        "Thủ tục không tiếp nhận theo hình thức này.", "The procedure does not accept this channel."
    ),
    "client_alike": Title(
        "Tên hệ thống kết nối dễ nhầm với một tên đã có.", "The client's name looks like that of another client."
    ),
    "client_invalid": Title("Tên hệ thống kết nối không hợp lệ.", "The client's name is invalid."),
    "client_of_others": Title("Tên hệ thống kết nối này thuộc phạm vi khác.", "The client belongs to other units."),
    "code_in_use": Title("Mã đang được sử dụng.", "The code is in use."),
    "code_invalid": Title("Mã hồ sơ không hợp lệ.", "The dossier code is invalid."),
    "code_needed": Title("Cần mã hồ sơ hoặc mã bên ngoài.", "A code or an external code is required."),
    "code_wrong": Title("Mã xác thực không đúng hoặc đã dùng.", "The code is wrong or was used before."),
    "codes_unreadable": Title("Danh sách mã hồ sơ không đọc được.", "The list of codes cannot be read."),
    "condition_applied": Title("Điều kiện này đã được áp dụng.", "The condition is already applied."),
    "condition_shortens": Title("Điều kiện này làm thời hạn ngắn hơn.", "The condition would shorten the limit."),
    "conflict": Title("Dữ liệu đã thay đổi, không thể ghi.", "The data was changed and cannot be written."),
    "contact_invalid": Title("Địa chỉ nhận nhắc việc không hợp lệ.", "The contact is invalid."),
    "control_characters": Title("Yêu cầu có ký tự điều khiển.", "The request contains control characters."),
    "correction_not_pending": Title(
        "Không có yêu cầu đính chính này đang chờ duyệt.", "No such correction is pending."
    ),
    "correction_pending": Title(
        "Mục này đang có yêu cầu đính chính chờ duyệt.", "A correction of this entry is already pending."
    ),
    "credentials_changed": Title("Thông tin đăng nhập vừa thay đổi.", "The credentials have just changed."),
    "cut_off_invalid": Title(
        "Giờ kết thúc tiếp nhận trong ngày không hợp lệ.", "The end of the daily reception is invalid."
    ),
    "database_in_use": Title("Cơ sở dữ liệu đang được sử dụng.", "The database is in use."),
    "date_out_of_range": Title("Ngày nằm ngoài phạm vi cho phép.", "The date is out of range."),
    "days_not_addable": Title("Không thể cộng thêm ngày vào thời hạn theo giờ.", "Days cannot be added to hours."),
    "deadline_passed": Title("Đã quá ngày hẹn trả kết quả.", "The due date has passed."),
    "deputy_invalid": Title("Không thể ủy quyền cho người này.", "This person cannot be the deputy."),
    "direction_marks": Title("Không được dùng dấu đổi chiều chữ.", "Direction marks are not allowed."),
    "discovery_invalid": Title(
        "Tài liệu mô tả của hệ thống đăng nhập tập trung không dùng được.",
        "The discovery document of the single sign-on cannot be used.",
    ),
    "dossier_not_of_unit": Title(
        "Hồ sơ này không thuộc số hồ sơ được chuyển của đơn vị.", "The unit has no such dossier that moves."
    ),
    "dossier_of_other_units": Title("Hồ sơ không thuộc phạm vi của đơn vị.", "The dossier belongs to other units."),
    "dossiers_differ": Title("Dòng dữ liệu ứng với nhiều hồ sơ.", "The line refers to several dossiers."),
    "duplicate_key": Title("Nội dung yêu cầu có khóa bị lặp.", "The body has a key twice."),
    "encoding_unknown": Title("Không nhận ra bảng mã của tệp.", "The encoding of the file cannot be found."),
    "expiry_invalid": Title("Thời hạn của mã truy cập không hợp lệ.", "The expiry of the token is invalid."),
    "explanation_too_long": Title(
        "Khoảng thời gian quá dài để giải thích.", "The period is too long for an explanation."
    ),
    "extension_invalid": Title("Số ngày gia hạn không hợp lệ.", "The number of days of the extension is invalid."),
    "extension_not_possible": Title("Không thể gia hạn.", "An extension is not possible."),
    "external_known": Title("Mã bên ngoài đã thuộc hồ sơ khác.", "The external code belongs to another dossier."),
    "external_twice": Title("Mã bên ngoài bị lặp lại.", "An external code is given twice."),
    "fee_due_below_fee": Title("Số tiền phải nộp nhỏ hơn số tiền đã thu.", "Less is due than was taken."),
    "field_needed": Title("Thiếu thông tin bắt buộc.", "A required field is missing."),
    "figures_behind": Title("Số liệu thống kê cần được tính lại.", "The figures must be recounted."),
    "figures_of_other_units": Title(
        "Chỉ được mở số liệu của đơn vị mình.", "Only the figures of your own units can be opened."
    ),
    "file_exists": Title("Tệp đã tồn tại.", "The file already exists."),
    "file_unreadable": Title("Không đọc được tệp.", "The file cannot be read."),
    "finish_recorded_late": Title(
        "Cập nhật kết quả sau ngày hẹn cần lãnh đạo thực hiện và nêu lý do.",
        "Recording a result after the due date needs a supervisor and a reason.",
    ),
    "form_from_elsewhere": Title(
        "Biểu mẫu này không được gửi từ trang của hệ thống.", "The form was sent from another site."
    ),
    "history_differs": Title("Lịch sử hồ sơ khác với dữ liệu đã có.", "The dossier is stored with another history."),
    "in_the_future": Title("Thời điểm nằm trong tương lai.", "The instant is in the future."),
    "internal": Title("Hệ thống gặp lỗi.", "The service failed."),
    "invalid": Title("Dữ liệu gửi lên không hợp lệ.", "The input is invalid."),
    "journal_not_lawful": Title("Nhật ký sau khi sửa không còn hợp lệ.", "The corrected journal would not be lawful."),
    "key_differs": Title(
        "Khóa mã hóa không đúng với cơ sở dữ liệu.", "An encryption key differs from the key of the database."
    ),
    "key_in_use": Title("Yêu cầu cùng khóa đang được xử lý.", "A request with this key is in progress."),
    "key_reused": Title("Khóa đã dùng cho yêu cầu khác.", "The key belongs to another request."),
    "key_unknown": Title("Thiếu khóa mã hóa của dữ liệu.", "An encryption key of the data is missing."),
    "keys_invalid": Title("Khóa mã hóa không đọc được.", "The encryption keys cannot be read."),
    "keys_needed": Title("Chưa có khóa mã hóa dữ liệu cá nhân.", "There is no encryption key for personal data."),
    "last_digits_mistyped": Title("Cần ít nhất 6 số cuối.", "At least the last 6 digits are needed."),
    "last_digits_wrong": Title("Số cuối không đúng.", "The last digits are wrong."),
    "late_act_needs_supervisor": Title(
        "Ghi lùi thời điểm làm hồ sơ quá hạn thành đúng hạn cần lãnh đạo thực hiện, nêu lý do và người thứ hai duyệt.",
        "An earlier time that makes an overdue dossier timely needs a supervisor, a reason and a second person.",
    ),
    "later_entries": Title(
        "Có mục nhật ký sau phụ thuộc vào mục này; hủy các mục đó trước.", "Later entries need this entry."
    ),
    "limit_invalid": Title("Thời hạn giải quyết không hợp lệ.", "The time limit is invalid."),
    "limit_out_of_bounds": Title(
        "Thời hạn nằm ngoài giới hạn của danh mục.", "The time limit is outside the bounds of the catalogue."
    ),
    "limits_missing": Title(
        "Cần thời hạn cho ít nhất một hình thức tiếp nhận.", "At least one channel needs a time limit."
    ),
    "line_too_long": Title("Dòng dữ liệu quá dài.", "The line is too long."),
    "line_unreadable": Title("Không đọc được dòng dữ liệu.", "The line cannot be read."),
    "logout_token_invalid": Title("Thông báo đăng xuất không hợp lệ.", "The logout token is invalid."),
    "mail_not_possible": Title("Chưa gửi được thư điện tử.", "Mail is not possible."),
    "mapping_invalid": Title(
        "Tùy chọn hoặc tệp ánh xạ không hợp lệ.", "An option or the mapping of the import is invalid."
    ),
    "margin_too_high": Title("Khoảng cách số thứ tự quá lớn.", "The margin is too high."),
    "message_not_dead": Title(
        "Thông báo này không ở trạng thái gửi không thành công.", "The message is not marked as dead."
    ),
    "method_not_allowed": Title("Địa chỉ này không nhận phương thức đó.", "The address does not accept this method."),
    "more_than_due": Title("Số tiền nộp lớn hơn số tiền còn phải nộp.", "This is more than what is due."),
    "more_than_paid": Title("Số tiền hoàn trả lớn hơn số tiền đã thu.", "This is more than what was paid."),
    "name_invalid": Title("Họ và tên không hợp lệ.", "The name is invalid."),
    "no_deadline_yet": Title("Hồ sơ chưa có ngày hẹn trả kết quả.", "The dossier has no due date yet."),
    "no_role_today": Title("Hôm nay ông/bà không có vai trò nào.", "You have no role today."),
    "no_room": Title("Máy chủ hết dung lượng lưu trữ, vui lòng thử lại sau.", "The disk of the server is full."),
    "no_seal_key": Title("Hệ thống này chưa có khóa ký dấu niêm phong.", "This register has no key for its seals."),
    "no_such_path": Title("Không có địa chỉ này.", "There is nothing at this address."),
    "no_such_slip": Title("Hồ sơ chưa có phiếu này.", "The dossier has no such slip."),
    "not_a_successor": Title("Đơn vị này không có trong danh sách kế thừa.", "The unit is none of the successors."),
    "not_acceptable": Title("Không có định dạng được yêu cầu.", "The requested format is not available."),
    "not_correctable": Title("Mục nhật ký này không sửa được.", "This entry cannot be corrected."),
    "not_importable": Title("Không nhập được sự kiện này.", "The event cannot be imported."),
    "not_late": Title("Hồ sơ không quá hạn nên không có nguyên nhân chậm.", "The result is not late."),
    "not_possible": Title(
        "Không thực hiện được ở trạng thái này của hồ sơ.", "This is not possible in the present state of the dossier."
    ),
    "not_returned": Title("Hồ sơ chưa được trả kết quả.", "The result is not returned yet."),
    "not_storable": Title("Không lưu được dữ liệu này.", "The data cannot be stored."),
    "not_taken_yet": Title("Hồ sơ chuyển đến chưa được tiếp nhận.", "The forwarded dossier is not taken yet."),
    "not_voidable": Title("Mục nhật ký này không hủy được theo cách này.", "This entry cannot be voided."),
    "nothing_changes": Title("Không có gì thay đổi.", "Nothing would change."),
    "nothing_to_simulate": Title("Không có gì để mô phỏng.", "There is nothing to simulate."),
    "offset_missing": Title("Thời điểm thiếu múi giờ.", "The instant has no offset."),
    "outage_invalid": Title("Thời gian sự cố không hợp lệ.", "The outage is invalid."),
    "own_correction": Title("Người yêu cầu đính chính không được tự duyệt.", "You cannot approve your own correction."),
    "parameter_twice": Title("Tham số được nêu hai lần.", "A parameter is given twice."),
    "parent_invalid": Title("Đơn vị cấp trên không phù hợp.", "The parent unit is not suitable."),
    "password_guessable": Title("Mật khẩu dễ đoán.", "The password is easy to guess."),
    "password_too_long": Title("Mật khẩu quá dài.", "The password is too long."),
    "password_too_short": Title("Mật khẩu phải có ít nhất 12 ký tự.", "The password needs at least 12 characters."),
    "period_in_future": Title("Kỳ thống kê nằm trong tương lai.", "The period is in the future."),
    "period_invalid": Title("Khoảng thời gian không hợp lệ.", "The period is invalid."),
    "period_too_long": Title("Khoảng thời gian quá dài.", "The period is too long."),
    "period_twice": Title("Kỳ thống kê được nêu hai lần.", "The period is given twice."),
    "period_unknown": Title("Không có kỳ thống kê này.", "There is no such period."),
    "person_ended": Title("Tài khoản đã đóng.", "The account is closed."),
    "person_is_yourself": Title(
        "Không tự thay đổi tài khoản hoặc quyền của chính mình.", "Nobody changes the own account or the own rights."
    ),
    "person_not_active": Title("Tài khoản đang bị tạm khóa hoặc đã đóng.", "The account is suspended or closed."),
    "person_of_others": Title("Người dùng ngoài phạm vi quản lý.", "The person belongs to other units."),
    "person_suspended": Title("Tài khoản đang bị tạm khóa.", "The account is suspended."),
    "persons_only": Title("Chỉ dành cho người dùng đã đăng nhập.", "This is about a person who signed in."),
    "procedure_exists": Title("Thủ tục đã tồn tại.", "The procedure already exists."),
    "procedure_not_in_force": Title(
        "Thủ tục không có hiệu lực vào ngày này.", "The procedure is not in force on this date."
    ),
    "promise_in_past": Title(
        "Ngày hẹn lại không được trước ngày ghi nhận hẹn lại.",
        "The promised date must not be before the day of the promise.",
    ),
    "promise_not_later": Title(
        "Ngày hẹn lại phải sau ngày hẹn trả kết quả.", "The promised date must be after the due date."
    ),
    "promise_on_day_off": Title("Ngày hẹn lại phải là ngày làm việc.", "The promised date must be a working day."),
    "province_of_two_regions": Title(
        "Hai hệ thống cùng có mã định danh của một tỉnh.", "Two regions have agency identifiers of one province."
    ),
    "purged": Title(
        "Dữ liệu cá nhân của hồ sơ đã được xóa theo thời hạn lưu trữ.",
        "The personal data of the dossier was deleted after its retention period.",
    ),
    "rated_already": Title("Hồ sơ này đã được đánh giá.", "The dossier is already rated."),
    "rating_key_mistyped": Title("Mã trên giấy tiếp nhận không đúng dạng.", "The key of the slip is mistyped."),
    "rating_key_wrong": Title(
        "Mã trên giấy tiếp nhận không phải của hồ sơ này.", "The key of the slip belongs to another dossier."
    ),
    "ratings_not_public": Title(
        "Số liệu đánh giá công khai chỉ có theo đơn vị hoặc tháng, trong kỳ đã kết thúc.",
        "Public figures of ratings are by unit or month, of a period that ended.",
    ),
    "receiving_unit_needed": Title("Cần nêu đơn vị tiếp nhận.", "The receiving unit is required."),
    "records_after": Title(
        "Cơ sở dữ liệu có bản ghi sau thời điểm khôi phục.", "The register has records after the restored moment."
    ),
    "reference_unreadable": Title(
        "Một phần dữ liệu danh mục không đọc được.", "A part of the reference data cannot be read."
    ),
    "reform_running": Title(
        "Hồ sơ đang được chuyển theo thay đổi trước đó; đề nghị thực hiện lại sau ít phút.",
        "Dossiers still follow an earlier change.",
    ),
    "regime_unknown": Title("Không có bộ quy định này.", "There is no such set of rules."),
    "register_restored": Title(
        "Dữ liệu vừa được khôi phục từ bản sao lưu và chưa được cho phép tiếp tục.",
        "The register was restored from a backup and is not resumed yet.",
    ),
    "rejects_is_input": Title("Tệp dòng bị loại trùng với tệp đầu vào.", "The file for rejects is the input file."),
    "reminder_over": Title("Việc được nhắc đã xong.", "The matter of the reminder is done."),
    "replaying_already": Title("Đang gửi lại các sự kiện cho địa chỉ này.", "The events are already being sent again."),
    "reset_needed": Title(
        "Người dùng đã đăng nhập được: cần cấp lại mật khẩu.", "The person can sign in already: reset the password."
    ),
    "resumed_already": Title("Cơ sở dữ liệu đã được đưa trở lại hoạt động.", "The register was resumed already."),
    "role_ended": Title("Vai trò đã bị thu hồi.", "The role was taken back."),
    "role_may_not": Title("Vai trò này không được thực hiện.", "This role may not do this."),
    "role_not_today": Title("Vai trò đã chọn hôm nay không có hiệu lực.", "The chosen role is not valid today."),
    "role_unknown": Title("Không có vai trò này.", "There is no such role."),
    "role_waits_for_nobody": Title(
        "Vai trò này không chờ đơn vị kế thừa xác nhận.", "The role waits for no successor."
    ),
    "route_invalid": Title("Quy trình luân chuyển không hợp lệ.", "The route is invalid."),
    "rule_twice": Title("Quy định này bị lặp lại.", "The rule is given twice."),
    "schema_ahead": Title(
        "Cơ sở dữ liệu đã được nâng cấp cho phiên bản mới hơn.", "The database belongs to a newer version."
    ),
    "schema_behind": Title("Cơ sở dữ liệu chưa được nâng cấp.", "The database is not migrated to this version."),
    "score_table_invalid": Title("Bảng điểm không hợp lệ.", "The score table is invalid."),
    "seal_broken": Title("Dữ liệu mã hóa đã bị hỏng.", "Encrypted data could not be decrypted."),
    "seal_sizes": Title("Kích thước cây niêm phong không hợp lệ.", "The sizes of the trees do not fit."),
    "seals_differ": Title("Dấu niêm phong không khớp với bản đã lưu.", "A seal differs from its kept copy."),
    "seals_incomplete": Title("Thiếu dấu niêm phong.", "A seal is missing."),
    "seals_unreadable": Title("Không đọc được tệp niêm phong.", "The file of seals cannot be read."),
    "second_factor_required": Title("Tài khoản này phải dùng mã xác thực.", "This account needs a second factor."),
    "session_ended": Title(
        "Phiên đăng nhập đã kết thúc. Vui lòng đăng nhập lại.", "The session has ended. Sign in again."
    ),
    "sessions_invalid": Title("Giờ làm việc không hợp lệ.", "The working hours are invalid."),
    "sign_in_answer_invalid": Title(
        "Phản hồi của hệ thống đăng nhập tập trung không hợp lệ.", "The answer of the single sign-on is invalid."
    ),
    "sign_in_busy": Title("Đang có quá nhiều người đăng nhập.", "Too many people sign in at this moment."),
    "sign_in_no_person": Title(
        "Chưa có người dùng nào ứng với tài khoản này.", "No person is entered for this account."
    ),
    "sign_in_not_begun": Title(
        "Lần đăng nhập này không bắt đầu từ trình duyệt này hoặc đã hết hạn.",
        "The sign-in was not begun in this browser, or it has ended.",
    ),
    "sign_in_refused": Title(
        "Hệ thống đăng nhập tập trung không chấp nhận lần đăng nhập này.", "The single sign-on refused the sign-in."
    ),
    "sign_on_role": Title(
        "Đăng nhập một lần không cho vai trò nào (hoặc cho nhiều vai trò) trong hệ thống này.",
        "The single sign-on gives no role here, or several.",
    ),
    "sign_on_unavailable": Title(
        "Chưa kiểm tra được đăng nhập một lần. Vui lòng thử lại sau.",
        "The single sign-on cannot be checked at the moment. Try again later.",
    ),
    "sign_on_unit": Title(
        "Đăng nhập một lần không xác định được đơn vị.", "The single sign-on does not identify one unit."
    ),
    "slip_proof_needed": Title(
        "Cần mã trên giấy tiếp nhận, hoặc các số cuối của người nộp.",
        "The key of the slip is needed, or the last digits of a number.",
    ),
    "slip_template": Title("Mẫu phiếu in bị lỗi.", "The template of the slip has an error."),
    "stopping": Title("Tiến trình này đang dừng.", "This process is stopping."),
    "subject_taken": Title(
        "Mã định danh đăng nhập tập trung đã gắn với người khác.", "Another person has this identity at the provider."
    ),
    "succession_in_future": Title("Ngày kế thừa nằm trong tương lai.", "The date of the succession is in the future."),
    "succession_of_itself": Title("Đơn vị không thể kế thừa chính nó.", "A unit cannot succeed itself."),
    "succession_too_early": Title(
        "Ngày kế thừa trước khi đơn vị được thành lập.", "The date of the succession is before the unit existed."
    ),
    "supplement_ceiling": Title(
        "Đã yêu cầu bổ sung hồ sơ đủ hai lần.", "Papers were already requested twice, the most that the law allows."
    ),
    "supplement_requests_used_up": Title(
        "Đã hết số lần yêu cầu bổ sung hồ sơ.", "No further request for papers is possible."
    ),
    "suspended": Title("Hồ sơ đang tạm dừng tính thời hạn.", "The time limit of the dossier is suspended."),
    "suspension_invalid": Title("Khoảng tạm dừng không hợp lệ.", "The suspension is invalid."),
    "time_invalid": Title("Thời điểm không hợp lệ.", "The time is invalid."),
    "token_algorithm": Title(
        "Thuật toán ký mã truy cập không được chấp nhận.", "The signature algorithm of the token is not accepted."
    ),
    "token_audience": Title("Mã truy cập không dành cho hệ thống này.", "The token is for another service."),
    "token_expired": Title("Mã truy cập đã hết hạn.", "The token has expired."),
    "token_issuer": Title("Mã truy cập do nơi khác cấp.", "The token is from another issuer."),
    "token_key_unknown": Title("Khóa ký mã truy cập không xác định.", "The signing key of the token is unknown."),
    "token_malformed": Title("Mã truy cập không đúng dạng.", "The token is malformed."),
    "token_missing": Title("Cần mã truy cập.", "A token is required."),
    "token_not_confirmed": Title(
        "Đơn vị kế thừa chưa xác nhận mã truy cập này.", "The successor of the unit has not confirmed the token."
    ),
    "token_not_in_force": Title("Mã truy cập không còn hiệu lực.", "The token is no longer valid."),
    "token_not_yet": Title("Mã truy cập chưa có hiệu lực.", "The token is not valid yet."),
    "token_of_others": Title("Mã truy cập ngoài phạm vi quản lý.", "The token belongs to other units."),
    "token_replaced": Title("Mã truy cập đã được thay bằng mã khác.", "The token was replaced by another."),
    "token_revoked": Title("Mã truy cập đã bị thu hồi.", "The token was revoked."),
    "token_signature": Title("Chữ ký của mã truy cập không đúng.", "The signature of the token is wrong."),
    "token_too_long": Title("Mã truy cập có thời hạn quá dài.", "The lifetime of the token is too long."),
    "token_unknown": Title("Mã truy cập không tồn tại.", "The token is unknown."),
    "token_waits_for_nobody": Title(
        "Mã truy cập này không chờ đơn vị kế thừa xác nhận.", "The token waits for no successor."
    ),
    "tokens_unreadable": Title("Danh sách mã truy cập không đọc được.", "The list of tokens cannot be read."),
    "too_far_back": Title(
        "Cập nhật sự kiện đã quá lâu cần lãnh đạo thực hiện và nêu lý do.",
        "Recording an event this old needs a supervisor and a reason.",
    ),
    "too_many_requests": Title("Quá nhiều yêu cầu, vui lòng thử lại sau.", "Too many requests. Try again later."),
    "too_slow": Title("Yêu cầu gửi đến quá chậm.", "The request arrived too slowly."),
    "took_too_long": Title("Yêu cầu xử lý quá lâu nên đã bị dừng.", "The request took too long and was stopped."),
    "unavailable": Title("Dịch vụ tạm thời không sẵn sàng.", "The service is temporarily unavailable."),
    "unit_has_dossiers": Title("Đơn vị còn hồ sơ chưa kết thúc.", "The unit has open dossiers."),
    "unit_has_ended": Title("Đơn vị đã chấm dứt hoạt động.", "The unit no longer exists."),
    "unit_not_valid": Title("Đơn vị không có hiệu lực vào ngày này.", "The unit does not exist on this date."),
    "unit_of_others": Title("Đơn vị ngoài phạm vi của mã truy cập.", "The unit is outside the scope of the token."),
    "unit_succeeded": Title("Đơn vị đã có đơn vị kế thừa.", "The unit already has a successor."),
    "unknown_account": Title("Không tìm thấy người dùng.", "There is no such person."),
    "unknown_calendar": Title("Không có lịch làm việc này.", "There is no such calendar."),
    "unknown_catalogue": Title("Không có danh mục này.", "There is no such catalogue."),
    "unknown_condition": Title("Thủ tục không có điều kiện này.", "The procedure has no such condition."),
    "unknown_contact": Title("Không có địa chỉ nhận nhắc việc này.", "There is no such contact."),
    "unknown_deputy": Title("Không tìm thấy ủy quyền này.", "There is no such deputy."),
    "unknown_dossier": Title("Không tìm thấy hồ sơ.", "There is no such dossier."),
    "unknown_entry": Title("Không có mục nhật ký này.", "There is no such journal entry."),
    "unknown_field": Title("Không có lĩnh vực này.", "There is no such field."),
    "unknown_figure": Title("Không có chỉ tiêu này.", "There is no such figure."),
    "unknown_message": Title("Không có thông báo này.", "There is no such message."),
    "unknown_parameter": Title("Không có tham số này.", "There is no such parameter."),
    "unknown_person": Title("Không có hồ sơ nào ghi người này.", "No dossier names this person."),
    "unknown_procedure": Title("Không có thủ tục này.", "There is no such procedure."),
    "unknown_reminder": Title("Không có nhắc việc này.", "There is no such reminder."),
    "unknown_role": Title("Không tìm thấy vai trò này.", "There is no such role."),
    "unknown_row": Title("Không có dòng này trong bảng số liệu.", "The figures have no such row."),
    "unknown_score_table": Title("Không có bảng điểm này.", "There is no such score table."),
    "unknown_seal": Title("Không có dấu niêm phong này.", "There is no such seal."),
    "unknown_session": Title("Không tìm thấy phiên đăng nhập này.", "There is no such session."),
    "unknown_token": Title("Không có mã truy cập này.", "There is no such token."),
    "unknown_unit": Title("Không có đơn vị này.", "There is no such unit."),
    "unknown_version": Title("Thủ tục không có phiên bản này.", "The procedure has no such version."),
    "unknown_webhook": Title("Không có đăng ký nhận sự kiện này.", "There is no such webhook."),
    "unparsable": Title("Không đọc được nội dung yêu cầu.", "The request cannot be read."),
    "unsupported_media_type": Title("Không nhận định dạng dữ liệu này.", "The media type is not supported."),
    "until_invalid": Title("Thời điểm nhắc lại không hợp lệ.", "The time of the next reminder is invalid."),
    "validity_invalid": Title("Khoảng ngày hiệu lực không hợp lệ.", "The days of validity are invalid."),
    "version_changed": Title("Dữ liệu đã được người khác thay đổi.", "The data was changed by another user."),
    "versions_overlap": Title(
        "Hiệu lực của các phiên bản thủ tục chồng lên nhau.", "The periods of the procedure's versions overlap."
    ),
    "void_needs_supervisor": Title(
        "Việc hủy mục nhập nhầm này cần lãnh đạo đề nghị và một lãnh đạo khác duyệt.",
        "Voiding this entry needs a supervisor, and the approval of another one.",
    ),
    "webhook_url_invalid": Title("Địa chỉ nhận sự kiện không hợp lệ.", "The address of the webhook is not allowed."),
    "workbook_refused": Title("Tệp dữ liệu có ô sai; không có gì thay đổi.", "The workbook has wrong cells."),
}


def title(code: str, language: str) -> str:
    """The title of a code in "vi" or "en"; the code itself if it has none."""
    texts = TITLES.get(code)
    if texts is None:
        return code
    return texts.en if language == "en" else texts.vi


@lru_cache(maxsize=256)
def language_of(accepted: str | None) -> str:
    """ "en" if the Accept-Language header prefers English to Vietnamese, otherwise "vi" (contract, Languages)."""
    best = {"en": 0.0, "vi": 0.0}
    for part in (accepted or "").split(","):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        primary = tag.partition("-")[0]
        if primary in best:
            best[primary] = max(best[primary], _quality(parameters))
    return "en" if best["en"] > best["vi"] else "vi"


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
