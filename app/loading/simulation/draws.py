"""Random draws by a seed, equal to those of `random.Random` but faster."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class FastRandom(Random):
    """Draws like `Random` with the same seed, for the arguments that the simulation uses."""

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]  # the standard one takes any collection
        """A random element of the sequence."""
        return seq[self._below(len(seq))]

    def randint(self, a: int, b: int) -> int:
        """A random integer in [a, b]."""
        return a + self._below(b - a + 1)

    def _below(self, number: int) -> int:
        # The algorithm of random.Random, so that a seed keeps its data.
        if number <= 0:
            raise ValueError("there is nothing to draw from")
        bits = number.bit_length()
        drawn = self.getrandbits(bits)
        while drawn >= number:
            drawn = self.getrandbits(bits)
        return drawn
