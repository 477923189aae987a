"""Bodies that clients send: receipts, corrected particulars, and the parts that actions share with them."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, ValidationInfo
from pydantic_core import PydanticCustomError

from app.domain.identity_papers import Paper, fault_of
from app.domain.money import LARGEST_SUM
from app.dossiers.masking import MASK
from app.http.field_errors import text_of
from app.http.wire_types import Moment, UnitReference, WireIn, with_example
from app.text_input import Name, Text

Channel = Literal["counter", "online", "postal"]
Money = Annotated[StrictInt, Field(ge=0, le=LARGEST_SUM, description="Vietnamese đồng")]
Method = Literal["cash", "transfer", "portal", "gateway"]


def _receipt_number(number: str) -> str:
    if not RECEIPT_NUMBER.fullmatch(number) or not any(letter.isdigit() for letter in number):
        raise PydanticCustomError(
            "receipt_number_invalid", "at most 40 letters, digits, spaces and . / - _, with a digit among them"
        )
    return number


# A number or a code, so it stands in the journal. No name of a person has this form.
RECEIPT_NUMBER = re.compile(r"[0-9A-ZĐ./_ -]{1,40}", re.IGNORECASE)
ReceiptNumber = Annotated[Name, AfterValidator(_receipt_number)]


def _unmasked(number: str) -> str:
    if MASK in number:
        raise PydanticCustomError("masked_number", "this number is masked: leave it out to keep the present one")
    return number


def _of_its_kind(number: str, info: ValidationInfo) -> str:
    """The number, if it has the length and the digits of the stated kind (rules §18)."""
    kind = info.data.get("identity_kind")
    fault = fault_of(Paper(kind), number) if kind else None
    if fault is not None:
        raise PydanticCustomError(fault, "{right}", {"right": text_of(fault, "en")})
    return number


IdentityKind = Literal["citizen", "old", "passport", "tax_code", "other"]
# In a class the kind stands before the number, which is checked by it.
IdentityNumber = Annotated[Name, AfterValidator(_unmasked), AfterValidator(_of_its_kind)]

_KIND = "kind of the identity paper, which decides the form of the number; inferred from the number if not given"


class ApplicantIn(WireIn):
    """The applicant."""

    kind: Literal["person", "business", "agency", "organisation"] = Field("person", description="kind of applicant")
    name: Name = Field(description="full name, with diacritics", examples=["Nguyễn Thị Hoa"])
    identity_kind: IdentityKind | None = Field(None, description=_KIND, examples=["citizen"])
    identity_number: IdentityNumber | None = Field(
        None, description="identity card or business number", examples=["049185001234"]
    )
    phone: Name | None = Field(None, description="telephone", examples=["0905123456"])
    email: Name | None = Field(None, description="e-mail address")
    address: Name | None = Field(None, description="street, village", examples=["Thôn 2"])
    commune: Name | None = Field(
        None,
        description="code of the home commune; a code that is not in the registry is stored as text",
        examples=["20899"],
    )


AuthorityKind = Literal["written", "certified", "legal", "family", "introduction", "service", "other"]


class AgentIn(WireIn):
    """The person who hands in for the applicant, and the paper that gives the authority."""

    name: Name = Field(description="full name, with diacritics", examples=["Nguyễn Văn Nam"])
    identity_kind: IdentityKind | None = Field(None, description=_KIND, examples=["citizen"])
    identity_number: IdentityNumber | None = Field(None, description="identity card number", examples=["049080005678"])
    phone: Name | None = Field(None, description="telephone", examples=["0905654321"])
    address: Name | None = Field(None, description="street, village, commune", examples=["Thôn 2, xã Trà My"])
    authority_kind: AuthorityKind | None = Field(None, description="kind of the authority", examples=["written"])
    authority: Name = Field(description="paper that gives the authority", examples=["Giấy ủy quyền ngày 05/8/2026"])


class CoApplicantIn(WireIn):
    """A person who applies together with the applicant, as in a marriage or for common land."""

    name: Name = Field(description="full name, with diacritics", examples=["Hồ Văn Sáu"])
    identity_kind: IdentityKind | None = Field(None, description=_KIND, examples=["citizen"])
    identity_number: IdentityNumber | None = Field(None, description="identity card number", examples=["049080005678"])
    phone: Name | None = Field(None, description="telephone", examples=["0905654321"])
    address: Name | None = Field(None, description="street, village, commune", examples=["Thôn 2, xã Trà My"])
    relation: Name | None = Field(None, description="part in the request", examples=["bên nam"])


class DocumentIn(WireIn):
    """One paper that was handed in, or is asked for."""

    name: Name = Field(description="name of the paper", examples=["Tờ khai"])
    form: Literal["original", "copy", "certified_copy", "electronic"] = Field("original", description="form")
    copies: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(1, description="number of copies")


class ExternalIn(WireIn):
    """The dossier's code in another system."""

    system: Name = Field(examples=["dvcqg"], description="name of the system")
    code: Name = Field(examples=["G22.99-210816-0001"], description="its code there, unique in that system")


