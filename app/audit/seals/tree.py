"""The growing tree over the hashes of all seals, kept in memory by each worker that is asked for it."""

import base64
import re
from typing import NamedTuple

from app.audit.seals.lines import every_seal
from app.audit.seals.queries import oldest_seals
from app.database import Connection
from app.domain.errors import Unavailable
from app.domain.growing_tree import GrowingTree
from app.domain.merkle import leaf

_NOTE = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")


class Checkpoint(NamedTuple):
    """The head of a tree: its name, its number of leaves, its root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed, in the form of C2SP."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint | None:
    """The checkpoint in the text of a note, None for any other text."""
    match = _NOTE.fullmatch(text)
    return Checkpoint(match[1], int(match[2]), base64.b64decode(match[3])) if match else None


class SealTree:
    """The tree of one register. Its leaves are the hashes of the seals, 64 digits each, by number."""

    def __init__(self) -> None:
        self._tree = GrowingTree()

    async def grown(self, connection: Connection) -> GrowingTree:
        """The tree of all seals up to now. Reads only the seals since the last call.

        Raises Unavailable `seals_incomplete` if a seal is missing.
        """
        if not await self._stands(connection):
            self._tree = GrowingTree()
        tree = self._tree
        async for seal in every_seal(connection, tree.size):
            if seal.number <= tree.size:
                continue  # added by another request meanwhile
            if seal.number != tree.size + 1:
                raise Unavailable("seals_incomplete", f"The seal {tree.size + 1} is missing: run `motcua verify`.")
            tree.append(seal.hash.encode())
        return tree

    async def _stands(self, connection: Connection) -> bool:
        """False if the last seal of the tree is another one now, as after a restore."""
        size = self._tree.size
        if size == 0:
            return True
        last = await oldest_seals(connection, size - 1, 1)
        return bool(last) and last[0].number == size and leaf(last[0].hash.encode()) == self._tree.leaf(size - 1)
