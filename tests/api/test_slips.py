"""The statutory papers as PDF: what each says, by which form, for whom, and what it withstands."""

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
    """The slip, which there must be."""
    answer = asked(client, code, kind, token, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def asked(client: Client, code: str, kind: str, token: str, **query: Any) -> httpx.Response:
    return client.get(f"{DOSSIERS}/{code}/slips/{kind}", params=query, token=token)


@pytest.fixture
def anybody(app_client: Client) -> str:
    return app_client.token("supervisor")


@pytest.fixture
def living(app_client: Client, anybody: str) -> str:
    """A dossier that was handed on, waited for papers, was apologised for, and was refused."""
    code: str = received(app_client, anybody, documents=[SHEET, {"name": "Tờ khai"}], fee=50_000)["code"]
    app_client.now = NOW + timedelta(hours=1)
    act(app_client, anybody, code, "forward", to_unit="515.03", officer="Trần Văn Minh")
    act(app_client, anybody, code, "take", officer="Lê Thị Lan")
    act(
        app_client, anybody, code, "request-supplement", reason="Thiếu bản sao", documents=[SHEET], officer="Lê Thị Lan"
    )
    app_client.now = NOW + timedelta(days=1)
    act(app_client, anybody, code, "supplement", documents=[{"name": "Giấy nộp sau"}])
    act(app_client, anybody, code, "reschedule", reason="Hồ sơ phức tạp", promised_date="2021-08-24")
    app_client.now = NOW + timedelta(days=2)
    act(app_client, anybody, code, "finish", outcome="refused", reason="Không đủ điều kiện", officer="Lê Thị Lan")
    return code


# --- What each says ---------------------------------------------------------------------------------------------------


def test_a_receipt_says_what_came_when_it_is_due_and_where_to_collect(
    app_client: Client, anybody: str, living: str
) -> None:
    said = text(slip(app_client, living, "receipt", anybody))
    assert HEADING in said
    assert "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ" in said
    assert "ỦY BAN NHÂN DÂN THỊ TRẤN TRÀ MY BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ" in said
    assert "Số: 210816-0001.1/BPTNTKQ Trà My, ngày 16 tháng 8 năm 2021" in said
    assert f"Mã hồ sơ: {living}" in said
    assert "Tiếp nhận hồ sơ của: Nguyễn Thị Hoa Địa chỉ: Thôn 2, thị trấn Trà My" in said
    assert "1 Giấy khai sinh Bản sao có chứng thực 2 2 Tờ khai Bản chính 1" in said
    assert "Số lượng giấy tờ: 2 loại, 3 bản." in said
    assert "đã thu: 50.000 đồng" in said
    assert "theo quy định: 03 ngày làm việc" in said
    assert "Thời gian nhận hồ sơ: 08 giờ 30 phút, ngày 16 tháng 8 năm 2021" in said
    # The promise of that day, though the due date has moved since.
    assert "kết quả giải quyết hồ sơ: 17 giờ 00 phút, ngày 19 tháng 8 năm 2021" in said
    assert "thị trấn Trà My, huyện Bắc Trà My, tỉnh Quảng Nam" in said
    assert "NGƯỜI TIẾP NHẬN HỒ SƠ (Ký và ghi rõ họ tên) Trần Văn Minh" in said
    assert HOA["identity_number"] not in said
    assert "Giấy nộp sau" not in said


def test_a_receipt_has_documents_that_were_changed_by_name_alone(app_client: Client, anybody: str) -> None:
    code = received(app_client, anybody)["code"]
    patch = app_client.patch(f"{DOSSIERS}/{code}", {"documents": [{"name": "Đơn xin"}]}, token=anybody)
    assert patch.json()["documents"] == [{"name": "Đơn xin", "form": "original", "copies": 1}]
    assert "1 Đơn xin Bản chính 1" in text(slip(app_client, code, "receipt", anybody))


def test_a_supplement_request_says_what_is_missing_and_why(app_client: Client, anybody: str, living: str) -> None:
    said = text(slip(app_client, living, "supplement", anybody))
    assert "Mẫu số 02" in said
    assert "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ" in said
    assert "1 Giấy khai sinh Bản sao có chứng thực 2" in said
    assert "Lý do: Thiếu bản sao" in said


def test_a_refusal_says_why(app_client: Client, anybody: str, living: str) -> None:
    said = text(slip(app_client, living, "refusal", anybody))
    assert "Mẫu số 03" in said
    assert "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ" in said
    assert "lý do cụ thể như sau: Không đủ điều kiện" in said


def test_a_dossier_declined_before_its_receipt_has_a_refusal_and_no_receipt(app_client: Client, anybody: str) -> None:
    code = received(app_client, anybody, submit=True)["code"]
    act(app_client, anybody, code, "decline", reason="Không thuộc thẩm quyền")
    assert "như sau: Không thuộc thẩm quyền" in text(slip(app_client, code, "refusal", anybody))
    assert asked(app_client, code, "receipt", anybody).json()["code"] == "no_such_slip"


def test_an_apology_names_the_date_missed_and_the_new_one(app_client: Client, anybody: str, living: str) -> None:
    said = text(slip(app_client, living, "apology", anybody))
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
    app_client: Client, anybody: str, day: str, unit: str, shop: str, mark: str
) -> None:
    app_client.now = datetime.fromisoformat(f"{day}T08:00:00+07:00")
    receiving_unit = {"2025-06-30": "20899", "2025-07-01": "20900"}[day]
    code = received(app_client, anybody, receiving_unit=receiving_unit, at=f"{day}T08:00:00+07:00")["code"]
    said = text(slip(app_client, code, "receipt", anybody))
    assert f"ỦY BAN NHÂN DÂN {unit} {shop}".upper() in said
    assert f"Số: {code.partition('-')[2]}.1/{mark}" in said
    assert f"Nơi nhận kết quả: {shop} {unit}" in said
    # The commune that took over the older dossier has had a centre from its first day.
    app_client.now += timedelta(days=3)
    act(app_client, anybody, code, "take")
    act(app_client, anybody, code, "reschedule", reason="Hồ sơ phức tạp", promised_date="2025-07-15")
    act(app_client, anybody, code, "finish", outcome="granted")
    assert "Trung tâm Phục vụ hành chính công xã Trà My" in text(slip(app_client, code, "apology", anybody))
    assert "Nhận: Trung tâm Phục vụ hành chính công" in text(slip(app_client, code, "control", anybody))