Externals = Annotated[list[ExternalIn], Field(max_length=20)]
Documents = Annotated[list[DocumentIn], Field(max_length=100)]
CoApplicants = Annotated[list[CoApplicantIn], Field(max_length=50)]


class ActIn(WireIn):
    """The fields that every action has."""

    at: Moment | None = Field(None, description="time of the event; now if not given")
    officer: Name | None = Field(None, description="person who did it", examples=["Trần Văn Minh"])
    note: Text | None = Field(None, description="free text for the journal")

    # Fields with words of people. They stay out of the journal (rules §13).
    words: ClassVar[frozenset[str]] = frozenset(
        {"note", "reason", "legal_basis", "documents", "received_by", "request", "handed_in_by"}
        | {"further_applicants"},
    )


ANOTHER_AREA = (
    "received for another area: the limit runs from the time when the competent agency has it (receipts from 5 August "
    "2026 on); null: found from the units"
)


class DossierIn(ActIn):
    """A dossier to be received, or only submitted."""

    model_config = with_example(
        {
            "procedure": "1.004837",
            "receiving_unit": "20899",
            "applicant": {
                "kind": "person",
                "name": "Nguyễn Thị Hoa",
                "identity_number": "049185001234",
                "phone": "0905123456",
                "address": "Thôn 2",
                "commune": "20899",
            },
            "channel": "counter",
            "summary": "Đăng ký giám hộ",
            "documents": [{"name": "Tờ khai", "form": "original", "copies": 1}],
            "return_method": "counter",
            "fee": 8000,
            "fee_method": "cash",
            "fee_receipt_number": "0001234",
            "external": [{"system": "dvcqg", "code": "G22.99-210816-0001"}],
            "officer": "Trần Văn Minh",
            "at": "2021-08-16T08:30:00+07:00",
        }
    )

    procedure: Name = Field(description="the procedure's code", examples=["1.004837"])
    receiving_unit: UnitReference | None = Field(None, description="the token's unit if not given", examples=["20899"])
    responsible_unit: UnitReference | None = Field(None, description="the procedure's, or the receiving one")
    applicant: ApplicantIn = Field(description="the applicant")
    handed_in_by: AgentIn | None = Field(None, description="the person who hands in for the applicant")
    further_applicants: CoApplicants = Field(
        default_factory=list, description="people who apply together with the applicant"
    )
    channel: Channel = Field("counter", description="channel of receipt")
    summary: Text | None = Field(None, description="the request in words", examples=["Đăng ký giám hộ"])
    documents: Documents = Field(default_factory=list, description="papers that were handed in")
    return_method: Channel = Field("counter", description="channel of the result")
    notify: StrictBool = Field(True, description="false: the applicant wants no messages about the dossier")
    fee: Money = Field(0, description="fee taken, in đồng")
    fee_due: Money | None = Field(None, description="fee that is due, in đồng; the fee taken if not given")
    fee_method: Method | None = Field(None, description="way in which the fee was paid")
    fee_receipt_number: ReceiptNumber | None = Field(None, description="number of the receipt for the fee")
    external: Externals = Field(default_factory=list, description="codes in other systems")
    reason: Text | None = Field(None, description="reason of a late record; a supervisor gives it")
    submit: StrictBool = Field(False, description="only submit: no time limit runs yet")
    another_area: StrictBool | None = Field(None, description=ANOTHER_AREA)


class ApplicationIn(WireIn):
    """A procedure and an applicant, before a receipt."""

    model_config = with_example(
        {"procedure": "1.004837", "applicant": {"name": "Nguyễn Thị Hoa", "identity_number": "049185001234"}}
    )

    procedure: Name = Field(description="the procedure's code", examples=["1.004837"])
    applicant: ApplicantIn = Field(description="the applicant")


class ParticularsIn(WireIn):
    """A merge patch: fields that are left out stay, null removes one."""

    model_config = with_example({"applicant": {"phone": "0905123456"}, "return_method": "postal"})

    applicant: dict[str, Any] | None = Field(None, description="fields of the applicant")
    handed_in_by: dict[str, Any] | None = Field(
        None, description="fields of the person who hands in; null if the applicant does"
    )
    further_applicants: CoApplicants | None = Field(None, description="all people who apply with the applicant")
    summary: Text | None = Field(None, description="the request in words")
    return_method: Channel | None = Field(None, description="channel of the result")
    notify: StrictBool | None = Field(None, description="false: the applicant wants no messages about the dossier")
    documents: Documents | None = Field(None, description="all papers that were handed in")
    external: Externals | None = Field(None, description="all codes in other systems")


def split(body: ActIn) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body's fields for the journal, and the words that stay out of it; `at` and `officer` are in neither."""
    fields = body.model_dump(mode="json", exclude={"at", "officer"}, exclude_none=True)
    words = {key: fields.pop(key) for key in body.words & fields.keys()}
    return fields, {key: value for key, value in words.items() if value}
