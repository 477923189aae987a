"""Values of columns as the interface has them: codes of the catalogue by name, and choices by usual words."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from app.catalogue.cache import Reference
from app.text_input import fold

_LIKE = 0.8

CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "channel": {
        "counter": ("trực tiếp", "tại quầy", "tại bộ phận một cửa", "trực tiếp tại bộ phận một cửa", "một cửa"),
        "online": ("trực tuyến", "qua mạng", "online", "dvc", "cổng dịch vụ công", "dịch vụ công trực tuyến"),
        "postal": ("bưu chính", "bưu điện", "bccị", "bcci", "qua bưu điện", "dịch vụ bưu chính", "bưu chính công ích"),
    },
    "finish.outcome": {
        "granted": (
            "đồng ý", "được giải quyết", "đã giải quyết", "giải quyết", "đạt", "có", "hoàn thành", "cấp", "đã cấp",
            "duyệt", "đã duyệt", "đúng hạn", "trước hạn", "trễ hạn", "quá hạn", "xong", "đã xong", "đã có kết quả",
            "sớm hạn",
        ),
        "refused": ("từ chối", "không giải quyết", "không đạt", "không đồng ý", "trả lại", "không đủ điều kiện"),
        "": ("đang giải quyết", "đang xử lý", "chưa có", "chưa giải quyết", "chờ", "đang chờ", "chờ bổ sung"),
    },
    "applicant.kind": {
        "person": ("cá nhân", "công dân", "người dân"),
        "business": ("doanh nghiệp", "hộ kinh doanh", "hợp tác xã", "công ty"),
        "organisation": ("tổ chức", "hội", "đoàn thể"),
        "agency": ("cơ quan", "cơ quan nhà nước", "đơn vị nhà nước"),
    },
}  # fmt: skip
_SAME = {"return_method": "channel", "return.how": "channel"}
_UNITS = frozenset({"receiving_unit", "responsible_unit", "forward.to_unit"})


class DraftValue(NamedTuple):
    """A value of a column with its code; `is_sure` False: a person has to check it. `name`: what the code means."""

    text: str
    code: str | None
    is_sure: bool
    name: str = ""


def draft_values(target: str, texts: Iterable[str], reference: Reference) -> list[DraftValue]:
    """The values that need a code, in order; none if all are codes already."""
    target = _SAME.get(target, target)
    if target in CHOICES:
        codes = {_name_key(word): code for code, words in CHOICES[target].items() for word in words}
        names = dict.fromkeys(codes.values(), "")
        drafts = [_draft(text, names, codes) for text in texts]
    elif target in _UNITS:
        names = {unit.code: unit.name for unit in reference.units.values()}
        drafts = [_draft(text, names, _by_name(names)) for text in texts]
    elif target == "procedure":
        names = {procedure.code: procedure.name for procedure in reference.procedures.values()}
        drafts = [_draft(text, names, _by_name(names)) for text in texts]
    else:
        return []
    return [draft for draft in drafts if draft.text != draft.code]


def is_listed(target: str) -> bool:
    """True for a field whose values the mapping lists."""
    target = _SAME.get(target, target)
    return target in CHOICES or target in _UNITS or target == "procedure"


def _by_name(names: Mapping[str, str]) -> dict[str, str]:
    return {_name_key(name): code for code, name in names.items()}


def _name_key(text: str) -> str:
    """A name for comparison. Catalogues put words in front that registers leave out."""
    return fold(text).removeprefix("thu tuc ").removeprefix("xa ").removeprefix("phuong ")


def _draft(text: str, names: Mapping[str, str], codes: Mapping[str, str]) -> DraftValue:
    if text in names and text:
        return DraftValue(text, text, is_sure=True)
    key = _name_key(text)
    near = [key] if key in codes else get_close_matches(key, list(codes), n=1, cutoff=_LIKE)
    if not near:
        return DraftValue(text, None, is_sure=False)
    code = codes[near[0]]
    return DraftValue(text, code, near[0] == key, names.get(code, ""))
