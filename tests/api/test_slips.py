"""The statutory papers as PDF: their content, forms, readers and robustness."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, HOA, act, corrected, received
from tests.support.client import Call, Client
from tests.support.pdf import fonts, outside, pages, sizes, text, unspaced

REGISTER = "/api/v1/slips/register"
SHEET = {"name": "Giấy khai sinh", "form": "certified_copy", "copies": 2}
HEADING = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc"
NAMES = [
    "Nguyễn Thị Thuỳ Dương",
    "Đỗ Hữu Nghĩa",
    "Ưng Hoàng Phúc Ẩn Ỷ Ỹ Ằ Ẵ Ặ Ế Ể Ệ Ố Ổ Ộ Ớ Ở Ợ Ứ Ử Ự đĐ ơƠ ưƯ",
    "Hội đồng quản trị Công ty Trách nhiệm hữu hạn Một thành viên Đầu tư Xây dựng Thương mại và Dịch vụ " * 4,
    "K" * 200,
]
HOSTILE = "#panic() $x^2$ @here \\ *đậm* _nghiêng_ `mã` <nhãn> = đề mục // chú thích /* rồi */ [a] {b} ~ --- \"n\" 'm'"


def slip(client: Client, code: str, kind: str, token: str, **query: Any) -> bytes:
    """The slip, which must exist."""
    answer = asked(client, code, kind, token, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def asked(client: Client, code: str, kind: str, token: str, **query: Any) -> httpx.Response:
    return client.get(f"{DOSSIERS}/{code}/slips/{kind}", params=query, token=token)


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor")


@pytest.fixture
def rich_dossier(app_client: Client, supervisor: str) -> str:
    """A dossier with a hand-off, a supplement request, an apology and a refusal."""
    code: str = received(app_client, supervisor, documents=[SHEET, {"name": "Tờ khai"}], fee=50_000)["code"]
    app_client.now = NOW + timedelta(hours=1)
    act(app_client, supervisor, code, "forward", to_unit="515.03", officer="Trần Văn Minh")
    act(app_client, supervisor, code, "take", officer="Lê Thị Lan")
    act(
        app_client,
        supervisor,
        code,
        "request-supplement",
        reason="Thiếu bản sao",
        documents=[SHEET],
        officer="Lê Thị Lan",
    )
    app_client.now = NOW + timedelta(days=1)
    act(app_client, supervisor, code, "supplement", documents=[{"name": "Giấy nộp sau"}])
    act(app_client, supervisor, code, "reschedule", reason="Hồ sơ phức tạp", promised_date="2021-08-24")
    app_client.now = NOW + timedelta(days=2)
    act(app_client, supervisor, code, "finish", outcome="refused", reason="Không đủ điều kiện", officer="Lê Thị Lan")
    return code


# --- Content ----------------------------------------------------------------------------------------------------------


def test_a_receipt_has_documents_due_date_and_place_of_collection(
    app_client: Client, supervisor: str, rich_dossier: str
) -> None:
    said = text(slip(app_client, rich_dossier, "receipt", supervisor))
    assert HEADING in said
    assert "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ" in said
    assert "ỦY BAN NHÂN DÂN THỊ TRẤN TRÀ MY BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ" in said
    assert "Số: 210816-0001.1/BPTNTKQ Trà My, ngày 16 tháng 8 năm 2021" in said
    assert f"Mã hồ sơ: {rich_dossier}" in said
    assert "Tiếp nhận hồ sơ của: Nguyễn Thị Hoa Địa chỉ: Thôn 2, thị trấn Trà My" in said
    assert "1 Giấy khai sinh Bản sao có chứng thực 2 2 Tờ khai Bản chính 1" in said
    assert "Số lượng giấy tờ: 2 loại, 3 bản." in said
    assert "đã thu: 50.000 đồng" in said
    assert "theo quy định: 03 ngày làm việc" in said
    assert "Thời gian nhận hồ sơ: 08 giờ 30 phút, ngày 16 tháng 8 năm 2021" in said
    # The due date of that day, although it has changed since.
    assert "kết quả giải quyết hồ sơ: 17 giờ 00 phút, ngày 19 tháng 8 năm 2021" in said
    assert "thị trấn Trà My, huyện Bắc Trà My, tỉnh Quảng Nam" in said
    assert "NGƯỜI TIẾP NHẬN HỒ SƠ (Ký và ghi rõ họ tên) Trần Văn Minh" in said
    assert HOA["identity_number"] not in said
    assert "Giấy nộp sau" not in said


def test_a_receipt_has_documents_that_were_changed_by_name_alone(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor)["code"]
    patch = app_client.patch(f"{DOSSIERS}/{code}", {"documents": [{"name": "Đơn xin"}]}, token=supervisor)
    assert patch.json()["documents"] == [{"name": "Đơn xin", "form": "original", "copies": 1}]
    assert "1 Đơn xin Bản chính 1" in text(slip(app_client, code, "receipt", supervisor))


def test_a_supplement_request_has_missing_documents_and_reason(
    app_client: Client, supervisor: str, rich_dossier: str
) -> None:
    said = text(slip(app_client, rich_dossier, "supplement", supervisor))
    assert "Mẫu số 02" in said
    assert "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ" in said
    assert "1 Giấy khai sinh Bản sao có chứng thực 2" in said
    assert "Lý do: Thiếu bản sao" in said


def test_a_refusal_has_its_reason(app_client: Client, supervisor: str, rich_dossier: str) -> None:
    said = text(slip(app_client, rich_dossier, "refusal", supervisor))
    assert "Mẫu số 03" in said
    assert "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ" in said
    assert "lý do cụ thể như sau: Không đủ điều kiện" in said


def test_a_dossier_declined_before_its_receipt_has_a_refusal_and_no_receipt(
    app_client: Client, supervisor: str
) -> None:
    code = received(app_client, supervisor, submit=True)["code"]
    act(app_client, supervisor, code, "decline", reason="Không thuộc thẩm quyền")
    assert "như sau: Không thuộc thẩm quyền" in text(slip(app_client, code, "refusal", supervisor))
    assert asked(app_client, code, "receipt", supervisor).json()["code"] == "no_such_slip"


def test_an_apology_has_the_missed_date_and_the_new_one(app_client: Client, supervisor: str, rich_dossier: str) -> None:
    said = text(slip(app_client, rich_dossier, "apology", supervisor))
    assert "Mẫu số 04" in said
    assert "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ" in said
    assert "Kính gửi: Ông/Bà Nguyễn Thị Hoa" in said
    assert "Thời gian hẹn trả kết quả: 17 giờ 00 phút, ngày 20 tháng 8 năm 2021" in said
    assert "vào ngày 24 tháng 8 năm 2021." in said


@pytest.mark.parametrize(
    ("day", "unit", "shop", "mark"),
    [
        ("2025-06-30", "thị trấn Trà My", "Bộ phận Tiếp nhận và Trả kết quả", "BPTNTKQ"),
        ("2025-07-01", "xã Trà My", "Trung tâm Phục vụ hành chính công", "TTPVHCC"),
    ],
)
def test_communes_have_centres_from_july_2025(
    app_client: Client, supervisor: str, day: str, unit: str, shop: str, mark: str
) -> None:
    app_client.now = datetime.fromisoformat(f"{day}T08:00:00+07:00")
    receiving_unit = {"2025-06-30": "20899", "2025-07-01": "20900"}[day]
    code = received(app_client, supervisor, receiving_unit=receiving_unit, at=f"{day}T08:00:00+07:00")["code"]
    said = text(slip(app_client, code, "receipt", supervisor))
    assert f"ỦY BAN NHÂN DÂN {unit} {shop}".upper() in said
    assert f"Số: {code.partition('-')[2]}.1/{mark}" in said
    assert f"Nơi nhận kết quả: {shop} {unit}" in said
    # The successor of the commune has a centre for older dossiers too.
    app_client.now += timedelta(days=3)
    act(app_client, supervisor, code, "take")
    act(app_client, supervisor, code, "reschedule", reason="Hồ sơ phức tạp", promised_date="2025-07-15")
    act(app_client, supervisor, code, "finish", outcome="granted")
    assert "Trung tâm Phục vụ hành chính công xã Trà My" in text(slip(app_client, code, "apology", supervisor))
    assert "Nhận: Trung tâm Phục vụ hành chính công" in text(slip(app_client, code, "control", supervisor))


def test_a_notice_of_discontinuation_has_no_form_number_before_2025(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor)["code"]
    act(app_client, supervisor, code, "discontinue", reason="Quá hạn bổ sung", legal_basis="Nghị định 61/2018/NĐ-CP")
    said = text(slip(app_client, code, "discontinuation", supervisor))
    assert "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ" in said
    assert "Quá hạn bổ sung Căn cứ: Nghị định 61/2018/NĐ-CP" in said
    assert "Mẫu số" not in said


def test_a_control_slip_has_each_hand_off_with_officers_and_times(
    app_client: Client, supervisor: str, rich_dossier: str
) -> None:
    said = text(slip(app_client, rich_dossier, "control", supervisor))
    assert "Mẫu số 05" in said
    assert "Giao: Thị trấn Trà My (Trần Văn Minh) Nhận: Phòng Tư pháp (Lê Thị Lan)" in said
    assert "Giao: 09 giờ 30 phút, ngày 16 tháng 8 năm 2021 Nhận: 09 giờ 30 phút, ngày 16 tháng 8 năm 2021" in said
    assert "Trước hạn Từ chối giải quyết" in said


def test_a_control_slip_shows_the_late_step_of_a_route(app_client: Client, supervisor: str) -> None:
    dossier = received(app_client, supervisor, procedure="1.012796")
    code = dossier["code"]
    # Its first step has two days. It is passed on after three, and taken immediately.
    app_client.now = NOW + timedelta(days=3)
    act(app_client, supervisor, code, "forward", to_unit="515.05", officer="Trần Văn Minh")
    said = text(slip(app_client, code, "control", supervisor))
    assert "Giao: Người nộp hồ sơ Nhận: Thị trấn Trà My (Trần Văn Minh)" in said
    assert "Tiếp nhận, kiểm tra hồ sơ tại xã" in said
    assert said.count("Quá hạn") == 1
    assert "Nhận: chưa nhận" in said
    act(app_client, supervisor, code, "take", officer="Lê Thị Lan")
    assert "(Lê Thị Lan)" in text(slip(app_client, code, "control", supervisor))


def test_of_several_events_the_last_or_the_requested_one_is_printed(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor)["code"]
    for reason in ("Lần một", "Lần hai"):
        act(app_client, supervisor, code, "request-supplement", reason=reason, legal_basis="Điều 19")
        act(app_client, supervisor, code, "supplement")
    assert "Lý do: Lần hai" in text(slip(app_client, code, "supplement", supervisor))
    assert "Lý do: Lần một" in text(slip(app_client, code, "supplement", supervisor, sequence=2))
    assert asked(app_client, code, "supplement", supervisor, sequence=3).status_code == 409


def test_a_correction_replaces_the_wrong_text_on_a_slip(app_client: Client, supervisor: str, rich_dossier: str) -> None:
    changes = {"reason": "Thiếu trích lục khai sinh"}
    corrected(app_client, supervisor, rich_dossier, sequence=4, changes=changes)
    said = text(slip(app_client, rich_dossier, "supplement", supervisor))
    assert "Lý do: Thiếu trích lục khai sinh" in said


def test_a_missing_slip_names_the_available_ones(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor)["code"]
    answer = asked(app_client, code, "apology", supervisor)
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_such_slip"
    assert answer.json()["slips"] == [{"kind": "receipt", "sequence": 1}, {"kind": "control", "sequence": 1}]


def test_a_register_lists_what_its_counter_received(app_client: Client, supervisor: str, rich_dossier: str) -> None:
    received(app_client, supervisor, receiving_unit="20902", at=None)
    clerk = app_client.token("clerk", "20899")
    answer = app_client.get(f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31", token=clerk)
    assert answer.status_code == 200, answer.text
    assert sizes(answer.content) == {(297, 210)}
    said = text(answer.content)
    assert "Mẫu số 06" in said
    assert "SỔ THEO DÕI HỒ SƠ" in said
    assert "số hồ sơ tiếp nhận: 1)" in said
    row = "Nguyễn Thị Hoa Thôn 2, thị trấn Trà My; 0905123456 Thị trấn Trà My 08:30 16/08/2021"
    assert unspaced(f"{row} 20/08/2021 16/08/2021 18/08/2021") in unspaced(said)
    assert "register_20899_2021-08-01_2021-08-31.pdf" in answer.headers["content-disposition"]


# --- Forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "unit", "receipt", "apology"),
    [
        ("2018-03-05", "20899", None, "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ"),
        ("2019-01-07", "20899", "Thông tư số 01/2018/TT-VPCP", "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ"),
        ("2025-09-12", "20900", "Thông tư số 01/2018/TT-VPCP", "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ"),
        (
            "2025-09-15",
            "20900",
            "Thông tư số 03/2025/TT-VPCP",
            "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT",
        ),
    ],
)
def test_the_form_is_that_of_the_circular_in_force_on_the_receipt_date(
    app_client: Client, supervisor: str, day: str, unit: str, receipt: str | None, apology: str
) -> None:
    app_client.now = datetime.fromisoformat(f"{day}T09:00:00+07:00").astimezone(UTC)
    code = received(app_client, supervisor, receiving_unit=unit, at=None)["code"]
    # A later slip keeps the form of the receipt date.
    app_client.now += timedelta(days=3)
    promised = (app_client.now + timedelta(days=11)).date()
    while promised.weekday() > 4:
        promised += timedelta(days=1)
    act(app_client, supervisor, code, "reschedule", reason="Hồ sơ phức tạp", promised_date=f"{promised}")
    said = text(slip(app_client, code, "receipt", supervisor))
    assert (f"Mẫu số 01 (Ban hành kèm theo {receipt})" in said) is (receipt is not None)
    assert ("Mẫu số" in said) is (receipt is not None)
    said = text(slip(app_client, code, "apology", supervisor))
    assert apology in said
    assert ("Mẫu số 04" in said) is (receipt is not None)


# --- PDF --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["a4", "a5"])
@pytest.mark.parametrize("kind", ["receipt", "supplement", "refusal", "apology", "redate", "control"])
def test_each_slip_fits_its_paper_and_embeds_its_fonts(
    app_client: Client, supervisor: str, rich_dossier: str, kind: str, paper: str
) -> None:
    pdf = slip(app_client, rich_dossier, kind, supervisor, paper=paper)
    assert sizes(pdf) == {(210, 297) if paper == "a4" else (148, 210)}
    assert len(pages(pdf)) == 1
    assert outside(pdf) == []
    embedded = [is_embedded for _name, is_embedded in fonts(pdf)]
    assert embedded
    assert all(embedded)


@pytest.mark.parametrize("paper", ["a4", "a5"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_can_be_copied_as_typed_and_stays_on_the_paper(
    app_client: Client, supervisor: str, name: str, paper: str
) -> None:
    code = received(app_client, supervisor, applicant={"name": name}, documents=[{"name": name}])["code"]
    pdf = slip(app_client, code, "receipt", supervisor, paper=paper)
    written = unspaced(unicodedata.normalize("NFC", name))
    assert unspaced(text(pdf)).count(written) == 2
    assert outside(pdf) == []


@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_forty_documents_fill_pages_with_heads_and_numbers(app_client: Client, supervisor: str, paper: str) -> None:
    papers = [{"name": f"Giấy tờ {n}: bản vẽ thiết kế, {'thuyết minh, ' * 9}dự toán"} for n in range(1, 41)]
    dossier = received(app_client, supervisor, documents=papers)
    pdf = slip(app_client, dossier["code"], "receipt", supervisor, paper=paper)
    texts = pages(pdf)
    assert len(texts) > 2
    for number, page in enumerate(texts, start=1):
        assert f"Trang {number}/{len(texts)}" in page
        assert ("Giấy tờ" in page) is ("STT Tên giấy tờ" in page)
    assert all(f"Giấy tiếp nhận hồ sơ và hẹn trả kết quả {dossier['code']}" in page for page in texts[1:])
    assert all(f"Giấy tờ {n}:" in " ".join(texts) for n in range(1, 41))
    assert outside(pdf) == []


def test_typed_text_is_never_executed_as_markup(app_client: Client, supervisor: str) -> None:
    written = f'{HOSTILE}\n#read("/etc/passwd")'
    code = received(
        app_client,
        supervisor,
        applicant={**HOA, "name": HOSTILE},
        summary=written,
        documents=[{"name": HOSTILE}],
        officer=HOSTILE,
    )["code"]
    said = text(slip(app_client, code, "receipt", supervisor))
    assert said.count(HOSTILE) == 4
    assert '#read("/etc/passwd")' in said
    register = app_client.get(f"{REGISTER}?unit=20899&from=2021-08-16&to=2021-08-16", token=supervisor)
    assert unspaced(HOSTILE) in unspaced(text(register.content))


def test_a_slip_has_the_same_bytes_at_any_time(
    app_client: Client, supervisor: str, rich_dossier: str, seeded_url: str
) -> None:
    first = slip(app_client, rich_dossier, "control", supervisor)
    slip(app_client, rich_dossier, "receipt", supervisor)
    app_client.now += timedelta(days=30)
    assert slip(app_client, rich_dossier, "control", supervisor) == first
    with Client(seeded_url, NOW + timedelta(days=400)) as other:
        assert slip(other, rich_dossier, "control", supervisor) == first


def test_concurrent_slips_are_printed_like_single_ones(app_client: Client, supervisor: str, rich_dossier: str) -> None:
    paths = [f"{DOSSIERS}/{rich_dossier}/slips/{kind}" for kind in ("receipt", "supplement", "refusal", "control")]
    paths.append(f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31")
    alone = [app_client.get(path, token=supervisor).content for path in paths]
    answers = app_client.together([Call("GET", path, token=supervisor) for path in paths * 5])
    assert [answer.content for answer in answers] == alone * 5


def test_the_qr_code_has_the_public_address_if_it_is_set(
    app_client: Client, supervisor: str, rich_dossier: str, seeded_url: str
) -> None:
    with Client(seeded_url, NOW, public_url="https://motcua.example/tra-cuu/") as other:
        assert slip(other, rich_dossier, "refusal", supervisor) != slip(app_client, rich_dossier, "refusal", supervisor)


def test_a_slip_is_private_named_safely_and_not_sent_twice(
    app_client: Client, supervisor: str, rich_dossier: str
) -> None:
    answer = asked(app_client, rich_dossier, "receipt", supervisor)
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == f'inline; filename="receipt_{rich_dossier}.pdf"'
    again = app_client.get(
        f"{DOSSIERS}/{rich_dossier}/slips/receipt", token=supervisor, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


# --- Readers ----------------------------------------------------------------------------------------------------------


def test_callers_without_access_to_the_dossier_get_no_slip(app_client: Client, rich_dossier: str) -> None:
    answer = asked(app_client, rich_dossier, "receipt", app_client.token("clerk", "20902"))
    assert (answer.status_code, answer.json()["code"]) == (403, "dossier_of_other_units")
    assert app_client.get(f"{DOSSIERS}/{rich_dossier}/slips/receipt").status_code == 401
    answer = app_client.get(
        f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31", token=app_client.token("clerk", "20902")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "unit_of_others")


@pytest.mark.parametrize("kind", ["receipt", "supplement", "refusal", "apology", "redate", "control"])
def test_personal_data_are_blank_for_roles_without_need_for_names(
    app_client: Client, rich_dossier: str, kind: str
) -> None:
    said = text(slip(app_client, rich_dossier, kind, app_client.token("reporter", "20899")))
    assert rich_dossier in said
    for word in (
        "Nguyễn Thị Hoa",
        "0905123456",
        "Tờ khai",
        "khai sinh",
        "Thôn 2",
        "Lê Thị Lan",
        "Trần Văn Minh",
        "Thiếu",
        "phức tạp",
    ):
        assert word not in said


def test_a_register_for_roles_without_need_for_names_has_none(app_client: Client, rich_dossier: str) -> None:
    reporter = app_client.token("reporter", "20899")
    answer = app_client.get(f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31", token=reporter)
    assert rich_dossier in text(answer.content)
    assert "Hoa" not in text(answer.content)


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{DOSSIERS}/000.31.15.H47-210816-9999/slips/receipt", 404, "unknown_dossier"),
        ("{dossier}/slips/letter", 422, "invalid"),
        ("{dossier}/slips/receipt?paper=a3", 422, "invalid"),
        ("{dossier}/slips/receipt?papr=a5", 422, "unknown_parameter"),
        ("{dossier}/slips/receipt?sequence=0", 422, "invalid"),
        (f"{REGISTER}?from=2021-08-01&to=2021-08-31", 422, "field_needed"),
        (f"{REGISTER}?unit=20899&from=2021-08-01", 422, "invalid"),
        (f"{REGISTER}?unit=20899&from=2021-08-31&to=2021-08-01", 422, "period_invalid"),
        (f"{REGISTER}?unit=20899&from=2020-08-01&to=2021-08-31", 422, "period_too_long"),
        (f"{REGISTER}?unit=20899&from=2022-08-01&to=2022-08-31", 422, "period_in_future"),
        (f"{REGISTER}?unit=77777&from=2021-08-01&to=2021-08-31", 422, "unknown_unit"),
    ],
)
def test_impossible_slips_are_refused_with_a_code(
    app_client: Client, supervisor: str, path: str, status: int, code: str
) -> None:
    dossier = f"{DOSSIERS}/{received(app_client, supervisor)['code']}"
    answer = app_client.get(path.format(dossier=dossier), token=supervisor)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_available_slips_can_be_listed_and_printed(app_client: Client, supervisor: str, rich_dossier: str) -> None:
    listed = app_client.get(f"{DOSSIERS}/{rich_dossier}/slips", token=supervisor).json()["items"]
    assert [item["kind"] for item in listed] == ["receipt", "supplement", "refusal", "apology", "redate", "control"]
    for item in listed:
        slip(app_client, rich_dossier, item["kind"], supervisor, sequence=item["sequence"])
    assert listed[0]["occurred_at"] == "2021-08-16T08:30:00+07:00"


def test_a_receipt_names_the_person_who_handed_in_for_the_applicant(app_client: Client) -> None:
    client, clerk = app_client, app_client.token("clerk", "20899")
    agent = {"name": "Nguyễn Văn Nam", "phone": "0905654321", "authority": "Giấy ủy quyền số 12"}
    code = received(client, clerk, handed_in_by=agent)["code"]
    said = text(slip(client, code, "receipt", clerk))
    assert "Người nộp thay: Nguyễn Văn Nam" in said
    assert "Văn bản ủy quyền: Giấy ủy quyền số 12" in said
    entry = client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"][0]
    assert entry["data"]["handed_in_by"] == agent
    reporter = client.token("reporter", "20899")
    hidden = client.get(f"{DOSSIERS}/{code}/journal", token=reporter).json()["items"][0]
    assert "handed_in_by" not in hidden["data"]
