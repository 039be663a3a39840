"""Task ids as annotators see them: a keyed permutation of the real ones.

Ids tell when a task was created, and so tell seeds from ordinary tasks. A four-round Feistel network over 32 bits (Luby
and Rackoff 1988: four rounds of a pseudo-random function give a strong pseudo-random permutation) hides that. A sealed
id always has 10 digits, so its length says nothing either, and fits the numbers of JavaScript.
"""

import hashlib
import hmac

BITS = 16
MASK = (1 << BITS) - 1
TOP = 1 << (2 * BITS)  # makes every sealed id the same length


def _round(key: str, number: int, half: int) -> int:
    digest = hmac.new(key.encode(), f"{number}:{half}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:4], "big") & MASK


def seal(task: int, key: str) -> int:
    """A real id (below 2^32) -> the sealed one."""
    left, right = task >> BITS, task & MASK
    for n in range(4):
        left, right = right, left ^ _round(key, n, right)
    return TOP + (left << BITS | right)


def unseal(sealed: int, key: str) -> int:
    """A sealed id -> the real one; -1 for a number that is no sealed id."""
    value = sealed - TOP
    if not 0 <= value < 1 << (2 * BITS):
        return -1
    left, right = value >> BITS, value & MASK
    for n in reversed(range(4)):
        left, right = right ^ _round(key, n, left), left
    return left << BITS | right
