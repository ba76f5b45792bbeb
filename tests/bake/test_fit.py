"""Fitting a whole painting: its pixels stay, no seam is seen, what is precious is not repeated, any shape will do."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from artwalks_live.bake.fit import FILLS, FITS, fit
from artwalks_live.bake.inset import Inset, dissolving, mirrored, trimmed
from artwalks_live.bake.outpaint import outpainting
from artwalks_live.bake.precious import precious

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "paintings"
Bytes = NDArray[np.uint8]
WEIGHTLESS = [how for how in FILLS if how != "kandinsky"]
SHAPES = [(60, 100), (100, 60), (80, 80), (240, 32), (32, 240)]


def landscape(width: int, height: int, seed: int = 0) -> Bytes:
    """Sky over ground, both strewn with strokes, so that every place has a texture."""
    strokes = np.random.default_rng(seed).normal(0.0, 14.0, (height, width, 1))
    strokes = cv2.GaussianBlur(strokes, (0, 0), sigmaX=2.0, sigmaY=0.8).reshape(height, width, 1) * 3.0
    sky, ground = np.array([120.0, 150.0, 200.0]), np.array([110.0, 90.0, 40.0])
    down = np.linspace(0.0, 1.0, height)[:, None, None]
    return np.clip(np.where(down < 0.5, sky, ground) + strokes, 0, 255).astype(np.uint8)


def roughness(frame: Bytes, column: int) -> float:
    """How much two neighbouring columns differ, on average."""
    pair = frame[:, column - 1 : column + 1].astype(np.float32)
    return float(np.abs(pair[:, 1] - pair[:, 0]).mean())


@pytest.mark.parametrize("how", WEIGHTLESS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_paintings_own_pixels_stand_in_the_frame_unaltered(how: str, shape: tuple[int, int]) -> None:
    painting, canvas = landscape(*shape), (160, 90)
    there = Inset.of(shape, canvas)
    small = cv2.resize(painting, (there.width, there.height), interpolation=cv2.INTER_AREA)
    frame = FILLS[how](small, there)(small, there)
    assert frame.shape == (90, 160, 3)
    assert frame.dtype == np.uint8
    assert np.array_equal(frame[there.painting], small)


@pytest.mark.parametrize("how", [how for how in FITS if how != "kandinsky"])
def test_every_fit_gives_canvas_source_and_whole(how: str) -> None:
    made = fit(landscape(120, 160), (96, 54), how)
    assert made.canvas.shape == (54, 96, 3)
    assert made.source.shape[1] / made.source.shape[0] == pytest.approx(96 / 54, rel=0.01)
    assert made.whole.shape == (160, 120, 3)


@pytest.mark.parametrize("how", ["mirror", "blur", "outpaint"])
def test_no_seam_stands_out(how: str) -> None:
    """Across the painting's edge the picture changes no more than anywhere else in the painting."""
    painting = landscape(48, 72)
    there = Inset.of((48, 72), (128, 72))
    frame = FILLS[how](painting, there)(painting, there)
    usual = [roughness(frame, column) for column in range(there.left + 4, there.left + there.width - 4)]
    for column in (there.left, there.left + there.width):
        assert roughness(frame, column) < 1.25 * max(usual)


def test_outpainting_goes_on_with_sky_and_ground_at_their_heights() -> None:
    painting = landscape(48, 72)
    there = Inset.of((48, 72), (128, 72))
    frame = outpainting(painting, there)(painting, there).astype(float)
    for columns in there.sides:
        for rows in (slice(0, 30), slice(42, 72)):
            grown, own = frame[rows, columns].mean((0, 1)), frame[rows][:, there.painting[1]].mean((0, 1))
            assert np.abs(grown - own).max() < 12.0


def test_outpainting_does_not_repeat_a_face() -> None:
    painting = landscape(48, 72)
    cv2.ellipse(painting, (24, 30), (7, 10), 0, 0, 360, (240, 40, 40), -1)
    there = Inset.of((48, 72), (128, 72))
    frame = outpainting(painting, there)(painting, there).astype(int)
    red = frame[..., 0] - frame[..., 1] > 90
    assert red[there.painting].sum() > 150
    assert sum(int(red[:, columns].sum()) for columns in there.sides) < 5
    assert sum(int((mirrored(painting, there)[:, columns, 0] > 230).sum()) for columns in there.sides) > 150


def test_outpainting_gives_the_same_bits_and_a_source_that_looks_the_same() -> None:
    painting, canvas = landscape(120, 160), (96, 54)
    once, again = fit(painting, canvas, "outpaint"), fit(painting, canvas, "outpaint")
    assert np.array_equal(once.source, again.source)
    reduced = cv2.resize(once.source, canvas, interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(reduced - once.canvas).mean() < 6.0


def test_a_very_large_frame_is_laid_smaller_and_the_painting_still_its_own() -> None:
    painting = landscape(64, 64)
    there = Inset.of((64, 64), (128, 64))
    small, usual = (outpainting(painting, there, most=most)(painting, there) for most in (2047, 10_000))
    assert np.array_equal(small[there.painting], painting)
    assert 0.5 < np.abs(small.astype(int) - usual).mean() < 12.0


def test_blurred_padding_is_sharp_at_the_painting_and_soft_at_the_frames_edge() -> None:
    painting = landscape(48, 72)
    there = Inset.of((48, 72), (128, 72))
    frame = dissolving(painting, there)
    assert roughness(frame, 3) < 0.2 * roughness(frame, there.left - 1)


def test_a_photographs_edge_is_cut_off_where_the_painting_goes_on() -> None:
    painting = landscape(400, 300)
    framed = painting.copy()
    framed[:, :7] = framed[:, -5:] = 0
    assert trimmed(framed, (1280, 720)).shape[1] in range(382, 389)
    assert trimmed(painting, (1280, 720)).shape == painting.shape
    upright = np.ascontiguousarray(framed.swapaxes(0, 1))
    assert trimmed(upright, (720, 1280)).shape[0] in range(382, 389)
    assert np.array_equal(fit(framed, (320, 180), "pad").whole, framed)


def test_an_inset_fills_or_leaves_at_least_two_pixels() -> None:
    assert Inset.of((1777, 1000), (1280, 720)).fills
    assert not Inset.of((1700, 1000), (1280, 720)).fills
    upright = Inset.of((100, 1000), (1280, 720))
    assert (upright.height, upright.top, upright.left) == (720, 0, 604)


def test_plain_and_tiny_pictures_can_be_grown() -> None:
    for pixels in (np.zeros((64, 32, 3), np.uint8), np.full((32, 200, 3), 255, np.uint8)):
        frame = fit(pixels, (64, 64), "outpaint").canvas
        assert np.array_equal(np.unique(frame), np.unique(pixels))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared paintings are not beside the project")
def test_a_figure_is_precious_and_the_ground_beside_it_is_not() -> None:
    bgr = cv2.imread(str(SHARED / "mona-lisa.jpg"), cv2.IMREAD_COLOR)
    assert bgr is not None
    map_ = precious(cv2.resize(bgr, (331, 504), interpolation=cv2.INTER_AREA)[..., ::-1].copy())
    height, width = map_.shape
    assert map_[int(0.2 * height) : int(0.3 * height), int(0.45 * width) : int(0.55 * width)].min() > 0.7  # her face
    assert map_[int(0.65 * height), int(0.5 * width)] > 0.7  # her dress
    assert map_[: int(0.4 * height), : int(0.1 * width)].max() < 0.5  # the landscape
