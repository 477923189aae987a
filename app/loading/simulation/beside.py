"""Fictitious people beside the applicants: who hands in for another, and who applies too.

They have a stream of draws of their own, so that they change no other data of a seed.
"""

from collections.abc import Mapping
from random import Random
from typing import Any

from app.catalogue.cache import Procedure
from app.loading.simulation.people import citizen_number, name, phone_number

_AUTHORITIES = (
    ("written", "Giấy ủy quyền ngày nộp hồ sơ"),
    ("certified", "Giấy ủy quyền có chứng thực của Ủy ban nhân dân xã"),
    ("family", "Giấy khai sinh"),
    ("legal", "Quyết định cử người giám hộ"),
)
_OF_ORGANISATIONS = (("introduction", "Giấy giới thiệu"),)
# Shares of dossiers.
_HANDED_IN = 0.05
_JOINTLY_OWNED = 0.3


def people_beside(applicant: Mapping[str, Any], procedure: Procedure, random: Random) -> dict[str, Any]:
    """The words of the first act that describe people beside the applicant."""
    words: dict[str, Any] = {}
    if "kết hôn" in procedure.name.lower():
        relation = "bên nam" if " Thị " in applicant["name"] else "bên nữ"
        words["further_applicants"] = [_person(random, applicant, relation=relation)]
    elif "Đất đai" in procedure.field and random.random() < _JOINTLY_OWNED:
        owners = random.randint(1, 2)
        words["further_applicants"] = [_person(random, applicant, relation="đồng sử dụng đất") for _ in range(owners)]
    if random.random() < _HANDED_IN:
        kind, paper = random.choice(_AUTHORITIES if applicant["kind"] == "person" else _OF_ORGANISATIONS)
        words["handed_in_by"] = _person(random, applicant, authority_kind=kind, authority=paper)
    return words


def _person(random: Random, applicant: Mapping[str, Any], **others: str) -> dict[str, Any]:
    full_name = name(random)
    return {
        "name": full_name,
        "identity_kind": "citizen",
        "identity_number": citizen_number(random, full_name),
        "phone": phone_number(random),
        "address": applicant["address"],
        **others,
    }
