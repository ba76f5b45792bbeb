"""The golden pictures: how each is made, and the command that makes them anew.

    python -m tests.gpu.renew

Look at them before committing: they are what the effects are held to.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.gpu.scene import Array, Scene, scene

FOLDER = Path(__file__).parent / "golden"
GOLDEN: dict[str, dict[str, float]] = {
    "walk": {},
    "warps": {"flow__push": 1.0, "zoom__pulse": 0.5, "zoom__angle": 6.0, "zoom__wander": 0.5},
    "colour": {"drift__amount": 1.0, "drift__hue": 25.0, "vignette__amount": 0.8, "grain__amount": 0.5},
    "light": {"bloom__amount": 1.2, "feedback__amount": 0.5, "feedback__turn": 20.0},
}


def draw(stage: Scene, name: str) -> Array:
    """A golden picture as it is drawn now: four frames, walking, so that feedback has something to keep."""
    stage.shoot(0.0)
    for n in range(4):
        shown = stage.shoot(0.3 + 0.1 * n, time_s=2.0 + 0.1 * n, dt_s=0.1, **GOLDEN[name])
    return shown


def load(name: str) -> Array:
    """A golden picture as it was kept."""
    with Image.open(FOLDER / f"{name}.png") as image:
        return np.asarray(image)


def main() -> None:
    """Draw and keep all of them."""
    FOLDER.mkdir(exist_ok=True)
    with scene(2) as stage:
        for name in GOLDEN:
            Image.fromarray(draw(stage, name)).save(FOLDER / f"{name}.png", optimize=True)
            print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