def test_a_notice_of_discontinuation_has_no_form_number_before_2025(app_client: Client, anybody: str) -> None:
    code = received(app_client, anybody)["code"]
    act(app_client, anybody, code, "discontinue", reason="Quá hạn bổ sung", legal_basis="Nghị định 61/2018/NĐ-CP")
    said = text(slip(app_client, code, "discontinuation", anybody))
    assert "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ" in said
    assert "Quá hạn bổ sung Căn cứ: Nghị định 61/2018/NĐ-CP" in said
    assert "Mẫu số" not in said


def test_a_control_slip_has_each_hand_off_with_who_and_when(app_client: Client, anybody: str, living: str) -> None:
    said = text(slip(app_client, living, "control", anybody))
    assert "Mẫu số 05" in said
    assert "Giao: Thị trấn Trà My (Trần Văn Minh) Nhận: Phòng Tư pháp (Lê Thị Lan)" in said
    assert "Giao: 09 giờ 30 phút, ngày 16 tháng 8 năm 2021 Nhận: 09 giờ 30 phút, ngày 16 tháng 8 năm 2021" in said
    assert "Trước hạn Từ chối giải quyết" in said


def test_a_control_slip_says_which_step_of_a_route_was_late(app_client: Client, anybody: str) -> None:
    dossier = received(app_client, anybody, procedure="1.012796")
    code = dossier["code"]
    # Its first step has two days: it is passed on after three, and taken at once.
    app_client.now = NOW + timedelta(days=3)
    act(app_client, anybody, code, "forward", to_unit="515.05", officer="Trần Văn Minh")
    said = text(slip(app_client, code, "control", anybody))
    assert "Giao: Người nộp hồ sơ Nhận: Thị trấn Trà My (Trần Văn Minh)" in said
    assert "Tiếp nhận, kiểm tra hồ sơ tại xã" in said
    assert said.count("Quá hạn") == 1
    assert "Nhận: chưa nhận" in said
    act(app_client, anybody, code, "take", officer="Lê Thị Lan")
    assert "(Lê Thị Lan)" in text(slip(app_client, code, "control", anybody))


