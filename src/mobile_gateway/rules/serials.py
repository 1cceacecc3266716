"""Serials of certificates: 15 random characters and a check character, in Crockford's base 32 (PRODUCT.md §8).

The alphabet has no I, L, O and U, so a serial can be read aloud and copied by hand. The check makes
`Σ aⁱ·cᵢ = 0` over GF(32), with `a` a generator: any one wrong character and any two exchanged ones are noticed,
and one in 32 of all other texts passes.
"""

from __future__ import annotations

import unicodedata
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS: Final = 75
"""What a serial's first 15 characters hold; the caller brings them, from a CSPRNG."""

LENGTH: Final = 16
_GROUP = 4
_RANDOM = LENGTH - 1
_BITS = 5
_POLYNOMIAL = 0b100101  # x⁵ + x² + 1, primitive: its root generates the field's 31 units
_CONFUSED = str.maketrans("ILO", "110")
_LONGEST_TYPED = 64


def _powers() -> tuple[int, ...]:
    powers = [1]
    while len(powers) < LENGTH:
        doubled = powers[-1] << 1
        powers.append(doubled ^ _POLYNOMIAL if doubled >> _BITS else doubled)
    return tuple(powers)


_WEIGHTS = _powers()


def write(random_bits: int) -> str:
    """The serial of 75 random bits: 16 characters without separators.

    Raises:
        ValueError: they are not 75 bits.
    """
    if not 0 <= random_bits < 1 << RANDOM_BITS:
        raise ValueError(f"a serial is made of {RANDOM_BITS} bits")
    values = [random_bits >> _BITS * place & 31 for place in reversed(range(_RANDOM))]
    # The check's weight is the first one, 1: it is the sum of what the others come to.
    return "".join(ALPHABET[value] for value in [*values, _sum(values)])


def read(text: str) -> str | None:
    """The serial that somebody typed or read aloud, or None when it cannot be one.

    Case, width, spaces and hyphens do not matter; I and L are read as 1, O as 0.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    plain = unicodedata.normalize("NFKC", text).upper()
    typed = "".join(one for one in plain if not one.isspace() and unicodedata.category(one) != "Pd")
    typed = typed.translate(_CONFUSED)
    if len(typed) != LENGTH or any(one not in ALPHABET for one in typed):
        return None
    values = [ALPHABET.index(one) for one in typed]
    return typed if _sum(values[:-1]) == values[-1] else None


def shown(serial: str) -> str:
    """A serial in groups of four, as it is printed: `7K2M-9QX0-4BTN-RW5C`."""
    return "-".join(serial[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def _sum(values: list[int]) -> int:
    total = 0
    for value, weight in zip(values, reversed(_WEIGHTS), strict=False):
        total ^= _times(value, weight)
    return total


def _times(one: int, other: int) -> int:
    product = 0
    for bit in range(_BITS):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(2 * _BITS - 2, _BITS - 1, -1):
        if product >> bit & 1:
            product ^= _POLYNOMIAL << bit - _BITS
    return product
