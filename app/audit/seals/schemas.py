"""Request and response models of seals and proofs (docs/journal.md)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Shown, ShownDay

_HASH = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
_OTHER = "6d1f1c0b2f7d2f0d4b0c5a1fa0f8c8f6a1f40a3c6c8e6bb7f6b4f9b0f0d5a3c1"
_SEAL = (
    '{"count":412,"date":"2021-08-16","first_id":7001,"form":"motcua-seal-1","last_id":7412,"number":19,'
    f'"previous":"{_OTHER}","root":"{_HASH}","sealed_at":"2021-08-16T17:00:41+00:00"}}'
)
_ENTRY = (
    '{"applicant_hash":null,"applicant_number":null,"changes_from":null,"client":"counter-1","corrects":null,'
    '"data":{},"dossier":"000.31.15.H47-210816-0001","form":"motcua-entry-1","occurred_at":"2021-08-16T02:10:00+00:00",'
    f'"previous":"{_OTHER}","recorded_at":"2021-08-16T02:10:00+00:00","sequence":2,"text_hash":null,"type":"take",'
    '"unit":18}'
)


class LogOut(BaseModel):
    """What a seal covers of a log beside the journal: `ledger`, the record of administration."""

    count: int = Field(description="number of its rows in the seal", examples=[3])
    last: int = Field(description="number of its last row in this seal or an earlier one", examples=[71])


class SealOut(BaseModel):
    """A hash over all entries since the seal before, and over what other logs got."""

    number: int = Field(description="number of the seal, from 1 without gaps", examples=[19])
    date: ShownDay = Field(description="last day that is sealed completely", examples=["2021-08-16"])
    count: int = Field(description="number of its entries", examples=[412])
    first_id: int = Field(description="number of its first entry in the whole register", examples=[7001])
    last_id: int = Field(description="number of its last entry in the whole register", examples=[7412])
    root: str = Field(description="root of the Merkle tree over its entries' hashes", examples=[_HASH])
    previous: str = Field(description="`hash` of the seal before; 64 zeros in the first", examples=[_OTHER])
    sealed_at: Shown = Field(description="time of the seal", examples=["2021-08-17T00:00:41+07:00"])
    logs: dict[str, LogOut] | None = Field(description="the other logs in it; null in a seal of an older version")
    content: str = Field(description="the exact hashed text of the seal", examples=[_SEAL])
    hash: str = Field(description="SHA-256 of `content`, to save or publish outside the database", examples=[_HASH])


class ProofStepOut(BaseModel):
    """One level of the path to the root."""

    side: Literal["left", "right"] = Field(
        description="side of `hash` next to the hash computed so far", examples=["left"]
    )
    hash: str = Field(description="hash to combine with the hash computed so far", examples=[_HASH])


class InclusionOut(BaseModel):
    """Path of an entry in the tree of its seal."""

    seal: int = Field(description="number of the seal, which is in `seals`", examples=[19])
    path: list[ProofStepOut] = Field(
        description="hashes next to the path from the leaf of the entry to the root, from the leaf on"
    )


class EntryProofOut(BaseModel):
    """One entry of the journal with its proof."""

    sequence: int = Field(description="number of the entry in the journal", examples=[2])
    content: str = Field(description="the exact hashed text of the entry", examples=[_ENTRY])
    previous: str = Field(description="`hash` of the entry before; 64 zeros in the first", examples=[_OTHER])
    hash: str = Field(description="SHA-256 of `content`", examples=[_HASH])
    inclusion: InclusionOut | None = Field(description="path to the root of its seal; null if it is not sealed yet")


class ProofOut(BaseModel):
    """Proof that entries are unchanged; docs/journal.md has a script that checks it."""

    dossier: str = Field(description="code of the dossier", examples=["000.31.15.H47-210816-0001"])
    items: list[EntryProofOut] = Field(description="the entries, oldest first")
    seals: list[SealOut] = Field(description="the seals of these entries, oldest first")
    journal_hash: str = Field(description="`hash` of the dossier's last entry", examples=[_HASH])
    next_cursor: str | None = Field(description="`cursor` of the next page, null on the last", examples=[None])


class ProofQuery(BaseModel):
    """Entries to prove."""

    model_config = ConfigDict(extra="forbid")

    sequence: int | None = Field(None, ge=1, lt=2**31, description="only this entry", examples=[2])
    limit: Annotated[int, Field(ge=1, le=50)] = Field(50, description="largest number of entries")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")
