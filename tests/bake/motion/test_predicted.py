"""Motion by networks, made by hand so that what they predict is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake.motion.predicted import (
    check_predictor,
    check_sway_model,
    predicted_current,
    predicted_modes,
)
from artwalks_live.core.errors import ModelError
from tests.nn.networks import looking, saved

SIZE = (320, 640)  # of the pictures: a current px is a pixel
GREY = np.full((*SIZE, 3), 128, np.uint8)


def half_mask() -> np.ndarray:
    mask = np.zeros(SIZE, np.uint8)
    mask[:, 320:] = 255
    return mask


def test_a_flow_is_brought_to_current_px(tmp_path: Path) -> None:
    """The picture is looked at with 512 pixels and answered with 128: one of those is 5 current px."""
    made = saved(tmp_path, looking([(0, 0, 0, 0.12), (0, 0, 0, -0.04)], stride=4))
    current = predicted_current(check_predictor(made), GREY)
    assert (current.shape, current.dtype) == ((160, 320, 4), np.float16)
    assert np.allclose(current[..., :2], (0.6, -0.2), atol=1e-3)
    assert (current[..., 2] == 1).all()
    assert 0 <= current[..., 3].min() < current[..., 3].max() < 1


def test_a_picture_that_is_squeezed_is_stretched_back_with_its_flow(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 0.04), (0, 0, 0, 0.04)], stride=2, shape=(1, 3, 64, 64)))
    current = predicted_current(check_predictor(made), GREY)
    assert np.allclose(current[..., :2], (0.8, 0.4), atol=1e-3), "32 cells over 640 and over 320 pixels"


def test_a_fast_flow_is_clamped_and_keeps_its_direction(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 30.0), (0, 0, 0, 40.0)]))
    current = predicted_current(check_predictor(made), GREY).astype(np.float32)
    assert np.allclose(current[..., :2], (0.6, 0.8), atol=2e-3)
    assert np.square(current[..., :2]).sum(axis=2).max() <= 1.0


def test_the_same_place_is_asked_and_told(tmp_path: Path) -> None:
    picture = np.zeros((*SIZE, 3), np.uint8)
    picture[160:, :320, 0] = 255
    current = predicted_current(check_predictor(saved(tmp_path, looking([(0.5, 0, 0, 0), (0, 0, 0, 0)]))), picture)
    assert (current[84:, :156, 0] > 0.4).all()
    assert (current[:76] == 0)[..., :3].all()
    assert (current[:, 164:, :3] == 0).all(), "where a network says nothing moves, it stands exactly still"


def test_a_mask_holds_and_lets_go_softly_inside(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 0.5), (0, 0, 0, 0.0)]))
    current = predicted_current(check_predictor(made), GREY, half_mask())
    assert (current[:, :161, :3] == 0).all(), "the cell inside the edge, too: it is read linearly"
    row = current[80, :, 0].astype(np.float32)
    assert (np.diff(row) >= 0).all()
    assert np.diff(row).max() < 0.5 * row.max()
    assert current[80, 200:, 2].min() == 1
    assert current[:, -1, 2].min() == 1, "the picture's own frame is no edge of the mask"


def test_a_network_may_see_the_mask(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 0.5), (0, 0, 0, 0.0)], masked=True))
    assert (predicted_current(check_predictor(made), GREY)[..., 0] > 0.4).all()
    assert (predicted_current(check_predictor(made), GREY, half_mask())[:, :160, 0] == 0).all()


def spectrum(frequency: int, swing: float, turn: float) -> list[tuple[float, ...]]:
    """Rows that give the transform of `swing`·cos(2π·frequency·t/149 + turn) for u, and nothing for v."""
    t = np.arange(149)
    transform = np.fft.fft(swing * np.cos(2 * np.pi * frequency * t / 149 + turn))[:16]
    values = np.stack([transform.real, transform.imag, 0 * t[:16], 0 * t[:16]], axis=1)
    return [(0.0, 0.0, 0.0, float(value)) for value in values.reshape(-1)]


@pytest.mark.parametrize("frequency", [0, 1, 7])
def test_a_spectrum_swings_as_the_displacements_did(tmp_path: Path, frequency: int) -> None:
    """A pixel of the answer, 128 wide, is 5 current px."""
    turn = 0.8 if frequency else 0.0
    modes = predicted_modes(check_sway_model(saved(tmp_path, looking(spectrum(frequency, 0.6, turn), stride=4))), GREY)
    assert (modes.shape, modes.dtype) == ((16, 80, 160, 4), np.float16)
    swings = modes[:, 40, 80, 0] + 1j * modes[:, 40, 80, 1].astype(np.float32)
    t = np.arange(149)
    played = sum((swing * np.exp(2j * np.pi * k * t / 149)).real for k, swing in enumerate(swings))
    assert np.allclose(played, 3.0 * np.cos(2 * np.pi * frequency * t / 149 + turn), atol=0.02)
    assert np.allclose(modes[..., 2:], 0)


def test_swings_themselves_need_no_transform(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 0.2)] * 8, stride=4, metadata={"artwalks.amplitudes": "1"}))
    assert np.allclose(predicted_modes(check_sway_model(made), GREY), 1.0, atol=1e-3)


def test_a_normalised_spectrum_gets_the_published_spread(tmp_path: Path) -> None:
    """In the right half 1.0, of the published deviation times 2.82; the left half and most of the picture still."""
    picture = np.zeros((*SIZE, 3), np.uint8)
    picture[:, 400:] = 255
    rows = [(1.0, 0, 0, 0.0), (0, 0, 0, 0.02), *[(0, 0, 0, 0)] * 2] * 3
    made = saved(tmp_path, looking(rows, stride=4, metadata={"normalised": "1"}))
    modes = predicted_modes(check_sway_model(made), picture).astype(np.float32)
    for k, deviation in enumerate((34.36, 13.72, 8.80)):
        expected = deviation * 2.82 * (2 if k else 1) / 149 * 5
        assert modes[k, 40, 140, 0] == pytest.approx(expected, rel=2e-3)
        assert modes[k, 40, 20, 0] == 0
        assert modes[k, 40, 20, 1] == pytest.approx(0.02 * expected, rel=2e-2), "below the gate nothing is taken away"


def test_what_a_whole_channel_has_in_common_is_gated(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 0.3)] * 4, stride=4, metadata={"normalised": "1"}))
    modes = predicted_modes(check_sway_model(made), GREY)
    assert np.allclose(modes, 0.05 * 34.36 * 2.82 / 149 * 5, rtol=5e-3)


def test_sway_is_held_by_a_mask_and_never_tears(tmp_path: Path) -> None:
    made = saved(tmp_path, looking([(0, 0, 0, 50.0)] * 8, metadata={"amplitudes": "1"}))
    modes = predicted_modes(check_sway_model(made), GREY, half_mask()).astype(np.float32)
    assert (modes[:, :, :81] == 0).all()
    together = np.sqrt(np.square(modes).sum(axis=3)).sum(axis=0)
    assert together[:, 100:].min() == pytest.approx(40.0, rel=2e-3)


def test_more_than_16_frequencies_are_left_out(tmp_path: Path) -> None:
    assert len(predicted_modes(check_sway_model(saved(tmp_path, looking([(0, 0, 0, 1)] * 80))), GREY)) == 16


def test_other_networks_are_refused(tmp_path: Path) -> None:
    three = saved(tmp_path, looking([(0, 0, 0, 1)] * 3))
    with pytest.raises(ModelError, match=r"net.onnx gives 3 channels: a network of flow takes .* gives float32 \(1, 2"):
        check_predictor(three)
    with pytest.raises(
        ModelError, match=r"net.onnx has the output maps float32 \(1, 3, h, w\): a network of sway takes"
    ):
        check_sway_model(three)
    wild = saved(tmp_path, looking([(0, 0, 0, 1e4)] * 2))
    with pytest.raises(ModelError, match=r"net.onnx gave a motion of 19.5 times the picture's length: see its units"):
        predicted_current(check_predictor(wild), GREY)
    both = saved(tmp_path, looking([(0, 0, 0, 1)] * 4, metadata={"normalised": "1", "amplitudes": "1"}))
    with pytest.raises(ModelError, match="says both normalised and amplitudes: only a transform is normalised"):
        check_sway_model(both)
    short = saved(tmp_path, looking([(0, 0, 0, 1)] * 4, metadata={"frames": "8"}))
    with pytest.raises(ModelError, match="says frames = '8': it must be 32 to 100000"):
        check_sway_model(short)
    with pytest.raises(ModelError, match=r"gone.onnx does not exist: give an .onnx file"):
        check_predictor(tmp_path / "gone.onnx")
