"""Triplets: the figures are right on motion that is known, and every mistake is one line."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from artwalks_live.core.errors import GraphicsError
from tests.tools.scenes import MOTION_PX, SIZE, save, save_flow, save_triplet, true_flow, view
from tools.film import evaluate, screen
from tools.film.fidelity import forward_motion

KNOWING = "tests.tools.scenes:Knowing"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two triplets of odd size; the motion of the first is given in a folder of its own."""
    save_triplet(tmp_path / "triplets" / "Gull", 1)
    save_triplet(tmp_path / "triplets" / "Reed", 2)
    save_flow(tmp_path / "truth" / "Gull" / "flow10.flo", true_flow())
    return tmp_path / "triplets"


def measured(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """Run with --json and read the last line of what is printed."""
    assert evaluate.main([*map(str, arguments), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_true_motion_draws_the_true_frame(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, truth = folder.parent / "out", folder.parent / "truth"
    found = measured(capsys, folder, "--flow", KNOWING, "--out", out, "--truth", truth)
    assert found["pairs"] == 2
    assert found["flow"] == KNOWING
    assert found["drawn_by"] == "shader"
    assert found["psnr_mean"] > found["psnr_dissolve_mean"] + 8
    assert found["psnr_mean"] == pytest.approx(found["psnr_reference_mean"], abs=0.5)
    assert found["ssim_mean"] > 0.97
    assert found["epe_mean"] < 0.01
    assert found["triplets"]["Reed"]["epe"] is None
    drawn = cv2.imread(str(out / "Gull.png"))[..., ::-1]
    assert drawn.shape == (SIZE[1], SIZE[0], 3)
    inner = np.s_[8:-8, 8:-8]  # beyond the frame the edge is repeated, and so nothing is true there
    assert np.abs(drawn[inner].astype(int) - view(1, 0.5)[inner]).max() <= 2


def test_none_is_the_plain_dissolve(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, folder, "--flow", "none", "--truth", folder.parent / "truth")
    assert found["psnr_reference_mean"] == found["psnr_dissolve_mean"]
    assert found["psnr_mean"] == pytest.approx(found["psnr_dissolve_mean"], abs=0.3)
    assert found["epe_mean"] == pytest.approx(np.hypot(*MOTION_PX), abs=1e-3)


def test_dis_finds_most_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, folder, "--flow", "dis", "--limit", 1)
    assert found["pairs"] == 1
    assert found["psnr_mean"] > found["psnr_dissolve_mean"] + 3
    assert found["epe_mean"] is None
    assert found["ms_per_pair"] > 0


def test_the_table_names_every_triplet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(folder), "--flow", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["triplet", "Gull", "Reed", "mean"]
    assert "the shader on" in lines[-1]


def test_a_single_triplet_and_the_flow_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_flow(folder / "Reed" / "flow10.flo", true_flow())
    found = measured(capsys, folder / "Reed", "--flow", KNOWING)
    assert list(found["triplets"]) == ["Reed"]
    assert found["epe_mean"] < 0.01


def test_without_gl_the_reference_stands_in(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> None:
        raise GraphicsError("no GL without a window (libEGL.so.1): apt install libegl1")

    monkeypatch.setattr(screen, "headless_context", nothing)
    assert evaluate.main([str(folder), "--flow", "none", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "libegl1" in printed.err
    assert "reference" in printed.err
    found = json.loads(printed.out)
    assert found["drawn_by"] == "reference"
    assert found["psnr_mean"] == found["psnr_reference_mean"]


def test_a_motion_that_grows_is_carried_back_to_the_first_frame() -> None:
    """A zoom about the middle: what lies at u in frame 10 lies at c + (u - c)(1 + z) in frame 11."""
    size, z = (120, 80), 0.1
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    off = np.stack([x - 59.5, y - 39.5], 2)
    middle = off / (1 + z / 2)  # where the place of the in-between was in frame 10
    flow = np.concatenate([(middle - off) * 2, (middle * (1 + z) - off) * 2], axis=2).astype(np.float16)
    inner = np.s_[8:-8, 8:-8]
    error = np.abs(forward_motion(flow, size) - off * z)[inner]
    assert error.max() < 0.02
    still = np.abs(flow[..., 2:] / 2 - flow[..., :2] / 2 - off * z)[inner]
    assert still.max() > 0.2  # left at the in-between it would be wrong by far more


def mistake(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run into a mistake: status 2 and one line."""
    assert evaluate.main([str(each) for each in arguments]) == 2
    message = capsys.readouterr().err
    assert message.startswith("evaluate: ")
    assert message.count("\n") == 1
    return message


@pytest.mark.parametrize("missing", ["frame10.png", "frame10i11.png", "frame11.png"])
def test_a_missing_frame(folder: Path, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    (folder / "Gull" / missing).unlink()
    assert f"Gull has no {missing}" in mistake(capsys, folder, "--flow", "none")


def test_frames_of_two_sizes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(folder / "Gull" / "frame11.png", view(1, 1.0, (98, 61)))
    message = mistake(capsys, folder, "--flow", "none")
    assert "frame11.png is 98x61" in message
    assert "97x61" in message


def test_a_frame_that_is_no_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Gull" / "frame11.png").write_bytes(b"GIF89 not really")
    assert "frame11.png is not a picture" in mistake(capsys, folder, "--flow", "none")


def test_a_frame_cut_short(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "Gull" / "frame10.png"
    path.write_bytes(path.read_bytes()[:2000])
    assert "frame10.png is damaged" in mistake(capsys, folder, "--flow", "none")


def test_truth_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = mistake(capsys, folder, "--flow", "none", "--truth", folder / "nowhere")
    assert "nowhere holds no NAME/flow10.flo" in message


def flow_file(change: bytes | None, size: tuple[int, int] = SIZE) -> bytes:
    data = struct.pack("<fii", 202021.25, *size) + true_flow(size).tobytes()
    return data if change is None else change + data[len(change) :]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no .flo file"),
        (flow_file(b"PIEF"), "no .flo file"),
        (flow_file(struct.pack("<fii", 202021.25, -1, 61)), "header says -1x61"),
        (flow_file(struct.pack("<fii", 202021.25, 2**30, 2**30)), "header says"),
        (flow_file(None)[:-1], "bytes"),
        (flow_file(None) + b"\0", "bytes"),
        (flow_file(None, (61, 97)), "the true flow is 61x97, the pictures are 97x61"),
        (flow_file(struct.pack("<fii", 202021.25, 97, 61) + struct.pack("<f", 2e9) * (97 * 61 * 2)), "knows no pixel"),
    ],
)
def test_a_true_flow_that_cannot_be_used(
    folder: Path, capsys: pytest.CaptureFixture[str], data: bytes, said: str
) -> None:
    path = folder / "Gull" / "flow10.flo"
    path.write_bytes(data)
    message = mistake(capsys, folder, "--flow", "none")
    assert str(path) in message
    assert said in message


def test_an_unknown_estimator(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = mistake(capsys, folder, "--flow", "dix")
    assert "'dix' is unknown" in message
    assert "none" in message


def test_an_estimator_whose_motion_is_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "not finite" in mistake(capsys, folder, "--flow", "tests.tools.scenes:Broken")


def test_a_folder_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = folder.parent / "blocked"
    blocked.write_text("a file")
    assert "cannot be written" in mistake(capsys, folder, "--flow", "none", "--out", blocked)
