"""Flows between keyframes: a known motion is found, everything else stays finite, small and the same every time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.flows import Flow, grid_size
from artwalks_live.core.errors import FlowShapeError, UsageError
from artwalks_live.core.warp import show, unit

SIZE = (320, 180)
ESTIMATORS = ("film", "dis")
TRIPLETS = Path(__file__).resolve().parents[3] / "shared" / "data" / "interp"


@pytest.fixture(params=ESTIMATORS)
def estimator(request: pytest.FixtureRequest) -> Flow:
    """Each estimator in turn: what follows holds for all of them."""
    return flow_named(request.param)


def canvas(seed: int, size: tuple[int, int] = SIZE, grain: int = 6) -> np.ndarray:
    """Soft random paint, (H, W, 3) uint8."""
    coarse = np.random.default_rng(seed).integers(0, 256, (size[1] // grain, size[0] // grain, 3), dtype=np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def moved(dx: int, dy: int) -> tuple[np.ndarray, np.ndarray]:
    """The same paint twice, the second moved by (dx, dy)."""
    wide = canvas(1, (SIZE[0] + 64, SIZE[1] + 64))
    return (
        wide[32 : 32 + SIZE[1], 32 : 32 + SIZE[0]].copy(),
        wide[32 - dy : 32 - dy + SIZE[1], 32 - dx : 32 - dx + SIZE[0]].copy(),
    )


@pytest.mark.parametrize(("dx", "dy"), [(6, 0), (0, -5), (-9, 7)])
def test_a_known_translation_is_found(estimator: Flow, dx: int, dy: int) -> None:
    a, b = moved(dx, dy)
    found = estimator.estimate(a, b).flow.astype(np.float32)[24:-24, 24:-24]
    assert np.abs(found - [-dx, -dy, dx, dy]).mean() < 0.25


def test_a_moving_picture_is_shown_moving_not_doubled(estimator: Flow) -> None:
    a, b = moved(10, 4)
    baked = estimator.estimate(a, b)
    expected = unit(moved(5, 2)[1])
    error = np.abs(show(a, b, baked.flow, baked.crossover, 0.5) - expected)[24:-24, 24:-24].mean()
    dissolve = np.abs((unit(a) + unit(b)) / 2 - expected)[24:-24, 24:-24].mean()
    assert error < 0.15 * dissolve


def test_the_same_picture_twice_stands_still_and_dissolves_plainly(estimator: Flow) -> None:
    a = canvas(3)
    baked = estimator.estimate(a, a.copy())
    assert np.abs(baked.flow.astype(np.float32)).max() < 0.05
    assert np.abs(baked.crossover[..., 1].astype(np.float32) - 1).max() < 0.01
    assert np.abs(baked.crossover[..., 0].astype(np.float32)).max() < 0.01


def test_a_change_of_palette_is_not_motion(estimator: Flow) -> None:
    a = canvas(4)
    b = (255 - (255 - a.astype(np.float32)) * 0.7).astype(np.uint8)
    assert np.abs(estimator.estimate(a, b).flow.astype(np.float32)).mean() < 0.1


def test_different_pictures_give_small_untorn_finite_maps(estimator: Flow) -> None:
    baked = estimator.estimate(canvas(5), canvas(6, grain=15))
    assert baked.flow.dtype == baked.crossover.dtype == np.float16
    assert baked.flow.shape == (180, 320, 4)
    assert baked.crossover.shape == (180, 320, 2)
    field = baked.flow.astype(np.float32)
    assert np.isfinite(field).all()
    assert np.isfinite(baked.crossover).all()
    assert np.abs(field).max() < 0.1 * SIZE[0]
    assert np.abs(np.diff(field, axis=1)).max() < 2
    assert np.abs(np.diff(field, axis=0)).max() < 2


def test_the_same_pictures_give_the_same_bytes_whatever_the_thread_count(estimator: Flow) -> None:
    a, b = canvas(5), canvas(6)
    before = cv2.getNumThreads()
    try:
        results = []
        for threads in (1, 3):
            cv2.setNumThreads(threads)
            baked = estimator.estimate(a, b)
            assert cv2.getNumThreads() == threads
            results.append(baked.flow.tobytes() + baked.crossover.tobytes())
    finally:
        cv2.setNumThreads(before)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((1280, 720), (640, 360)),
        ((1024, 576), (640, 360)),
        ((720, 1280), (360, 640)),
        ((2560, 1440), (1280, 720)),
        ((3840, 2160), (1280, 720)),
        ((320, 180), (320, 180)),
        ((17, 9), (17, 9)),
    ],
)
def test_the_grid_is_half_the_canvas_within_bounds(size: tuple[int, int], grid: tuple[int, int]) -> None:
    assert grid_size(size) == grid


def test_a_large_canvas_costs_no_larger_maps(estimator: Flow) -> None:
    large = [cv2.resize(x, (3840, 96), interpolation=cv2.INTER_LINEAR) for x in (canvas(7), canvas(8))]
    baked = estimator.estimate(large[0], large[1])
    assert baked.flow.shape == (32, 1280, 4)
    assert show(large[0], large[1], baked.flow, baked.crossover, 0.5).shape == (96, 3840, 3)


@pytest.mark.parametrize("size", [(40, 24), (9, 7), (24, 200)])
def test_tiny_and_tall_pictures_are_no_trouble(estimator: Flow, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 256, (2, size[1], size[0], 3), dtype=np.uint8)
    baked = estimator.estimate(a, b)
    assert baked.flow.shape == (size[1], size[0], 4)
    assert np.isfinite(baked.flow).all()
    assert np.isfinite(baked.crossover).all()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures_are_no_trouble(estimator: Flow, level: int) -> None:
    blank = np.full((90, 160, 3), level, np.uint8)
    for other in (blank, canvas(9, (160, 90))):
        baked = estimator.estimate(blank, other)
        assert np.isfinite(baked.flow).all()
        assert np.isfinite(baked.crossover).all()


def test_pictures_of_two_sizes_are_refused(estimator: Flow) -> None:
    with pytest.raises(FlowShapeError, match="one size"):
        estimator.estimate(canvas(1), canvas(1)[:-2])


def test_an_unknown_estimator_lists_the_known() -> None:
    with pytest.raises(UsageError, match=r"'diss' is unknown: use one of dis, film .*or a flow model FILE\.onnx"):
        flow_named("diss")


@pytest.mark.skipif(not TRIPLETS.exists(), reason="the shared frame triplets are not beside this checkout")
def test_on_true_video_the_middle_frame_is_met_and_by_the_network_better() -> None:
    names = ("frame10", "frame10i11", "frame11")
    found = {name: [] for name in (*ESTIMATORS, "dissolve")}
    for folder in sorted(TRIPLETS.iterdir()):
        a, middle, b = (np.ascontiguousarray(cv2.imread(str(folder / f"{name}.png"))[..., ::-1]) for name in names)
        for name in ESTIMATORS:
            baked = flow_named(name).estimate(a, b)
            found[name].append(_psnr(show(a, b, baked.flow, baked.crossover, 0.5), unit(middle)))
        found["dissolve"].append(_psnr((unit(a) + unit(b)) / 2, unit(middle)))
    mean = {name: np.mean(values) for name, values in found.items()}
    assert mean["dissolve"] < 29.5
    assert mean["dis"] > 34.7
    assert mean["film"] > mean["dis"] + 0.4


def _psnr(shown: np.ndarray, true: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(shown - true).mean()))
