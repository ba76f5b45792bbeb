"""A few pictures kept in the repository, so that no change of the look goes unseen. Software GL only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artwalks_live.gpu.context import describe, is_software
from tests.gpu.renew import GOLDEN, draw, load
from tests.gpu.scene import scene

# Versions of llvmpipe round differently; an effect that changed differs by far more.
MEAN_LEVELS, MOST_LEVELS = 0.6, 16


@pytest.mark.parametrize("name", GOLDEN)
def test_the_look_is_unchanged(name: str, tmp_path: Path) -> None:
    with scene(2) as stage:
        if not is_software(stage.ctx):
            pytest.skip(f"golden pictures were made on llvmpipe, this is {describe(stage.ctx)}")
        now, kept = draw(stage, name), load(name)
    difference = np.abs(now.astype(int) - kept)
    if difference.mean() < MEAN_LEVELS and difference.max() <= MOST_LEVELS:
        return
    sheet = np.concatenate([kept, now, np.minimum(8 * difference, 255).astype(np.uint8)], axis=1)
    Image.fromarray(sheet).save(tmp_path / f"{name}.png")
    pytest.fail(
        f"{name}: mean {difference.mean():.2f}, most {difference.max()} levels away; kept, now and 8x the difference: "
        f"{tmp_path / name}.png; if it is meant: python -m tests.gpu.renew"
    )
