"""Reading the target: every format, in order, and NV12 against a NumPy conversion."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.errors import GraphicsError
from tests.gpu.scene import Array, scene


def nv12(image: Array) -> Array:
    """BT.709 limited range, chroma [1 2 1]/4 on even columns and the mean of two rows; (H·3/2, W) uint8."""
    rgb = image / 255.0
    luma = rgb @ (0.2126, 0.7152, 0.0722)
    padded = np.pad(rgb, ((0, 0), (1, 1), (0, 0)), mode="edge")
    across = (padded[:, :-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) / 4
    mean = (across[::2] + across[1::2]) / 2
    y = mean @ (0.2126, 0.7152, 0.0722)
    chroma = np.stack([(mean[..., 2] - y) / 1.8556, (mean[..., 0] - y) / 1.5748], 2)
    planes = [16 + 219 * luma, (128 + 224 * chroma).reshape(image.shape[0] // 2, -1)]
    return np.concatenate(planes)


@pytest.mark.parametrize("size", [(128, 72), (126, 70)])
def test_nv12_is_what_the_standard_says(size: tuple[int, int]) -> None:
    with scene(2, canvas=size) as stage:
        rgb = stage.shoot(0.0)
        got = stage.renderer.read("nv12")
        assert got.shape == (size[1] * 3 // 2, size[0])
        assert np.abs(got - nv12(rgb)).max() <= 0.51 + 1e-3


def test_white_and_black_are_limited_range() -> None:
    with scene(2) as stage:
        stage.images[0][:] = 255
        stage.shoot(0.0)
        read = stage.renderer.read("nv12")
        assert set(np.unique(read[:72])) == {235}
        assert set(np.unique(read[72:])) == {128}
        stage.shoot(0.0, black=1.0)
        assert set(np.unique(stage.renderer.read("nv12")[:72])) == {16}


def test_rgba_is_rgb_and_opaque() -> None:
    with scene(2) as stage:
        rgb = stage.shoot(0.3)
        rgba = stage.renderer.read("rgba")
        np.testing.assert_array_equal(rgba[..., :3], rgb)
        assert (rgba[..., 3] == 255).all()


def test_a_ring_gives_the_frames_in_order() -> None:
    with scene(3) as stage:
        ring = stage.renderer.readback("rgb24", depth=2)
        shown = []
        for keyframe in range(3):
            stage.renderer.draw(stage.frame(keyframe), wait=True)
            ring.start()
            if ring.pending == 2:
                shown.append(ring.finish().copy())
        while ring.pending:
            shown.append(ring.finish().copy())
        ring.release()
        np.testing.assert_array_equal(shown, stage.images)


def test_more_reads_than_the_ring_holds_are_refused() -> None:
    with scene(2) as stage:
        stage.shoot(0.0)
        ring = stage.renderer.readback("rgba", depth=1)
        ring.start()
        with pytest.raises(GraphicsError, match="1 reads are pending"):
            ring.start()
        ring.release()


def test_odd_sizes_are_refused_for_half_size_chroma() -> None:
    with scene(2, size=(127, 72)) as stage, pytest.raises(GraphicsError, match="127x72: 4:2:0 needs even sides"):
        stage.renderer.read("nv12")
