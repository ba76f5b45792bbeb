"""A small walk, baked by the twins, for the tests of commands."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

TWINS = ["--generator", "tests.bake.twins:Dissolve", "--flow", "tests.bake.twins:FieldFlow", "--anchors", "none"]


def paint(folder: Path, count: int = 3) -> Path:
    """Fill a folder with small paintings."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        values = np.random.default_rng(number).integers(0, 255, (5, 7, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(values, (160, 120), interpolation=cv2.INTER_CUBIC))
    return folder
