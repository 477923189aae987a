"""The sheets of the workbook of reference data, as offices read them. Export, import, XLSX and CSV share them."""

from collections.abc import Mapping

from app.loading.reference.columns import TAKEN, Column, Kind, SheetForm

KINDS = {"tỉnh": "province", "huyện": "district", "xã": "commune", "cơ quan": "office"}
LEVELS = {"trung ương": "central", "tỉnh": "province", "huyện": "district", "xã": "commune"}
CLOCKS = {"không tính": "exclude", "tính lại từ đầu": "restart", "vẫn tính": "run"}
CALENDARS = {"chính thức": "official", "tạm tính": "provisional"}
DAYS = {"nghỉ": "off", "làm bù": "worked"}
STATES = {"đang dùng": "active", "tạm khóa": "suspended", "đã đóng": "ended"}
ROLES = {
    "tiếp nhận": "clerk",
    "xử lý": "officer",
    "phụ trách": "supervisor",
    "báo cáo": "reporter",
    "quản trị": "administrator",
}
RULES = {
    "giờ chốt": "cut_off",
    "điều kiện": "condition",
    "vùng": "area",
    "địa phương": "local",
    "hạn bổ sung": "supplement_within",
    "sự cố": "outage",
}
PAPERS = {
    "bản chính": "original",
    "bản sao": "copy",
    "bản sao chứng thực": "certified_copy",
    "bản điện tử": "electronic",
}

_LIMIT = "Ví dụ: 3 ngày làm việc; 15 ngày; 8 giờ làm việc; 2 tháng; trong ngày. Để trống: không tiếp nhận."
_VERSION = (
    Column("code", "Mã thủ tục", Kind.CODE, "Mã của thủ tục.", needed=True),
    Column("effective_from", "Hiệu lực từ", Kind.DAY, "Ngày đầu của phiên bản.", needed=True),
)

