"""Response models of the tree of seals (docs/journal.md)."""

from pydantic import BaseModel, Field

_HASH = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
_HASHES = Field(description="the hashes of the proof, in the order of RFC 6962", examples=[[_HASH]])


class SealKeysOut(BaseModel):
    """The public keys of a register, in the form of C2SP: name, id and key."""

    origin: str = Field(description="first line of its checkpoints", examples=["motcua.example.vn/seals"])
    verifier_key: str = Field(
        description="key of its checkpoints",
        examples=["motcua.example.vn/seals+5c8a7d12+AQDqUeEzGCD3EYVXNQV+l6Lf6Bo8YgQMUQyPsLmKNTAz"],
    )
    witness_key: str = Field(
        description="key with which it cosigns checkpoints of other registers",
        examples=["motcua.example.vn/seals+0a1b2c3d+BADqUeEzGCD3EYVXNQV+l6Lf6Bo8YgQMUQyPsLmKNTAz"],
    )


class ConsistencyOut(BaseModel):
    """Proof that a tree begins with an older tree."""

    old: int = Field(description="number of seals of the older tree", examples=[7])
    old_root: str = Field(description="its root", examples=[_HASH])
    new: int = Field(description="number of seals of the newer tree", examples=[19])
    new_root: str = Field(description="its root", examples=[_HASH])
    hashes: list[str] = _HASHES


class SealInclusionOut(BaseModel):
    """Proof that a seal is in a tree."""

    seal: int = Field(description="number of the seal; its place in the tree is one less", examples=[7])
    size: int = Field(description="number of seals in the tree", examples=[19])
    root: str = Field(description="root of the tree", examples=[_HASH])
    leaf: str = Field(description="SHA-256 of the byte 0 and the 64 digits of the seal's hash", examples=[_HASH])
    hashes: list[str] = _HASHES
