"""A mask that a person drew, read from its file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.motion.hints import hand_drawn, lightness
from artwalks_live.core.errors import UsageError


def read_mask(path: Path, shape: tuple[int, int]) -> Pixels:
    """Read a mask for a picture (H, W): (H, W) uint8, 255 where it may move, 0 where it stands still.

    Raises UsageError when it cannot be read, is of another size, empty, or full.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise UsageError(f"--mask {path}: cannot be read ({error.strerror})") from None
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if found is None or found.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"--mask {path}: is no picture: save it as a PNG")
    mask = np.asarray(found if found.dtype == np.uint8 else found // 257, np.uint8)
    hand_drawn(mask, shape)
    return np.where(lightness(mask) >= 128, 255, 0).astype(np.uint8)
