"""Labels of the pages of administration, in Vietnamese and English."""

from collections.abc import Mapping

from app.lookup.texts import Words

KINDS: Mapping[str, Words] = {
    "province": Words("Tỉnh, thành phố", "Province"),
    "district": Words("Huyện (trước 01/7/2025)", "District (before 1 July 2025)"),
    "office": Words("Cơ quan, phòng, trung tâm", "Office"),
    "commune": Words("Xã, phường, đặc khu", "Commune"),
}
LEVELS: Mapping[str, Words] = {
    "central": Words("Trung ương", "Central"),
    "province": Words("Cấp tỉnh", "Province"),
    "district": Words("Cấp huyện", "District"),
    "commune": Words("Cấp xã", "Commune"),
}
LIMIT_UNITS: Mapping[str, Words] = {
    "working_day": Words("ngày làm việc", "working days"),
    "calendar_day": Words("ngày", "calendar days"),
    "month": Words("tháng", "months"),
    "same_day": Words("trong ngày", "the same day"),
    "working_hour": Words("giờ làm việc", "working hours"),
}
CHANNELS: Mapping[str, Words] = {
    "counter": Words("Trực tiếp", "At the counter"),
    "online": Words("Trực tuyến", "Online"),
    "postal": Words("Qua bưu chính", "By post"),
}
POLICIES: Mapping[str, Words] = {
    "exclude": Words("Không tính thời gian tạm dừng", "A suspension does not count"),
    "restart": Words("Tính lại từ đầu sau khi tạm dừng", "The limit begins again after a suspension"),
    "run": Words("Vẫn tính thời gian tạm dừng", "The limit goes on during a suspension"),
}
TOKEN_STATES: Mapping[str, Words] = {
    "active": Words("Đang dùng", "Active"),
    "expired": Words("Hết hạn", "Expired"),
    "revoked": Words("Đã thu hồi", "Revoked"),
}
REVOKE_REASONS: Mapping[str, Words] = {
    "no_longer_needed": Words("Không còn cần", "No longer needed"),
    "lost": Words("Bị mất", "Lost"),
    "exposed": Words("Bị lộ", "Exposed"),
}
YES_NO: Mapping[str, Words] = {"yes": Words("Có", "Yes"), "no": Words("Không", "No")}
