"""Bodies of the actions: one class for each set of fields (rules §8)."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from app.domain.money import LARGEST_SUM
from app.domain.state import LateCause
from app.dossiers.schemas import ANOTHER_AREA, ActIn, Channel, Documents, Method, Money, ReceiptNumber
from app.http.wire_types import Day, UnitReference, with_example
from app.text_input import Name, Text

Amount = Annotated[StrictInt, Field(ge=1, le=LARGEST_SUM)]


class ReceiveIn(ActIn):
    """The counter accepts a submitted dossier."""

    model_config = with_example({"officer": "Trần Văn Minh", "documents": [{"name": "Tờ khai"}]})

    documents: Documents = Field(default_factory=list, description="further papers that were handed in")
    another_area: StrictBool | None = Field(None, description=ANOTHER_AREA)
    fee_due: Money | None = Field(None, description="fee that is due, in đồng; as at the submission if not given")
    reason: Text | None = Field(None, description="reason of a late record; a supervisor gives it")


class PlainIn(ActIn):
    """No further fields."""

    model_config = with_example({"officer": "Trần Văn Minh", "at": "2021-08-16T09:15:00+07:00"})

    reason: Text | None = Field(None, description="reason of a late record; a supervisor gives it")


class ReasonIn(ActIn):
    """An action that needs a reason."""

    model_config = with_example({"officer": "Trần Văn Minh", "reason": "Hồ sơ không thuộc thẩm quyền"})

    reason: Text = Field(description="the reason", examples=["Hồ sơ không thuộc thẩm quyền"])


class ForwardIn(PlainIn):
    """The unit that gets the dossier next."""

    model_config = with_example({"to_unit": "515.03", "officer": "Trần Văn Minh"})

    to_unit: UnitReference = Field(description="the next unit", examples=["515.03"])


class RequestSupplementIn(ReasonIn):
    """The missing papers, and the reason why they are needed."""

    model_config = with_example(
        {"documents": [{"name": "Giấy khai sinh", "form": "certified_copy"}], "reason": "Thiếu giấy tờ chứng minh"}
    )

    documents: Documents = Field(default_factory=list, description="missing papers")
    legal_basis: Text | None = Field(None, description="needed beyond the usual number of requests")
    guidance_not_followed: StrictBool | None = Field(
        None, description="true: the applicant did not follow the guidance; needed beyond the ceiling of two requests"
    )


class SupplementIn(PlainIn):
    """The papers that were brought."""

    model_config = with_example({"documents": [{"name": "Giấy khai sinh", "form": "certified_copy"}]})

    documents: Documents = Field(default_factory=list, description="papers that were brought")


class RequestPaymentIn(PlainIn):
    """The amount to be paid."""

    model_config = with_example({"amount": 500_000, "note": "Lệ phí theo thông báo"})

    amount: Amount = Field(description="in đồng", examples=[500_000])


class PayIn(PlainIn):
    """Money that the applicant paid, all or a part."""

    model_config = with_example({"amount": 500_000, "method": "cash", "receipt_number": "0001234"})

    amount: Amount | None = Field(None, description="in đồng; all that is open if not given", examples=[500_000])
    method: Method | None = Field(None, description="way of payment", examples=["cash"])
    receipt_number: ReceiptNumber | None = Field(None, description="number of the receipt", examples=["0001234"])


class RefundIn(ReasonIn):
    """Money that the applicant gets back."""

    model_config = with_example({"amount": 500_000, "method": "transfer", "reason": "Được miễn lệ phí"})

    amount: Amount = Field(description="in đồng, at most what was paid", examples=[500_000])
    method: Method | None = Field(None, description="way of the refund", examples=["transfer"])
    receipt_number: ReceiptNumber | None = Field(None, description="number of the voucher", examples=["0000017"])


class SuspendIn(ReasonIn):
    """A wait that the law excludes from the limit."""

    model_config = with_example(
        {"reason": "Xác minh tại nơi cư trú trước đây", "legal_basis": "Nghị định 61/2018/NĐ-CP"}
    )

    legal_basis: Text = Field(description="the provision", examples=["Điều 12 Nghị định 61/2018/NĐ-CP"])


class ExtendIn(PlainIn):
    """Days lawfully added to the limit, in the limit's own unit."""

    model_config = with_example({"days": 3, "legal_basis": "Nghị định 61/2018/NĐ-CP"})

    days: Annotated[StrictInt, Field(ge=1, le=366)] = Field(description="number of days", examples=[3])
    legal_basis: Text = Field(description="the provision")


