"""The demo's paintings: the same every time, whole, distinct, and painted once."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.core.errors import PaintingError
from artwalks_live.demo.paintings import SCENES, Scene, paint_all

HEIGHT = 180


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return paint_all(tmp_path_factory.mktemp("demo"), height=HEIGHT)


def small(scene: Scene) -> tuple[int, int]:
    return round(scene.size[0] * HEIGHT / scene.size[1]), HEIGHT


def test_there_are_five_or_more_in_more_than_one_shape() -> None:
    assert len(SCENES) >= 5
    assert any(width > height for width, height in (scene.size for scene in SCENES))
    assert any(width < height for width, height in (scene.size for scene in SCENES))


def test_files_are_whole_pictures_of_the_size_asked_for(painted: list[Path]) -> None:
    assert [path.name for path in painted] == [scene.file for scene in SCENES]
    for path, scene in zip(painted, SCENES, strict=True):
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert picture.dtype == np.uint8
        assert picture.shape == (*small(scene)[::-1], 3)


def test_every_painting_is_named(painted: list[Path]) -> None:
    labels = tomllib.loads((painted[0].parent / "paintings.toml").read_text(encoding="utf-8"))
    assert list(labels) == [path.name for path in painted]
    for label in labels.values():
        assert label["title"]
        assert (label["artist"], label["licence"]) == ("artwalks-live", "CC0-1.0")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_a_seed_gives_one_picture(scene: Scene) -> None:
    first, again, other = (scene.paint(small(scene), seed) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_a_painting_has_a_wide_range_of_tones_in_large_forms(scene: Scene) -> None:
    picture = scene.paint(small(scene), 7)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    dark, light = np.percentile(grey, [2, 98])
    assert light - dark > 110
    # forms, not noise: most of the contrast survives where strokes are blurred away
    assert cv2.blur(grey, (15, 15)).std() > 0.5 * grey.std()


def test_a_small_painting_is_the_large_one_seen_from_afar() -> None:
    scene = SCENES[0]
    far, near = (cv2.resize(scene.paint((320 * k, 200 * k), 7), (16, 10), interpolation=cv2.INTER_AREA) for k in (1, 2))
    assert np.abs(far.astype(int) - near.astype(int)).mean() < 16


def test_paintings_differ_from_one_another(painted: list[Path]) -> None:
    thumbs = [
        cv2.resize(cv2.imread(str(path)), (32, 18), interpolation=cv2.INTER_AREA).astype(float) for path in painted
    ]
    for i, one in enumerate(thumbs):
        for other in thumbs[i + 1 :]:
            assert np.sqrt(((one - other) ** 2).mean()) > 40


def test_a_second_run_paints_only_what_is_missing_or_altered(
    painted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in painted}
    stamps = {path: path.stat().st_mtime_ns for path in painted}
    painted[1].unlink()
    altered = bytearray(painted[2].read_bytes())
    altered[len(altered) // 2] ^= 1
    painted[2].write_bytes(altered)
    painted[3].write_bytes(painted[3].read_bytes()[:5000])
    titles: list[str] = []
    paint_all(painted[0].parent, lambda share, title: titles.append(title), height=HEIGHT)
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in painted} == before
    assert [painted[i].stat().st_mtime_ns == stamps[painted[i]] for i in (0, 4, 5)] == [True, True, True]
    assert titles == [*(scene.title for scene in SCENES), ""]


def test_another_size_is_painted_anew(painted: list[Path], tmp_path: Path) -> None:
    (tmp_path / SCENES[0].file).write_bytes(painted[0].read_bytes())
    paths = paint_all(tmp_path, height=90)
    assert cv2.imread(str(paths[0])).shape[0] == 90


def test_no_half_files_are_left(painted: list[Path]) -> None:
    names = {path.name for path in painted[0].parent.iterdir()}
    assert names == {"paintings.toml", *(scene.file for scene in SCENES)}


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("something else")
    with pytest.raises(PaintingError, match=r"taken: the demo's paintings cannot be written .*choose another folder"):
        paint_all(taken, height=60)
