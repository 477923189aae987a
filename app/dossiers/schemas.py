"""What clients send about dossiers: one body per action (contract, Dossiers)."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from app.domain.lifecycle import Action
from app.dossiers.masking import MASK
from app.http.wire_types import Day, Moment, UnitReference, WireIn, with_example
from app.text_input import Name, Text

Channel = Literal["counter", "online", "postal"]
Money = Annotated[StrictInt, Field(ge=0, le=10**12, description="Vietnamese đồng")]


def _unmasked(number: str) -> str:
    if MASK in number:
        raise PydanticCustomError("masked_number", "this number is masked: leave it out to keep the present one")
    return number


class ApplicantIn(WireIn):
    """Who asks."""

    kind: Literal["person", "business", "agency", "organisation"] = Field("person", description="what the applicant is")
    name: Name = Field(description="full name, with diacritics", examples=["Nguyễn Thị Hoa"])
    identity_number: Annotated[Name, AfterValidator(_unmasked)] | None = Field(
        None, description="identity card or business number", examples=["049185001234"]
    )
    phone: Name | None = Field(None, description="telephone", examples=["0905123456"])
    email: Name | None = Field(None, description="e-mail address")
    address: Name | None = Field(None, description="street, village", examples=["Thôn 2"])
    commune: Name | None = Field(
        None,
        description="code of the home commune; one this registry does not know is kept as text",
        examples=["20899"],
    )


class DocumentIn(WireIn):
    """One paper that was handed in, or is asked for."""

    name: Name = Field(description="what paper", examples=["Tờ khai"])
    form: Literal["original", "copy", "certified_copy", "electronic"] = Field("original", description="in what form")
    copies: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(1, description="how many")


class ExternalIn(WireIn):
    """The dossier's code in another system."""

    system: Name = Field(examples=["dvcqg"], description="which system")
    code: Name = Field(examples=["G22.99-210816-0001"], description="its code there, unique in that system")


Documents = Annotated[list[DocumentIn], Field(max_length=100)]


class ActIn(WireIn):
    """What every action's body may carry."""

    at: Moment | None = Field(None, description="when it happened; now where not given")
    officer: Name | None = Field(None, description="who did it", examples=["Trần Văn Minh"])
    note: Text | None = Field(None, description="free text for the journal")

    # The fields that are words of people and stay out of the journal (rules §13).
    words: ClassVar[frozenset[str]] = frozenset(
        {"note", "reason", "legal_basis", "documents", "received_by", "request"},
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
            "fee": 0,
            "external": [{"system": "dvcqg", "code": "G22.99-210816-0001"}],
            "officer": "Trần Văn Minh",
            "at": "2021-08-16T08:30:00+07:00",
        }
    )

    procedure: Name = Field(description="the procedure's code", examples=["1.004837"])
    receiving_unit: UnitReference | None = Field(
        None, description="the token's unit where not given", examples=["20899"]
    )
    responsible_unit: UnitReference | None = Field(None, description="the procedure's, or the receiving one")
    applicant: ApplicantIn = Field(description="who asks")
    channel: Channel = Field("counter", description="how it came in")
    summary: Text | None = Field(None, description="what is asked for", examples=["Đăng ký giám hộ"])
    documents: Documents = Field(default_factory=list, description="what was handed in")
    return_method: Channel = Field("counter", description="how the result goes back")
    fee: Money = Field(0, description="fee taken, in đồng")
    external: list[ExternalIn] = Field(default_factory=list, max_length=20, description="codes in other systems")
    reason: Text | None = Field(None, description="why it is recorded so late, where a supervisor must say")
    submit: StrictBool = Field(False, description="only submit: no legal clock runs yet")


class ReceiveIn(ActIn):
    """A submitted dossier is accepted."""

    model_config = with_example({"officer": "Trần Văn Minh", "documents": [{"name": "Tờ khai"}]})

    documents: Documents = Field(default_factory=list, description="what was handed in besides")
    reason: Text | None = Field(None, description="why it is recorded so late, where a supervisor must say")


