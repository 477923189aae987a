"""Fictitious applicants and officers with names of the region: Kinh, Ca Dong, Cor and M'nông."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

_KINH = (
    ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Trương", "Lương"),
    ("Văn", "Đức", "Minh", "Quốc", "Hữu", "Công", "Thanh", "Ngọc", "Xuân"),
    (
        "An",
        "Bình",
        "Cường",
        "Dũng",
        "Hải",
        "Hùng",
        "Khánh",
        "Long",
        "Nam",
        "Phúc",
        "Quang",
        "Sơn",
        "Thắng",
        "Tuấn",
        "Việt",
    ),
    ("Thị", "Thị Thu", "Thị Ngọc", "Thị Kim", "Thị Mỹ", "Thị Thanh"),
    (
        "Ánh",
        "Bích",
        "Diễm",
        "Hà",
        "Hạnh",
        "Hoa",
        "Hương",
        "Lan",
        "Liên",
        "Mai",
        "Nga",
        "Phượng",
        "Thảo",
        "Trang",
        "Yến",
    ),
)
# Ca Dong (a branch of the Xơ Đăng), Cor and M'nông families of the district mostly bear the surnames Hồ, Đinh, Nguyễn.
_UPLAND = (
    ("Hồ", "Đinh", "Nguyễn", "Phạm", "Trần"),
    ("Văn", "Thanh", "Xuân", "Minh"),
    ("Bách", "Biên", "Dăng", "Dế", "Điểu", "Đúp", "Hoanh", "Lới", "Nghía", "Nút", "Rê", "Rum", "Sáu", "Tré", "Yên"),
    ("Thị", "Thị Thu", "Thị Bích"),
    ("Dít", "Đéo", "Hà", "Hiền", "Liêm", "Lơ", "Mia", "Nha", "Pia", "Rót", "Sen", "Thía", "Tiên", "Úc", "Xía"),
)
_BUSINESS = ("Hộ kinh doanh", "Hợp tác xã", "Công ty TNHH", "Doanh nghiệp tư nhân")
_TRADE = (
    "Nông lâm sản",
    "Quế Trà My",
    "Vật liệu xây dựng",
    "Thương mại tổng hợp",
    "Dược liệu",
    "Cơ khí",
    "Vận tải",
    "Ăn uống",
)
_GROUP = ("Hội Nông dân", "Hội Liên hiệp Phụ nữ", "Hội Cựu chiến binh", "Tổ hòa giải", "Đoàn Thanh niên")


def name(random: Random, *, upland: float = 0.5) -> str:
    """A full name; `upland` is the share of families of the mountain peoples."""
    surnames, middles, men, women_middles, women = _UPLAND if random.random() < upland else _KINH
    if random.random() < 0.48:
        return f"{random.choice(surnames)} {random.choice(women_middles)} {random.choice(women)}"
    return f"{random.choice(surnames)} {random.choice(middles)} {random.choice(men)}"


def person(random: Random, home: tuple[int, str]) -> dict[str, Any]:
    """An applicant who lives in the commune `home` (id, name), with the columns of `applicants`."""
    full_name = name(random)
    return _applicant(
        "person",
        full_name,
        home,
        f"Thôn {random.randint(1, 9)}, {home[1]}",
        identity=("citizen", citizen_number(random, full_name)),
        phone=phone_number(random) if random.random() < 0.9 else None,
    )


def business(random: Random, home: tuple[int, str]) -> dict[str, Any]:
    """A household business, cooperative or company of the commune."""
    full_name = f"{random.choice(_BUSINESS)} {random.choice(_TRADE)} {name(random).rsplit(' ', 1)[-1]}"
    number = f"0000{random.randint(0, 999_999):06d}"
    address = f"Thôn {random.randint(1, 9)}, {home[1]}"
    return _applicant("business", full_name, home, address, ("other", number), phone_number(random))


def group(random: Random, home: tuple[int, str]) -> dict[str, Any]:
    """An association or a group of the commune."""
    full_name = f"{random.choice(_GROUP)} {home[1]}"
    return _applicant("organisation", full_name, home, home[1], (None, None), phone_number(random))


def staff(seed: str, size: int) -> Sequence[str]:
    """The officers of a unit. The same seed gives the same names."""
    random = Random(f"staff of {seed}")  # noqa: S311 – names for a demonstration, no secret
    return tuple(name(random, upland=0.35) for _ in range(size))


def citizen_number(random: Random, full_name: str) -> str:
    """A number that nobody has: its fourth digit means born after 2299."""
    return f"049{8 + (' Thị ' in full_name)}{random.randint(0, 99):02d}{random.randint(0, 999_999):06d}"


def phone_number(random: Random) -> str:
    """A number that nobody has: none begins 0000."""
    return f"0000{random.randint(0, 999_999):06d}"


def _applicant(
    kind: str,
    full_name: str,
    home: tuple[int, str],
    address: str,
    identity: tuple[str | None, str | None],
    phone: str | None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": full_name,
        "identity_kind": identity[0],
        "identity_number": identity[1],
        "phone": phone,
        "email": None,
        "address": address,
        "commune_unit_id": home[0],
        "commune_text": None,
    }


def collector(applicant: Mapping[str, Any]) -> str:
    """The name of the person who collects the result: the applicant, or a representative of an organisation."""
    return str(applicant["name"]) if applicant["kind"] == "person" else f"Người đại diện {applicant['name']}"
