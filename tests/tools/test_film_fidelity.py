"""PSNR, SSIM and the end-point error against values computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.errors import FlowShapeError
from tests.tools.scenes import save_flow, true_flow
from tools.film.fidelity import endpoint_error, psnr, ssim
from tools.film.flo import read_flo


def flat(level: int, size: tuple[int, int] = (40, 24)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def test_psnr_of_a_known_error() -> None:
    assert psnr(flat(100), flat(105)) == pytest.approx(20 * np.log10(255 / 5))
    assert psnr(flat(100), flat(100)) == 100
    one_channel = flat(100)
    one_channel[..., 1] += 10
    assert psnr(one_channel, flat(100)) == pytest.approx(10 * np.log10(255**2 / (100 / 3)))


def test_ssim_of_flat_pictures_is_their_luminance_term() -> None:
    c1 = (0.01 * 255) ** 2
    assert ssim(flat(100), flat(100)) == pytest.approx(1)
    assert ssim(flat(100), flat(140)) == pytest.approx((2 * 100 * 140 + c1) / (100**2 + 140**2 + c1))


def test_ssim_of_one_window_by_its_formula() -> None:
    """11x11 pixels are a single window: weighted moments and Wang's formula, a channel at a time."""
    chance = np.random.default_rng(5)
    x, y = (chance.integers(0, 256, (11, 11, 3), dtype=np.uint8) for _ in range(2))
    bell = np.exp(-np.square(np.arange(-5, 6)) / (2 * 1.5**2))
    weight = np.outer(bell, bell) / bell.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    each = []
    for p, q in zip(np.moveaxis(x.astype(float), 2, 0), np.moveaxis(y.astype(float), 2, 0), strict=True):
        mp, mq = (weight * p).sum(), (weight * q).sum()
        vp, vq = (weight * (p - mp) ** 2).sum(), (weight * (q - mq) ** 2).sum()
        both = (weight * (p - mp) * (q - mq)).sum()
        each.append((2 * mp * mq + c1) * (2 * both + c2) / ((mp**2 + mq**2 + c1) * (vp + vq + c2)))
    assert ssim(x, y) == pytest.approx(np.mean(each), rel=1e-9)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_pictures_that_cannot_be_compared(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(FlowShapeError, match="one size"):
        measure(flat(1), flat(1, (41, 24)))
    with pytest.raises(FlowShapeError, match="11 pixels"):
        measure(flat(1, (10, 30)), flat(1, (10, 30)))


def test_unknown_motion_is_left_out(tmp_path: Path) -> None:
    vectors = true_flow((8, 6))
    vectors[0, :, 0] = 1.66e9
    vectors[1, :, 1] = np.nan
    save_flow(tmp_path / "flow10.flo", vectors)
    truth = read_flo(tmp_path / "flow10.flo")
    assert np.isnan(truth[:2]).all()
    np.testing.assert_array_equal(truth[2:], true_flow((8, 6))[2:])
    assert endpoint_error(true_flow((8, 6)) + np.float32([3, 4]), truth) == pytest.approx(5)
