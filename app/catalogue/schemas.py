"""Bodies for units, catalogues and procedures (contract, Reference data)."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from app.catalogue.limit_schemas import Hour, LimitIn, LimitsIn, ShareIn
from app.catalogue.records import RECEIVING, RESPONSIBLE
from app.catalogue.special_rules import SpecialRulesIn, Trait
from app.domain.limits import LARGEST_AMOUNT, ClockPolicy
from app.http.wire_types import Day, UnitReference, WireIn, with_example
from app.text_input import Name, Text

# Codes stand in addresses and file names.
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$")]
Kind = Literal["province", "district", "office", "commune"]
Level = Literal["central", "province", "district", "commune"]
Days = Annotated[StrictInt, Field(ge=1, le=LARGEST_AMOUNT)]


class SessionIn(WireIn):
    """Opening hours on a weekday."""

    weekday: Annotated[StrictInt, Field(ge=1, le=7)] = Field(description="1 is Monday, 7 Sunday", examples=[1])
    from_: Hour = Field(alias="from", description="local time", examples=["07:00"])
    to: Hour = Field(description="local time", examples=["11:30"])
    reception_only: StrictBool = Field(False, description="dossiers are received, but the hours count towards no limit")


Sessions = Annotated[list[SessionIn], Field(max_length=70)]
Traits = Annotated[list[Trait], Field(max_length=20)]
Fields = Annotated[list[Name], Field(max_length=200)]


class UnitIn(WireIn):
    """A new unit."""

    model_config = with_example(
        {
            "code": "20900",
            "name": "Trà My",
            "kind": "commune",
            "type": "Xã",
            "agency_identifier": "000.00.44.H17",
            "parent": "48",
            "sessions": [
                {"weekday": 1, "from": "07:00", "to": "11:30"},
                {"weekday": 1, "from": "13:30", "to": "17:00"},
            ],
            "valid_from": "2025-07-01",
        }
    )

    code: Code = Field(description="official code; a former unit may have had it", examples=["20900"])
    name: Name = Field(description="name without its type", examples=["Trà My"])
    kind: Kind = Field(description="level in the hierarchy", examples=["commune"])
    type: Name = Field(description="its official type", examples=["Xã"])
    agency_identifier: Name = Field(description="first part of dossier codes", examples=["000.00.44.H17"])
    parent: UnitReference | None = Field(None, description="the unit above", examples=["48"])
    address: Name | None = Field(None, description="address of its counter")
    phone: Name | None = Field(None, description="its counter's telephone")
    sessions: Sessions | None = Field(None, description="opening hours; 07:00–11:30 and 13:30–17:00 if not given")
    traits: Traits = Field(default_factory=list, description="what its area is, as `mountain`", examples=[["mountain"]])
    fields: Fields = Field(
        default_factory=list, description="fields of procedures that a department answers for", examples=[["Hộ tịch"]]
    )
    valid_from: Day = Field(description="first day of its existence", examples=["2025-07-01"])
    valid_to: Day | None = Field(None, description="last day of its existence", examples=[None])


class UnitPatch(WireIn):
    """Changes of a unit (merge patch: fields that are left out stay)."""

    model_config = with_example({"address": "Thôn 1, xã Trà My", "phone": "02353882123"})

    name: Name | None = Field(None, description="name without its type", examples=["Trà My"])
    type: Name | None = Field(None, description="its official type", examples=["Xã"])
    agency_identifier: Name | None = Field(None, description="for later dossiers", examples=["000.00.44.H17"])
    parent: UnitReference | None = Field(None, description="the unit above; null: none", examples=["48"])
    address: Name | None = Field(None, description="address of its counter; null: not known")
    phone: Name | None = Field(None, description="its counter's telephone; null: not known", examples=["02353882123"])
    sessions: Sessions | None = Field(None, description="all opening hours, for later receipts; null: the usual ones")
    traits: Traits | None = Field(None, description="what its area is, for later receipts", examples=[["mountain"]])
    fields: Fields | None = Field(None, description="what it answers for, for later receipts", examples=[["Hộ tịch"]])
    valid_to: Day | None = Field(None, description="last day of its existence; null: it goes on", examples=[None])


class CatalogueIn(WireIn):
    """A new set of procedures, with the bounds of their time limits (rules §4)."""

    model_config = with_example(
        {
            "name": "Thủ tục có thời hạn từ 2 đến 20 ngày",
            "decision": "2353/QĐ-UBND",
            "min_days": 2,
            "max_days": 20,
        }
    )

    name: Name = Field(description="its name", examples=["Thủ tục có thời hạn từ 2 đến 20 ngày"])
    decision: Name | None = Field(None, description="the decision that issued it", examples=["2353/QĐ-UBND"])
    min_days: Days | None = Field(2, description="shortest limit in days; null: not bounded", examples=[2])
    max_days: Days | None = Field(20, description="longest limit in days; null: not bounded", examples=[20])


def _for_all_channels(value: Any) -> Any:
    if isinstance(value, dict) and "unit" in value:
        return {"counter": value, "online": value, "postal": value}
    return value


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class PaperIn(WireIn):
    """A paper that an applicant hands in; a text is its name."""

    name: Name = Field(description="name of the paper", examples=["Tờ khai"])
    form: Name | None = Field(None, description="form", examples=["original"])
    copies: Annotated[StrictInt, Field(ge=1, le=1000)] | None = Field(
        None, description="number of copies", examples=[1]
    )
    when: Name | None = Field(
        None, description="the case in which it is needed; null: always", examples=["Người khác nộp thay"]
    )


class ResultIn(WireIn):
    """What the procedure leads to; a text is its name."""

    name: Name = Field(description="name of the result", examples=["Giấy khai sinh"])
    code: Code | None = Field(None, description="national code of this kind of result", examples=["KQ.G15.000034"])


Papers = Annotated[
    list[Annotated[PaperIn, BeforeValidator(_named, json_schema_input_type=str | PaperIn)]], Field(max_length=100)
]


Results = Annotated[
    list[Annotated[ResultIn, BeforeValidator(_named, json_schema_input_type=str | ResultIn)]], Field(max_length=20)
]


class StepIn(WireIn):
    """One step of a route (rules §9)."""

    unit: Literal["receiving", "responsible"] | UnitReference = Field(
        description=f"a unit, or `{RECEIVING}` or `{RESPONSIBLE}` for the unit of the dossier", examples=[RECEIVING]
    )
    name: Name = Field(description="name of the step", examples=["Tiếp nhận và thẩm tra"])
    limit: ShareIn | None = Field(None, description="its share, in the limit's own unit; half days are possible")


class VersionIn(WireIn):
    """A version of a procedure, in force from a date (rules §4)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "effective_from": "2026-01-01",
                    "limits": {"amount": 5, "unit": "working_day"},
                    "documents": ["Tờ khai"],
                    "legal_basis": "Nghị định 123/2015/NĐ-CP",
                }
            ]
        }
    )

    effective_from: Day = Field(description="first day in force", examples=["2026-01-01"])
    effective_to: Day | None = Field(None, description="last day in force; later receipts are refused")
    limits: Annotated[LimitsIn, BeforeValidator(_for_all_channels, json_schema_input_type=LimitIn | LimitsIn)] = Field(
        validation_alias=AliasChoices("limits", "limit"), description="one limit for all channels, or one for each"
    )
    clock_policy: ClockPolicy = Field(ClockPolicy.EXCLUDE, description="effect of suspensions on the limit")
    responsible_unit: UnitReference | None = Field(
        None, description="responsible unit; if not given, the department for the field (rules §4)"
    )
    fee: Annotated[StrictInt, Field(ge=0, le=10**12)] | None = Field(None, description="in đồng; null: not known")
    documents: Papers = Field(default_factory=list, description="papers to be handed in")
    results: Results = Field(default_factory=list, description="what the applicant gets")
    route: Annotated[list[StepIn], Field(max_length=20)] = Field(default_factory=list, description="steps in order")
    legal_basis: Text | None = Field(None, description="legal basis")
    max_supplement_requests: Annotated[StrictInt, Field(ge=0, le=100)] = Field(
        1, description="number of requests for papers without a supervisor"
    )
    max_extension: Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)] = Field(
        0, description="days of extension at most, in the unit of the limit"
    )
    rules: SpecialRulesIn | None = Field(None, description="rules of its sector; null: the general rules")