class PlainIn(ActIn):
    """Nothing besides."""

    model_config = with_example({"officer": "Trần Văn Minh", "at": "2021-08-16T09:15:00+07:00"})

    reason: Text | None = Field(None, description="why it is recorded so late, where a supervisor must say")


class ReasonIn(ActIn):
    """A reason is needed."""

    model_config = with_example({"officer": "Trần Văn Minh", "reason": "Hồ sơ không thuộc thẩm quyền"})

    reason: Text = Field(description="why", examples=["Hồ sơ không thuộc thẩm quyền"])


class ForwardIn(PlainIn):
    """To which unit the dossier is handed."""

    model_config = with_example({"to_unit": "515.03", "officer": "Trần Văn Minh"})

    to_unit: UnitReference = Field(description="the next unit", examples=["515.03"])


class RequestSupplementIn(ReasonIn):
    """Which papers are missing, and why they are needed."""

    model_config = with_example(
        {"documents": [{"name": "Giấy khai sinh", "form": "certified_copy"}], "reason": "Thiếu giấy tờ chứng minh"}
    )

    documents: Documents = Field(default_factory=list, description="what is missing")
    legal_basis: Text | None = Field(None, description="needed beyond the usual number of requests")


class SupplementIn(PlainIn):
    """The papers that were brought."""

    model_config = with_example({"documents": [{"name": "Giấy khai sinh", "form": "certified_copy"}]})

    documents: Documents = Field(default_factory=list, description="what was brought")


class RequestPaymentIn(PlainIn):
    """What is to be paid."""

    model_config = with_example({"amount": 500_000, "note": "Lệ phí theo thông báo"})

    amount: Annotated[StrictInt, Field(ge=1, le=10**12)] = Field(description="in đồng", examples=[500_000])


class SuspendIn(ReasonIn):
    """A waiting that the law excludes."""

    model_config = with_example(
        {"reason": "Xác minh tại nơi cư trú trước đây", "legal_basis": "Nghị định 61/2018/NĐ-CP"}
    )

    legal_basis: Text = Field(description="the provision", examples=["Điều 12 Nghị định 61/2018/NĐ-CP"])


class ExtendIn(PlainIn):
    """Days lawfully added to the limit, in the limit's own unit."""

    model_config = with_example({"days": 3, "legal_basis": "Nghị định 61/2018/NĐ-CP"})

    days: Annotated[StrictInt, Field(ge=1, le=366)] = Field(description="how many", examples=[3])
    legal_basis: Text = Field(description="the provision")


class RescheduleIn(ReasonIn):
    """A later promise, with an apology."""

    model_config = with_example({"promised_date": "2021-08-24", "reason": "Hồ sơ có nội dung phức tạp"})

    promised_date: Day = Field(description="a working day after the due date")


class TransferIn(ReasonIn):
    """Another unit becomes responsible."""

    model_config = with_example(
        {
            "to_unit": "515.05",
            "reason": "Thuộc thẩm quyền của đơn vị khác",
            "legal_basis": "Nghị định 61/2018/NĐ-CP",
        }
    )

    to_unit: UnitReference = Field(description="the unit that becomes responsible", examples=["515.05"])
    legal_basis: Text = Field(description="the provision")


class FinishIn(PlainIn):
    """The result is ready at the counter."""

    model_config = with_example({"outcome": "granted", "officer": "Trần Văn Minh"})

    outcome: Literal["granted", "refused"] = Field(description="what came of it")

    @model_validator(mode="after")
    def refusal_has_its_reason(self) -> Self:
        """The applicant is told why (rules §8)."""
        if self.outcome == "refused" and self.reason is None:
            raise PydanticCustomError("refusal_reason_missing", "a refusal needs its reason")
        return self


