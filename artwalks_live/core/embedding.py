"""Where a painting lies in the space of a CLIP model, as walk.json keeps it."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.walk_fields import Fields

MOST = 8192  # values


def packed(vector: NDArray[np.float32]) -> str:
    """A vector (E,) as base64 of its values in float16, little-endian."""
    return base64.b64encode(np.asarray(vector, "<f2").tobytes()).decode("ascii")


def unpacked(text: str) -> NDArray[np.float32]:
    """The reverse of `packed`, (E,) float32. Raises ValueError or TypeError when it is none."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)


def checked(fields: Fields) -> str:
    """The embedding of a painting's entry, "" when it has none. Raises BundleError when it is no unit vector."""
    text = fields.optional("embedding", "")
    if text == "":
        return ""
    try:
        values = unpacked(text)
    except (TypeError, ValueError):
        raise fields.fail(f"embedding is {str(text)[:20]!r}, expected base64 of float16 values") from None
    if not 1 <= len(values) <= MOST or not abs(float(np.linalg.norm(values)) - 1.0) < 0.01:
        raise fields.fail(f"embedding has {len(values)} values, expected 1 to {MOST} of a vector of length 1")
    return str(text)
