"""Random draws by a seed: what `random.Random` gives, with fewer calls for each of the many draws of a simulation."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """The same draws as `Random` of the same seed, for the arguments that the simulation uses."""

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]  # the standard one takes any collection
        """One of the sequence."""
        return seq[self._below(len(seq))]

    def randint(self, a: int, b: int) -> int:
        """A whole number of [a, b]."""
        return a + self._below(b - a + 1)

    def _below(self, number: int) -> int:
        # As random.Random draws it; a seed gives the same data as before.
        if number <= 0:
            raise ValueError("there is nothing to draw from")
        bits = number.bit_length()
        drawn = self.getrandbits(bits)
        while drawn >= number:
            drawn = self.getrandbits(bits)
        return drawn
