"""Response models of cosigned heads."""

from pydantic import BaseModel, Field

from app.http.wire_types import Shown

_NOTE = (
    "motcua.ha-noi.example.vn/seals\n19\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— motcua.ha-noi.example.vn/seals Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+\n"
)


class CosignedOut(BaseModel):
    """The newest head of another register that this one has cosigned."""

    origin: str = Field(description="name of the other register", examples=["motcua.ha-noi.example.vn/seals"])
    size: int = Field(description="number of its seals", examples=[19])
    cosigned_at: Shown = Field(description="when it was cosigned", examples=["2021-08-17T00:05:00+07:00"])
    note: str = Field(description="its signed note with the cosignature (C2SP `tlog-cosignature`)", examples=[_NOTE])


class WitnessedOut(BaseModel):
    """The registers that this one witnesses."""

    items: list[CosignedOut] = Field(description="by name")
