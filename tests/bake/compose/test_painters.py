"""Who paints: by name, one's own, and painted over by words."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake import operators
from artwalks_live.bake.compose.composer import compose
from artwalks_live.bake.compose.moments import Moments
from artwalks_live.bake.compose.painters import PatchPainter, RestyledPictures, painter_named, painter_of
from artwalks_live.bake.compose.request import ComposeRequest
from artwalks_live.bake.compose.restyle import Restyling
from artwalks_live.core.errors import UsageError
from tests.bake.bakery import TWINS, paint
from tests.bake.compose.blend import Blended
from tests.bake.compose.songs import tune
from tools import random_models

BLEND = "tests.bake.compose.blend:Blend"
GONE = [name for name in ("torch", "diffusers", "transformers", "accelerate") if importlib.util.find_spec(name) is None]


class Negative:
    """A twin of the restyler."""

    key = "0123456789abcdef"

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(255 - image, np.uint8)


def test_painters_by_name() -> None:
    assert isinstance(painter_named("patch"), PatchPainter)
    assert painter_named(BLEND).name == "blend" and painter_of(BLEND) is painter_of(BLEND)
    with pytest.raises(UsageError, match="--generator nobody:here: cannot be loaded"):
        painter_named("nobody:here")


def test_a_restyled_picture_is_the_painters_own_painted_over_and_the_chain_is_not() -> None:
    plain = Blended([np.full((64, 64, 3), 40, np.uint8), np.full((64, 64, 3), 90, np.uint8)])
    restyled = RestyledPictures(plain, Negative())  # type: ignore[arg-type]
    link = restyled.alone(1)
    assert np.array_equal(link.picture, plain.alone(1).picture)
    assert np.array_equal(restyled.lay(link), 255 - plain.lay(link))


@pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})")
def test_a_walk_is_restyled_but_for_its_paintings(tmp_path: Path) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    operators.declare()
    model = random_models.stable_diffusion(tmp_path / "sd")
    for seed, name in enumerate(("anna.png", "bella.png")):
        paint(tmp_path / name, seed)
    sources = tmp_path / "anna.png", tmp_path / "bella.png"
    when, flow = Moments("bars", 2), f"{TWINS}:FieldFlow"

    def composed(folder: str, restyling: Restyling | None) -> list[str]:
        request = ComposeRequest(sources, tmp_path / folder, canvas=(64, 64), when=when, flow=flow, generator=BLEND,
                                 restyling=restyling)  # fmt: skip
        walk = compose(request, tune(8.0))
        assert (restyling is None) == ("restyle" not in walk.generator["options"])
        return [keyframe.image for keyframe in walk.keyframes]

    plain, over = composed("plain.walk", None), composed("over.walk", Restyling(str(model), "a red boat", steps=2))
    assert [a == b for a, b in zip(plain, over, strict=True)] == [True, False, True]
