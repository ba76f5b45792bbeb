"""`artwalks inspect`: a summary, every hash, a contact sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artwalks_live.__main__ import main
from artwalks_live.commands.inspect import leg_steps
from artwalks_live.commands.sheet import Layout
from artwalks_live.core import walk as bundle
from artwalks_live.core.walk import Walk
from artwalks_live.io.images import load_pixels
from tests.commands.walks import TWINS, paint


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    target = tmp_path / "show.walk"
    words = [str(paint(tmp_path / "p")), "-o", str(target), "--keyframes", "2", "--size", "96x64", "--quiet", "--loop"]
    assert main(["bake", *words, *TWINS]) == 0
    return bundle.read(target)


def test_the_summary_tells_what_the_walk_holds(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(walk.folder)]) == 0
    said = capsys.readouterr().out
    for part in ("96x64, flows 24x16", "9: 3 paintings, 6 generated", "9, a loop", "keyframes 2", "seed 0"):
        assert part in said, part
    assert "every hash is right" in said
    assert bundle.fingerprint(walk)[:12] in said


def test_evenness_is_the_ratio_of_steps(walk: Walk) -> None:
    steps = leg_steps(walk)
    assert [len(leg) for leg in steps] == [3, 3, 2]  # the segment that closes the loop has no arc
    arcs = [keyframe.arc for keyframe in walk.keyframes]
    assert sum(map(sum, steps)) == pytest.approx(arcs[-1])


def test_an_altered_file_is_status_2(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (walk.keyframes[1].image, walk.segments[2].crossover):
        path = walk.folder / name
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    assert main(["inspect", str(walk.folder)]) == 2
    said = capsys.readouterr()
    assert f"keyframe 1: {walk.keyframes[1].image} was altered" in said.out
    assert "run its bake command again" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_missing_file_and_no_walk_at_all(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    (walk.folder / walk.keyframes[1].image).unlink()
    assert main(["inspect", str(walk.folder)]) == 2
    assert "is missing" in capsys.readouterr().err
    assert main(["inspect", str(walk.folder / "nowhere")]) == 2
    assert "does not exist: make it with" in capsys.readouterr().err


def test_the_sheet_shows_every_keyframe_of_every_leg(walk: Walk, tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    assert main(["inspect", str(walk.folder), "--sheet", str(path), "--quiet"]) == 0
    sheet = np.asarray(Image.open(path)).astype(int)
    layout = Layout.of(walk)
    assert (layout.rows, layout.columns) == (3, 4)
    assert sheet.shape == (layout.size[1], layout.size[0], 3)
    for row, leg in enumerate([[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 0]]):
        for column, index in enumerate(leg):
            left, top = layout.place(row, column)
            tile = sheet[top : top + layout.tile[1], left : left + layout.tile[0]]
            picture = Image.fromarray(load_pixels(walk, index))
            expected = np.asarray(picture.resize(layout.tile, Image.Resampling.LANCZOS))
            assert np.array_equal(tile, expected), (row, column)
    assert not list(tmp_path.glob("*.part"))


def test_a_sheet_that_cannot_be_written(walk: Walk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(walk.folder), "--sheet", str(tmp_path / "sheet.jpg")]) == 2
    assert "the sheet is a PNG, so name it like sheet.png" in capsys.readouterr().err
    assert main(["inspect", str(walk.folder), "--sheet", str(tmp_path / "none" / "sheet.png")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_damaged_picture_with_the_right_hash_is_refused(walk: Walk, tmp_path: Path) -> None:
    """Bytes that are what the bundle promises, and yet no picture: a bundle made by another program."""
    import hashlib
    from dataclasses import replace

    from artwalks_live.core.errors import BundleError

    data = (walk.folder / walk.keyframes[1].image).read_bytes()[:60]
    file = bundle.put(walk.folder, bundle.KEYFRAMES, data, ".png")
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    broken = replace(walk.keyframes[1], image=file.name, sha256=file.sha256, bytes=file.bytes)
    changed = replace(walk, keyframes=(walk.keyframes[0], broken, *walk.keyframes[2:]))
    bundle.write(changed)
    with pytest.raises(BundleError, match=r"keyframe 1: .* cannot be decoded: bake again"):
        load_pixels(bundle.read(walk.folder), 1)