class ProcedureIn(WireIn):
    """A new procedure, with or without versions."""

    model_config = with_example(
        {
            "code": "1.004837",
            "name": "Thủ tục đăng ký giám hộ",
            "field": "Hộ tịch",
            "level": "commune",
            "catalogue": 1,
            "versions": [{"effective_from": "2018-01-01", "limits": {"amount": 3, "unit": "working_day"}}],
        }
    )

    code: Code = Field(description="national code", examples=["1.004837"])
    name: Name = Field(description="official name", examples=["Thủ tục đăng ký giám hộ"])
    field: Name = Field(description="its field", examples=["Hộ tịch"])
    level: Level = Field(description="level that decides it", examples=["commune"])
    catalogue: Annotated[StrictInt, Field(ge=1, lt=2**31)] | Name = Field(
        description="the catalogue's id, or its name", examples=[1]
    )
    note: Text | None = Field(None, description="for administrators")
    versions: Annotated[list[VersionIn], Field(max_length=50)] = Field(default_factory=list, description="oldest first")


class ProcedurePatch(WireIn):
    """Changes of a procedure's words (merge patch: fields that are left out stay)."""

    model_config = with_example({"name": "Thủ tục đăng ký giám hộ", "note": None})

    name: Name | None = Field(None, description="official name", examples=["Thủ tục đăng ký giám hộ"])
    field: Name | None = Field(None, description="its field", examples=["Hộ tịch"])
    note: Text | None = Field(None, description="for administrators; null: none")


class VersionPatch(WireIn):
    """Changes of a version's words (merge patch). Limits, fees and steps are law: they need another version."""

    model_config = with_example({"documents": ["Tờ khai"], "legal_basis": "Nghị định 123/2015/NĐ-CP"})

    documents: Papers | None = Field(None, description="all papers to be handed in; null: none")
    results: Results | None = Field(None, description="all that the applicant gets; null: none")
    legal_basis: Text | None = Field(None, description="legal basis; null: none")