class ApplyConditionIn(PlainIn):
    """A condition of the procedure's version that lengthens the limit."""

    model_config = with_example({"condition": "verification", "legal_basis": "Nghị định 63/2024/NĐ-CP, Điều 7"})

    condition: Name = Field(description="code of a condition of the procedure's version", examples=["verification"])
    legal_basis: Text = Field(description="the provision")


class RescheduleIn(ReasonIn):
    """An apology with a later date."""

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

    outcome: Literal["granted", "refused"] = Field(description="outcome")
    late_cause: LateCause | None = Field(
        None, description="cause of a result after the due date; wanted then, and refused otherwise"
    )

    @model_validator(mode="after")
    def refusal_has_its_reason(self) -> Self:
        """Refuses a refusal without a reason: the applicant has a right to it (rules §8)."""
        if self.outcome == "refused" and self.reason is None:
            raise PydanticCustomError("refusal_reason_missing", "a refusal needs its reason")
        return self


class ReturnIn(PlainIn):
    """The counter hands over the result."""

    model_config = with_example({"received_by": "Nguyễn Thị Hoa", "how": "counter"})

    received_by: Name = Field(description="person who received it", examples=["Nguyễn Thị Hoa"])
    how: Channel | None = Field(None, description="channel; the dossier's return method if not given")


class WithdrawIn(PlainIn):
    """The applicant withdraws the request."""

    model_config = with_example({"request": "Đơn xin rút hồ sơ ngày 17/8/2021"})

    request: Text = Field(description="the applicant's request")


class DiscontinueIn(ReasonIn):
    """The office ends the dossier without a result."""

    model_config = with_example(
        {
            "reason": "Quá thời hạn bổ sung mà không nhận được giấy tờ",
            "legal_basis": "Nghị định 61/2018/NĐ-CP",
        }
    )

    legal_basis: Text = Field(description="the provision")


class CorrectIn(ReasonIn):
    """Other values for one entry; the old entry stays in the journal."""

    model_config = with_example(
        {"sequence": 1, "changes": {"at": "2021-08-16T08:30:00+07:00"}, "reason": "Nhập nhầm giờ tiếp nhận"}
    )

    sequence: Annotated[StrictInt, Field(ge=1, lt=2**31)] = Field(description="the entry to correct")
    changes: dict[str, Any] = Field(
        min_length=1,
        description="fields of that entry's body with their correct values, also `at`",
        examples=[{"at": "2021-08-16T08:30:00+07:00"}],
    )


class VoidIn(ReasonIn):
    """An entry that was made by mistake; it stays in the journal and has no effect any more."""

    model_config = with_example({"sequence": 2, "reason": "Bấm nhầm hồ sơ"})

    sequence: Annotated[StrictInt, Field(ge=1, lt=2**31)] = Field(description="the entry to void")


PendingSequence = Annotated[
    StrictInt, Field(ge=1, lt=2**31, description="the entry of the pending correction", examples=[2])
]


class ApproveCorrectionIn(ActIn):
    """A supervisor approves a correction that another client asked for."""

    model_config = with_example({"sequence": 2, "officer": "Nguyễn Văn An"})

    sequence: PendingSequence


class RejectCorrectionIn(ReasonIn):
    """A supervisor rejects a correction, or its client takes it back."""

    model_config = with_example({"sequence": 2, "reason": "Giờ tiếp nhận trên giấy hẹn là đúng"})

    sequence: PendingSequence