class ReturnIn(PlainIn):
    """The result is in the applicant's hands."""

    model_config = with_example({"received_by": "Nguyễn Thị Hoa", "how": "counter"})

    received_by: Name = Field(description="to whom it was given", examples=["Nguyễn Thị Hoa"])
    how: Channel | None = Field(None, description="by what way; the dossier's return method where not given")


class WithdrawIn(PlainIn):
    """The applicant takes the request back."""

    model_config = with_example({"request": "Đơn xin rút hồ sơ ngày 17/8/2021"})

    request: Text = Field(description="the applicant's request")


class DiscontinueIn(ReasonIn):
    """The office ends it without a result."""

    model_config = with_example(
        {
            "reason": "Quá thời hạn bổ sung mà không nhận được giấy tờ",
            "legal_basis": "Nghị định 61/2018/NĐ-CP",
        }
    )

    legal_basis: Text = Field(description="the provision")


class CorrectIn(ReasonIn):
    """One entry is put right; the old one stays in the journal."""

    model_config = with_example(
        {"sequence": 1, "changes": {"at": "2021-08-16T08:30:00+07:00"}, "reason": "Nhập nhầm giờ tiếp nhận"}
    )

    sequence: Annotated[StrictInt, Field(ge=1, lt=2**31)] = Field(description="the entry to correct")
    changes: dict[str, Any] = Field(
        min_length=1,
        description="fields of that entry's body with their right values, `at` among them",
        examples=[{"at": "2021-08-16T08:30:00+07:00"}],
    )


PendingSequence = Annotated[
    StrictInt, Field(ge=1, lt=2**31, description="the entry of the correction that is pending", examples=[2])
]


class ApproveCorrectionIn(ActIn):
    """A correction that another client asked for takes effect."""

    model_config = with_example({"sequence": 2, "officer": "Nguyễn Văn An"})

    sequence: PendingSequence


class RejectCorrectionIn(ReasonIn):
    """A correction ends without effect."""

    model_config = with_example({"sequence": 2, "reason": "Giờ tiếp nhận trên giấy hẹn là đúng"})

    sequence: PendingSequence


class ParticularsIn(WireIn):
    """A merge-patch: what is left out stays, null takes away."""

    model_config = with_example({"applicant": {"phone": "0905123456"}, "return_method": "postal"})

    applicant: dict[str, Any] | None = Field(None, description="fields of the applicant")
    summary: Text | None = Field(None, description="what is asked for")
    return_method: Channel | None = Field(None, description="how the result goes back")
    documents: Documents | None = Field(None, description="all papers that were handed in")


BODIES: dict[Action, type[ActIn]] = {
    Action.SUBMIT: DossierIn,
    Action.RECEIVE: ReceiveIn,
    Action.DECLINE: ReasonIn,
    Action.FORWARD: ForwardIn,
    Action.TAKE: PlainIn,
    Action.REQUEST_SUPPLEMENT: RequestSupplementIn,
    Action.SUPPLEMENT: SupplementIn,
    Action.REQUEST_PAYMENT: RequestPaymentIn,
    Action.PAY: PlainIn,
    Action.SUSPEND: SuspendIn,
    Action.RESUME: PlainIn,
    Action.EXTEND: ExtendIn,
    Action.RESCHEDULE: RescheduleIn,
    Action.TRANSFER: TransferIn,
    Action.FINISH: FinishIn,
    Action.RETURN: ReturnIn,
    Action.WITHDRAW: WithdrawIn,
    Action.DISCONTINUE: DiscontinueIn,
    Action.CORRECT: CorrectIn,
    Action.APPROVE_CORRECTION: ApproveCorrectionIn,
    Action.REJECT_CORRECTION: RejectCorrectionIn,
}


def split(body: ActIn) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body's fields for the journal, and the words that stay out of it; `at` and `officer` are in neither."""
    fields = body.model_dump(mode="json", exclude={"at", "officer"}, exclude_none=True)
    words = {key: fields.pop(key) for key in body.words & fields.keys()}
    return fields, {key: value for key, value in words.items() if value}