UNITS = SheetForm(
    "Đơn vị",
    "don-vi",
    "Tỉnh, xã và cơ quan chuyên môn. Mỗi mã và ngày hiệu lực là một đơn vị; mã của đơn vị đã kết thúc dùng lại được.",
    (
        Column("code", "Mã đơn vị", Kind.CODE, "Mã chính thức.", needed=True),
        Column("valid_from", "Hiệu lực từ", Kind.DAY, "Ngày đầu đơn vị tồn tại.", needed=True),
        Column("valid_to", "Hiệu lực đến", Kind.DAY, "Ngày cuối; để trống nếu đang hoạt động."),
        Column("kind", "Cấp", Kind.CHOICE, "Cấp của đơn vị.", KINDS, needed=True),
        Column("type", "Loại", about="Loại chính thức, như Xã, Phường, Phòng.", needed=True),
        Column("name", "Tên", about="Tên không kèm loại; của cơ quan là tên đầy đủ.", needed=True),
        Column("agency_identifier", "Mã định danh", Kind.CODE, "Phần đầu của mã hồ sơ.", needed=True),
        Column("parent", "Đơn vị cấp trên", Kind.CODE, "Mã của đơn vị cấp trên; mã@ngày nếu mã được dùng lại."),
        Column("successor", "Đơn vị kế tục", Kind.CODE, "Mã của đơn vị tiếp nhận khi đơn vị này kết thúc."),
        Column("address", "Địa chỉ", about="Nơi tiếp nhận hồ sơ."),
        Column("phone", "Điện thoại", Kind.CODE, "Số điện thoại của nơi tiếp nhận."),
        Column(
            "sessions", "Giờ làm việc", Kind.WEEK, "Ví dụ: T2–T6 07:00–11:30, 13:30–17:00; T7 07:30–11:00 tiếp nhận"
        ),
        Column("traits", "Đặc điểm vùng", Kind.LIST, "Ví dụ: mountain.", fallback=()),
        Column("fields", "Lĩnh vực phụ trách", Kind.LIST, "Lĩnh vực mà cơ quan giải quyết trong xã.", fallback=()),
    ),
    key=("code", "valid_from"),
)
CATALOGUES = SheetForm(
    "Danh mục",
    "danh-muc",
    "Tập hợp thủ tục, có thể giới hạn số ngày của thời hạn.",
    (
        Column("name", "Tên danh mục", needed=True, about="Tên của danh mục."),
        Column("decision", "Quyết định", about="Văn bản ban hành."),
        Column("min_days", "Ít nhất (ngày)", Kind.NUMBER, "Thời hạn ngắn nhất; để trống nếu không giới hạn."),
        Column("max_days", "Nhiều nhất (ngày)", Kind.NUMBER, "Thời hạn dài nhất; để trống nếu không giới hạn."),
    ),
    key=("name",),
)
PROCEDURES = SheetForm(
    "Thủ tục",
    "thu-tuc",
    "Thủ tục hành chính. Sửa tên, lĩnh vực, ghi chú không cần phiên bản mới.",
    (
        Column("code", "Mã thủ tục", Kind.CODE, "Mã quốc gia; định dạng ô là Văn bản.", needed=True),
        Column("name", "Tên thủ tục", about="Tên chính thức.", needed=True),
        Column("field", "Lĩnh vực", about="Lĩnh vực của thủ tục.", needed=True),
        Column("level", "Cấp giải quyết", Kind.CHOICE, "Cấp quyết định.", LEVELS, needed=True),
        Column("catalogue", "Danh mục", about="Tên danh mục của thủ tục.", needed=True),
        Column("note", "Ghi chú", Kind.PARAGRAPH, "Cho quản trị viên."),
        Column(TAKEN, "Chọn", about="Nếu có cột này, chỉ các dòng ghi x được nhập.", optional=True),
    ),
    key=("code",),
)
VERSIONS = SheetForm(
    "Phiên bản",
    "phien-ban",
    "Quy định của thủ tục từ một ngày. Thay đổi thời hạn, lệ phí, các bước là phiên bản mới: thêm dòng.",
    (
        *_VERSION,
        Column("effective_to", "Hiệu lực đến", Kind.DAY, "Ngày cuối; để trống nếu còn hiệu lực."),
        Column("counter", "Trực tiếp", Kind.LIMIT, _LIMIT),
        Column("online", "Trực tuyến", Kind.LIMIT, _LIMIT),
        Column("postal", "Bưu chính", Kind.LIMIT, _LIMIT),
        Column("clock_policy", "Khi tạm dừng", Kind.CHOICE, "Thời gian tạm dừng.", CLOCKS, fallback="exclude"),
        Column("responsible_unit", "Đơn vị giải quyết", Kind.CODE, "Mã đơn vị; để trống: nơi tiếp nhận."),
        Column("fee", "Lệ phí (đồng)", Kind.NUMBER, "Để trống nếu chưa rõ."),
        Column("max_supplement_requests", "Số lần yêu cầu bổ sung", Kind.NUMBER, "Để trống: 1.", fallback=1),
        Column("max_extension", "Gia hạn tối đa (ngày)", Kind.NUMBER, "Để trống: 0.", fallback=0),
        Column("legal_basis", "Căn cứ pháp lý", Kind.PARAGRAPH, "Văn bản quy định; sửa không cần phiên bản mới."),
    ),
    key=("code", "effective_from"),
)
DOCUMENTS = SheetForm(
    "Thành phần hồ sơ",
    "thanh-phan",
    "Giấy tờ phải nộp, theo thứ tự; sửa không cần phiên bản mới.",
    (
        *_VERSION,
        Column("name", "Giấy tờ", about="Tên giấy tờ.", needed=True),
        Column("form", "Hình thức", Kind.CHOICE, "Để trống nếu không quy định.", PAPERS, open=True),
        Column("copies", "Số bản", Kind.NUMBER, "Để trống nếu không quy định."),
        Column("when", "Khi nào", about="Trường hợp phải nộp, như Khi người khác nộp thay; để trống: luôn phải nộp."),
    ),
    group=("code", "effective_from"),
)
# What a paper has, without the version that it belongs to.
PAPER = tuple(column.key for column in DOCUMENTS.columns if column.key not in DOCUMENTS.group)
RESULTS = SheetForm(
    "Kết quả",
    "ket-qua",
    "Kết quả của thủ tục, theo thứ tự; sửa không cần phiên bản mới.",
    (
        *_VERSION,
        Column("id", "Mã kết quả", Kind.CODE, "Để trống nếu không có."),
        Column("name", "Tên kết quả", about="Tên kết quả.", needed=True),
    ),
    group=("code", "effective_from"),
)
STEPS = SheetForm(
    "Các bước",
    "cac-buoc",
    "Các bước giải quyết, theo thứ tự.",
    (
        *_VERSION,
        Column("unit", "Nơi thực hiện", Kind.CODE, "nơi tiếp nhận, nơi giải quyết, hoặc mã đơn vị.", needed=True),
        Column("name", "Tên bước", about="Nội dung của bước.", needed=True),
        Column("limit", "Thời hạn", Kind.LIMIT, "Phần của thời hạn, như 0,5 ngày làm việc."),
    ),
    group=("code", "effective_from"),
)
SPECIAL = SheetForm(
    "Quy định riêng",
    "quy-dinh-rieng",
    "Quy định riêng của từng ngành cho một phiên bản; mỗi loại dùng các ô của mình.",
    (
        *_VERSION,
        Column("rule", "Loại", Kind.CHOICE, "Loại quy định.", RULES, needed=True),
        Column("id", "Mã", Kind.CODE, "Mã điều kiện, đặc điểm vùng, hoặc mã tỉnh."),
        Column("name", "Tên", about="Tên của điều kiện."),
        Column("limit", "Thời hạn", Kind.LIMIT, "Thời hạn thay thế, hoặc hạn bổ sung."),
        Column("counter", "Trực tiếp", Kind.LIMIT, "Thời hạn của địa phương."),
        Column("online", "Trực tuyến", Kind.LIMIT, "Thời hạn của địa phương."),
        Column("postal", "Bưu chính", Kind.LIMIT, "Thời hạn của địa phương."),
        Column("days", "Số ngày thêm", Kind.NUMBER, "Số ngày cộng vào thời hạn."),
        Column("time", "Giờ chốt", Kind.CODE, "Giờ như 15:00, hoặc số phút trước khi đóng cửa."),
        Column("basis", "Căn cứ", Kind.PARAGRAPH, "Văn bản quy định."),
    ),
    group=("code", "effective_from"),
)
YEARS = SheetForm(
    "Lịch",
    "lich",
    "Lịch làm việc của từng năm; công bố lịch làm thay đổi ngày hẹn trả của hồ sơ đang giải quyết.",
    (
        Column("year", "Năm", Kind.NUMBER, "Năm dương lịch.", needed=True),
        Column("status", "Tình trạng", Kind.CHOICE, "Tình trạng của lịch.", CALENDARS, needed=True),
        Column("decision", "Quyết định", about="Văn bản công bố."),
        Column("source", "Nguồn", about="Nguồn của lịch tạm tính; không nhập."),
    ),
    key=("year",),
)
SPECIAL_DAYS = SheetForm(
    "Ngày nghỉ, làm bù",
    "ngay",
    "Ngày nghỉ từ thứ Hai đến thứ Sáu, và ngày làm bù thứ Bảy, Chủ nhật, của các năm trong sheet Lịch.",
    (
        Column("day", "Ngày", Kind.DAY, "Ngày.", needed=True),
        Column("kind", "Loại", Kind.CHOICE, "Nghỉ hoặc làm bù.", DAYS, needed=True),
        Column("name", "Tên", about="Tên ngày lễ hoặc ngày được làm bù."),
    ),
    key=("day",),
)
PEOPLE = SheetForm(
    "Người dùng",
    "nguoi-dung",
    "Người đăng nhập. Không có mật khẩu ở đây: gửi liên kết mời sau khi nhập.",
    (
        Column("account", "Tên tài khoản", Kind.CODE, "Chữ không dấu, số và . _ @ -.", needed=True),
        Column("name", "Họ và tên", about="Họ và tên.", needed=True),
        Column("email", "Thư điện tử", about="Để gửi liên kết mời."),
        Column("issuer_subject", "Mã đăng nhập tập trung", Kind.CODE, "Giá trị sub của hệ thống đăng nhập tập trung."),
        Column("state", "Tình trạng", Kind.CHOICE, "Để trống: đang dùng.", STATES, fallback="active"),
        Column("needs_second_factor", "Bắt buộc mã xác thực", Kind.YES, "có hoặc không.", fallback=False),
    ),
    key=("account",),
)
PERSON_ROLES = SheetForm(
    "Vai trò",
    "vai-tro",
    "Vai trò của người dùng trong một đơn vị và các đơn vị trực thuộc.",
    (
        Column("account", "Tên tài khoản", Kind.CODE, "Tên tài khoản trong sheet Người dùng.", needed=True),
        Column("role", "Vai trò", Kind.CHOICE, "Vai trò.", ROLES, needed=True),
        Column("unit", "Đơn vị", Kind.CODE, "Mã đơn vị; để trống: mọi đơn vị."),
        Column("valid_from", "Từ ngày", Kind.DAY, "Ngày đầu.", needed=True),
        Column("valid_to", "Đến ngày", Kind.DAY, "Ngày cuối; để trống nếu không hạn chế."),
    ),
    key=("account", "role", "unit", "valid_from"),
)

SHEETS = (
    UNITS,
    CATALOGUES,
    PROCEDURES,
    VERSIONS,
    DOCUMENTS,
    RESULTS,
    STEPS,
    SPECIAL,
    YEARS,
    SPECIAL_DAYS,
    PEOPLE,
    PERSON_ROLES,
)
BY_NAME: Mapping[str, SheetForm] = {form.name: form for form in SHEETS}
BY_FILE: Mapping[str, SheetForm] = {form.file: form for form in SHEETS}
# The first sheet: what the others are.
GUIDE = "Hướng dẫn"