def test_of_several_events_the_last_one_or_the_one_asked_for_is_printed(app_client: Client, anybody: str) -> None:
    code = received(app_client, anybody)["code"]
    for reason in ("Lần một", "Lần hai"):
        act(app_client, anybody, code, "request-supplement", reason=reason, legal_basis="Điều 19")
        act(app_client, anybody, code, "supplement")
    assert "Lý do: Lần hai" in text(slip(app_client, code, "supplement", anybody))
    assert "Lý do: Lần một" in text(slip(app_client, code, "supplement", anybody, sequence=2))
    assert asked(app_client, code, "supplement", anybody, sequence=3).status_code == 409


def test_a_correction_is_printed_in_place_of_what_was_wrong(app_client: Client, anybody: str, living: str) -> None:
    changes = {"reason": "Thiếu trích lục khai sinh"}
    corrected(app_client, anybody, living, sequence=4, changes=changes)
    said = text(slip(app_client, living, "supplement", anybody))
    assert "Lý do: Thiếu trích lục khai sinh" in said


def test_a_slip_that_is_not_due_names_those_that_are(app_client: Client, anybody: str) -> None:
    code = received(app_client, anybody)["code"]
    answer = asked(app_client, code, "apology", anybody)
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_such_slip"
    assert answer.json()["slips"] == [{"kind": "receipt", "sequence": 1}, {"kind": "control", "sequence": 1}]


def test_a_register_lists_what_its_counter_received(app_client: Client, anybody: str, living: str) -> None:
    received(app_client, anybody, receiving_unit="20902", at=None)
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
    app_client: Client, anybody: str, day: str, unit: str, receipt: str | None, apology: str
) -> None:
    app_client.now = datetime.fromisoformat(f"{day}T09:00:00+07:00").astimezone(UTC)
    code = received(app_client, anybody, receiving_unit=unit, at=None)["code"]
    # The slip of a later day keeps the form of the receipt's.
    app_client.now += timedelta(days=3)
    promised = (app_client.now + timedelta(days=11)).date()
    while promised.weekday() > 4:
        promised += timedelta(days=1)
    act(app_client, anybody, code, "reschedule", reason="Hồ sơ phức tạp", promised_date=f"{promised}")
    said = text(slip(app_client, code, "receipt", anybody))
    assert (f"Mẫu số 01 (Ban hành kèm theo {receipt})" in said) is (receipt is not None)
    assert ("Mẫu số" in said) is (receipt is not None)
    said = text(slip(app_client, code, "apology", anybody))
    assert apology in said
    assert ("Mẫu số 04" in said) is (receipt is not None)


# --- As a document ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["a4", "a5"])
@pytest.mark.parametrize("kind", ["receipt", "supplement", "refusal", "apology", "control"])
def test_each_slip_fits_its_paper_and_brings_its_fonts(
    app_client: Client, anybody: str, living: str, kind: str, paper: str
) -> None:
    pdf = slip(app_client, living, kind, anybody, paper=paper)
    assert sizes(pdf) == {(210, 297) if paper == "a4" else (148, 210)}
    assert len(pages(pdf)) == 1
    assert outside(pdf) == []
    found = list(fonts(pdf))
    assert found
    assert all(embedded for _name, embedded in found)


