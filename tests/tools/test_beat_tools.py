"""The beat network's tools: what it is trained on is what is heard live, a step is the whole, figures are right."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from artwalks_live.core.audio import hop_length
from artwalks_live.core.beatinput import BeatInput
from artwalks_live.core.spectrum import Spectrum
from tests.core.sounds import struck
from tools import evaluate_beats
from tools.beats import dataset, export, train
from tools.beats.inputs import network_inputs, targets
from tools.beats.metrics import levels, locked_s, score
from tools.beats.network import DELAY, BeatNetwork

RATE = 44100


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_all_at_once_is_the_same_as_hop_by_hop(rate: int) -> None:
    samples = struck(np.arange(0.2, 3, 0.4), 3, rate) + np.float32(0.1)
    hop = hop_length(rate)
    spectrum, ear = Spectrum(rate, hop), BeatInput(hop / rate)
    parts = samples[: len(samples) // hop * hop].reshape(-1, hop)
    live = np.array([ear.do(spectrum.do(part)[0]) for part in parts])
    whole = network_inputs(dataset.band_powers(samples, rate), hop / rate)
    assert np.abs(live - whole).max() < 2e-3


def test_targets_are_late_by_the_network_s_delay() -> None:
    wanted = targets(40, np.array([10.2, 30.0]))
    assert np.flatnonzero(wanted == 1.0).tolist() == [10 + DELAY, 30 + DELAY]
    assert wanted[10 + DELAY - 1] == wanted[10 + DELAY + 1] == pytest.approx(0.5)


def test_a_step_after_the_other_is_the_whole(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = BeatNetwork(channels=8, layers=4).eval()
    path = tmp_path / "net.onnx"
    path.write_bytes(export.to_onnx(network))
    assert export.apart(network, path, hops=200) < 1e-5


def test_training_learns_goes_on_and_exports(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for seed in (0, train.HELD_OUT):
        beats = np.arange(0.3, 30, 0.5 + 0.01 * (seed > 0))
        bands = np.log10(dataset.band_powers(struck(beats, 30, RATE), RATE) + 1e-12)
        np.savez(folder / f"{seed:06d}.npz", bands=bands.astype(np.float16), beats_s=beats, downbeats_s=beats[::4])
    run = tmp_path / "run"
    run.mkdir()
    torch.manual_seed(0)
    network = BeatNetwork(channels=4, layers=2)
    pieces = train.Pieces([train.Folder(folder)])
    pieces.refresh()
    before = train.judge(network, pieces)
    train.train(pieces, run, 4.0, network, 0)
    assert train.judge(network, pieces) < before
    steps = torch.load(run / "last.pt", weights_only=True)["step"]
    train.train(pieces, run, 5.0, BeatNetwork(channels=4, layers=2), 0)
    assert torch.load(run / "last.pt", weights_only=True)["step"] > steps
    assert export.read_network(run / "weights.safetensors").channels == 4


def test_folders_share_the_chunks_and_unknown_downbeats_are_not_judged(tmp_path: Path) -> None:
    beats, bands = np.arange(0.3, 30, 0.5), np.full((2900, 64), -3.0, np.float16)
    for name, downbeats in (("a", beats[::4]), ("b", beats[:0])):
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / "000100.npz", bands=bands, beats_s=beats, downbeats_s=downbeats)
    pieces = train.Pieces([train.Folder(tmp_path / "a", 0.0), train.Folder(tmp_path / "b", 2.0)])
    pieces.refresh()
    wanted = torch.cat([pieces.batch(np.random.default_rng(seed))[1] for seed in range(3)])
    assert (wanted[..., 1] == train.UNKNOWN).all()
    assert wanted[..., 0].max() == 1.0
    logits = torch.zeros_like(wanted, requires_grad=True)
    train.loss_of(logits, wanted).backward()
    assert logits.grad is not None
    assert logits.grad[..., 0].abs().sum() > 0.0
    assert not logits.grad[..., 1].any()


def test_a_missing_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("sys.argv", ["export", str(tmp_path / "no")])
    assert export.main() == 2
    assert "does not exist: give a folder of tools.beats.train" in capsys.readouterr().err


def test_levels_are_the_four_that_are_allowed() -> None:
    plain, double, even, odd = levels(np.array([1.0, 2.0, 3.0, 4.0]))
    assert double.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert (even.tolist(), odd.tolist(), len(plain)) == ([1.0, 3.0], [2.0, 4.0], 4)


def test_scores_of_known_beats() -> None:
    truth = np.arange(0.5, 40, 0.5)
    right = score(truth, truth + 0.01)
    assert min(right.f_measure, right.cmlt, right.amlt) > 0.98
    assert right.offset_s == pytest.approx(0.01, abs=1e-6)
    double = score(truth, np.arange(0.5, 39.6, 0.25))
    assert double.f_measure == pytest.approx(2 / 3, abs=0.01)
    assert double.f_best == pytest.approx(1.0, abs=0.01)
    assert double.cmlt == 0.0
    assert double.amlt > 0.98
    assert score(truth, truth + 0.25).f_measure == 0.0
    assert score(truth, np.zeros(0)).f_best == 0.0


def test_a_lock_is_eight_beats_in_a_row() -> None:
    truth = np.arange(0.5, 30, 0.5)
    late = np.concatenate([np.array([1.2, 1.9, 3.2]), truth[truth > 4]])
    assert locked_s(truth, late, 0.0) == pytest.approx(4.5)
    assert locked_s(truth, truth[:20:2], 0.0) == pytest.approx(0.5)  # at half the level
    assert math.isinf(locked_s(truth, truth + 0.2, 0.0))


def song(folder: Path, name: str, bpm: float, rate: int = RATE, suffix: str = ".wav") -> None:
    """A drum on every beat, 14 s."""
    beats = np.arange(0.4, 14, 60 / bpm)
    soundfile.write(folder / f"{name}{suffix}", struck(beats, 14, rate), rate)
    (folder / f"{name}.beats").write_text("".join(f"{beat:.4f} 1\n" for beat in beats))


def test_the_live_ear_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song(tmp_path, "a", 112)
    song(tmp_path, "b", 90, 48000, ".flac")
    soundfile.write(tmp_path / "without-beats.wav", np.zeros(RATE), RATE)
    assert evaluate_beats.main([str(tmp_path), "--out", str(tmp_path / "out"), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    for name in ("f_measure", "f_best", "amlt", "stream_f_best", "relock_median_s", "cpu_per_s"):
        assert name in figures
    assert figures["f_best"] > 0.9
    assert figures["ahead"] == 1.0
    told = np.loadtxt(tmp_path / "out" / "a.est")
    assert (told[:, 1] > told[:, 0]).all()
    assert not (tmp_path / "out" / "without-beats.est").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "two or more increasing times"), ("1\n0.5\n", "increasing"), ("1\nx\n", r"song.beats:2: 'x' does not begin")],
)
def test_beats_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    song(tmp_path, "song", 100)
    (tmp_path / "song.beats").write_text(text)
    assert evaluate_beats.main([str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert message.replace("\\", "") in error.replace("\\", "")
    assert error.count("\n") == 1


def test_a_folder_without_songs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate_beats.main([str(tmp_path)]) == 2
    assert "has no NAME.wav" in capsys.readouterr().err
    assert evaluate_beats.main([str(tmp_path / "no")]) == 2
    assert "is no folder" in capsys.readouterr().err
