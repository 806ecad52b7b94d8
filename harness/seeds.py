"""Named streams of random numbers.

A stream is named by its seed, its purpose and what it belongs to, never by the order of execution: so a draw of
shots is the same for every model, and one worker or ten give the same bits.
"""

import hashlib


def stream(seed: int, purpose: str, *belongs: str | int) -> int:
    """A 63-bit seed for the stream `purpose` (split, shots, head, order, augmentation, init, ...) of `belongs`."""
    name = "\x1f".join(str(part) for part in (seed, purpose, *belongs))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1