@pytest.mark.parametrize("paper", ["a4", "a5"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_copied_as_it_was_written_and_stays_on_the_paper(
    app_client: Client, anybody: str, name: str, paper: str
) -> None:
    code = received(app_client, anybody, applicant={"name": name}, documents=[{"name": name}])["code"]
    pdf = slip(app_client, code, "receipt", anybody, paper=paper)
    written = unspaced(unicodedata.normalize("NFC", name))
    assert unspaced(text(pdf)).count(written) == 2
    assert outside(pdf) == []


@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_forty_papers_go_over_pages_each_with_its_head_and_number(app_client: Client, anybody: str, paper: str) -> None:
    papers = [{"name": f"Giấy tờ {n}: bản vẽ thiết kế, {'thuyết minh, ' * 9}dự toán"} for n in range(1, 41)]
    dossier = received(app_client, anybody, documents=papers)
    pdf = slip(app_client, dossier["code"], "receipt", anybody, paper=paper)
    found = pages(pdf)
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert f"Trang {number}/{len(found)}" in page
        assert ("Giấy tờ" in page) is ("STT Tên giấy tờ" in page)
    assert all(f"Giấy tiếp nhận hồ sơ và hẹn trả kết quả {dossier['code']}" in page for page in found[1:])
    assert all(f"Giấy tờ {n}:" in " ".join(found) for n in range(1, 41))
    assert outside(pdf) == []


def test_what_people_write_is_never_taken_for_commands(app_client: Client, anybody: str) -> None:
    written = f'{HOSTILE}\n#read("/etc/passwd")'
    code = received(
        app_client,
        anybody,
        applicant={**HOA, "name": HOSTILE},
        summary=written,
        documents=[{"name": HOSTILE}],
        officer=HOSTILE,
    )["code"]
    said = text(slip(app_client, code, "receipt", anybody))
    assert said.count(HOSTILE) == 4
    assert '#read("/etc/passwd")' in said
    register = app_client.get(f"{REGISTER}?unit=20899&from=2021-08-16&to=2021-08-16", token=anybody)
    assert unspaced(HOSTILE) in unspaced(text(register.content))


def test_the_same_slip_has_the_same_bytes_in_another_process_at_another_time(
    app_client: Client, anybody: str, living: str, seeded_url: str
) -> None:
    first = slip(app_client, living, "control", anybody)
    slip(app_client, living, "receipt", anybody)
    app_client.now += timedelta(days=30)
    assert slip(app_client, living, "control", anybody) == first
    with Client(seeded_url, NOW + timedelta(days=400)) as other:
        assert slip(other, living, "control", anybody) == first


def test_many_at_once_are_each_printed_as_alone(app_client: Client, anybody: str, living: str) -> None:
    paths = [f"{DOSSIERS}/{living}/slips/{kind}" for kind in ("receipt", "supplement", "refusal", "control")]
    paths.append(f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31")
    alone = [app_client.get(path, token=anybody).content for path in paths]
    answers = app_client.together([Call("GET", path, token=anybody) for path in paths * 5])
    assert [one.content for one in answers] == alone * 5


def test_the_qr_code_leads_to_the_public_address_where_one_is_set(
    app_client: Client, anybody: str, living: str, seeded_url: str
) -> None:
    with Client(seeded_url, NOW, public_url="https://motcua.example/tra-cuu/") as other:
        assert slip(other, living, "refusal", anybody) != slip(app_client, living, "refusal", anybody)


def test_a_slip_is_private_named_safely_and_not_sent_twice(app_client: Client, anybody: str, living: str) -> None:
    answer = asked(app_client, living, "receipt", anybody)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-disposition"] == f'inline; filename="receipt_{living}.pdf"'
    again = app_client.get(
        f"{DOSSIERS}/{living}/slips/receipt", token=anybody, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


# --- For whom ---------------------------------------------------------------------------------------------------------


def test_who_may_not_read_the_dossier_gets_no_slip(app_client: Client, living: str) -> None:
    answer = asked(app_client, living, "receipt", app_client.token("clerk", "20902"))
    assert (answer.status_code, answer.json()["code"]) == (403, "dossier_of_other_units")
    assert app_client.get(f"{DOSSIERS}/{living}/slips/receipt").status_code == 401
    answer = app_client.get(
        f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31", token=app_client.token("clerk", "20902")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "unit_of_others")


@pytest.mark.parametrize("kind", ["receipt", "supplement", "refusal", "apology", "control"])
def test_for_roles_that_need_no_names_people_are_left_blank(app_client: Client, living: str, kind: str) -> None:
    said = text(slip(app_client, living, kind, app_client.token("reporter", "20899")))
    assert living in said
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


def test_a_register_for_roles_that_need_no_names_has_none(app_client: Client, living: str) -> None:
    reporter = app_client.token("reporter", "20899")
    answer = app_client.get(f"{REGISTER}?unit=20899&from=2021-08-01&to=2021-08-31", token=reporter)
    assert living in text(answer.content)
    assert "Hoa" not in text(answer.content)


# --- What is refused --------------------------------------------------------------------------------------------------


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
def test_what_cannot_be_printed_is_refused_in_words(
    app_client: Client, anybody: str, path: str, status: int, code: str
) -> None:
    dossier = f"{DOSSIERS}/{received(app_client, anybody)['code']}"
    answer = app_client.get(path.format(dossier=dossier), token=anybody)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_slips_that_there_are_can_be_listed_and_each_of_them_be_printed(
    app_client: Client, anybody: str, living: str
) -> None:
    listed = app_client.get(f"{DOSSIERS}/{living}/slips", token=anybody).json()["items"]
    assert [one["kind"] for one in listed] == ["receipt", "supplement", "refusal", "apology", "control"]
    for one in listed:
        slip(app_client, living, one["kind"], anybody, sequence=one["sequence"])
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
