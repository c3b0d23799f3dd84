"""Pictures whose pixels equal those of an earlier one."""

import hashlib
from dataclasses import dataclass

from saccade.data.decode import Decoded
from saccade.data.doctor.remark import Spot


@dataclass(frozen=True, slots=True)
class Twin:
    """A picture that is an earlier one again.

    Args:
        later: the picture.
        first: the earlier one.
        conflict: their labels differ.
        likeness: correlation of the two, 0 to 1; 1 where every pixel is equal.
        mirrored: one is the mirror image of the other.
    """

    later: Spot
    first: Spot
    conflict: bool
    likeness: float = 1.0
    mirrored: bool = False

    @property
    def across(self) -> bool:
        """Whether they lie in different splits."""
        return self.later.split != self.first.split


class Contents:
    """Remembers the first picture of each content by 16 bytes."""

    def __init__(self) -> None:
        self._firsts: dict[bytes, Spot] = {}

    def earlier(self, decoded: Decoded, spot: Spot) -> Spot | None:
        """Give the earlier picture that this one equals; None when it is the first."""
        first = self._firsts.setdefault(content_of(decoded), spot)
        return None if first is spot else first


def content_of(decoded: Decoded) -> bytes:
    """Hash the upright pixels of a picture into 16 bytes."""
    size = f"{decoded.image.size}".encode()
    return hashlib.blake2b(size + decoded.image.tobytes(), digest_size=16).digest()
