"""What a walk holds beside its pictures: motion, looks and a song, written, read, checked and refused."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artwalks_live.core import walk
from artwalks_live.core.errors import BundleError
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_extras import Look, Motion, Song
from artwalks_live.core.walk_format import decode, encode
from tests.walks import make_walk


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def moving(made: Walk, current: tuple[int, ...] = (18, 32, 4), sway: tuple[int, ...] = (3, 9, 16, 4)) -> Walk:
    """The walk, its first painting with fields of these shapes."""
    files = [
        walk.put(made.folder, walk.MOTION, npy(np.full(shape, 0.5, np.float16)), ".npy") for shape in (current, sway)
    ]
    motion = Motion(files[0].name, files[1].name, (files[0].sha256, files[1].sha256))
    return replace(made, paintings=(replace(made.paintings[0], motion=motion), *made.paintings[1:]))


def test_a_walk_without_extras_is_written_as_ever(tmp_path: Path) -> None:
    made = make_walk(tmp_path / "s.walk")
    table = json.loads(encode(made))
    assert table["format"] == 1 and "song" not in table
    assert set(table["paintings"][0]) == {"title", "artist", "licence", "source", "source_sha256", "keyframe"}


def test_extras_survive_the_disk(tmp_path: Path) -> None:
    made = moving(make_walk(tmp_path / "s.walk"))
    look = replace(made.paintings[1], look=Look(0.25, 0.5, 0.75))
    song = Song("Tide", "0" * 64, 12.5, tuple(0.5 * i for i in range(len(made.keyframes))))
    made = replace(made, paintings=(made.paintings[0], look, made.paintings[2]), song=song)
    walk.write(made)
    again = walk.read(made.folder)
    assert (again.paintings, again.song) == (made.paintings, song)
    motion = again.paintings[0].motion
    assert motion is not None and {motion.current, motion.sway} <= walk.file_names(again)
    current, sway = walk.read_motion(again.folder, motion)
    assert current is not None and sway is not None
    assert (current.shape, sway.shape) == ((18, 32, 4), (3, 9, 16, 4))
    assert not walk.verify(again)


def test_an_altered_field_is_found(tmp_path: Path) -> None:
    made = moving(make_walk(tmp_path / "s.walk"))
    walk.write(made)
    motion = made.paintings[0].motion
    assert motion is not None
    path = made.folder / motion.current
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    (problem,) = walk.verify(made)
    assert problem == f"walk.json: painting 0: {motion.current} was altered (its sha256 differs): bake again"


@pytest.mark.parametrize(
    ("current", "sway", "message"),
    [
        ((18, 32, 3), (3, 9, 16, 4), r"has shape \(18, 32, 3\), expected \(h, w, 4\)"),
        ((18, 32, 4), (9, 16, 4), r"has shape \(9, 16, 4\), expected \(k, h, w, 4\)"),
        ((18, 32, 4), (17, 9, 16, 4), "has 17 modes, expected at most 16"),
    ],
)
def test_fields_of_another_form_are_refused(
    tmp_path: Path, current: tuple[int, ...], sway: tuple[int, ...], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        walk.write(moving(make_walk(tmp_path / "s.walk"), current, sway))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"motion": 3}, "painting 0: motion is 3, expected an object"),
        ({"motion": {"current": "keyframes/x.npy", "sway": None, "sha256": ["0" * 64, None]}}, "not motion/NAME.npy"),
        ({"motion": {"current": "motion/x.npy", "sway": None, "sha256": ["0", None]}}, "64 hexadecimal digits"),
        ({"look": {"hue": 2, "colour": 0, "energy": 0}}, "look: hue is 2, expected a number from 0 to 1"),
    ],
)
def test_a_painting_s_extras_are_checked(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    made = make_walk(tmp_path / "s.walk")
    table = json.loads(encode(made))
    table["paintings"][0] |= change
    with pytest.raises(BundleError, match=message):
        decode(json.dumps(table).encode(), made.folder)


@pytest.mark.parametrize(
    ("times", "message"),
    [([0.0, 1.0], "2 times for 5 keyframes"), ([0.0, 1.0, 1.0, 2.0, 3.0], "times do not increase")],
)
def test_a_song_s_times_are_checked(tmp_path: Path, times: list[float], message: str) -> None:
    made = make_walk(tmp_path / "s.walk")
    table = json.loads(encode(made)) | {"song": {"title": "", "sha256": "", "duration_s": 3.0, "times": times}}
    with pytest.raises(BundleError, match=message):
        decode(json.dumps(table).encode(), made.folder)
