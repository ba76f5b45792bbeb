"""A small walk whose two paintings can move."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from artwalks_live.bake.store import Store
from artwalks_live.core import walk as bundle
from artwalks_live.core.walk import Walk
from tests.bake.brushwork import brushed, whirl
from tests.walks import make_walk

SIZE = (320, 180)


def make_moving(folder: Path) -> Walk:
    """Write the bundle: a sky of whirls, and the same turned upside down."""
    made = make_walk(folder, SIZE, paintings=2, between=0)
    store = Store(folder)
    sky = np.asarray(brushed(whirl()), np.uint8)
    keyframes = []
    for keyframe, picture in zip(made.keyframes, (sky, sky[::-1].copy()), strict=True):
        stored = store.put_image(picture)
        keyframes.append(replace(keyframe, image=stored.name, sha256=stored.sha256, bytes=stored.bytes))
    changed = replace(made, keyframes=tuple(keyframes))
    bundle.write(changed)
    return changed
