"""True flows in `.flo` files: the format of the Middlebury benchmark (Baker et al., IJCV 2011)."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import UsageError

MAGIC = struct.pack("<f", 202021.25)  # reads PIEH
HEADER_BYTES = 12
LARGEST = 32768  # a side beyond this is a damaged header
UNKNOWN = 1e9  # values above this mark a place whose motion is not known


def read_flo(path: Path) -> NDArray[np.float32]:
    """Read the motion of every pixel of the first picture to the second.

    returns  (H, W, 2) float32, (dx, dy) in pixels, +y down; both NaN where the motion is not known

    Raises UsageError, one line, when the file is missing, no `.flo` file, or not as long as its header says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): a .flo file is needed there") from None
    if len(data) < HEADER_BYTES or data[:4] != MAGIC:
        raise UsageError(f"{path} is no .flo file (it does not begin with PIEH): fetch it again")
    width, height = struct.unpack("<ii", data[4:HEADER_BYTES])
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
        raise UsageError(f"{path}: its header says {width}x{height} pixels: fetch it again")
    expected = HEADER_BYTES + width * height * 8
    if len(data) != expected:
        raise UsageError(f"{path} has {len(data)} bytes, {width}x{height} pixels need {expected}: fetch it again")
    vectors = np.frombuffer(data, "<f4", offset=HEADER_BYTES).reshape(height, width, 2).astype(np.float32)
    known = (np.abs(vectors) <= UNKNOWN).all(axis=2)  # false for NaN too
    vectors[~known] = np.nan
    return vectors
