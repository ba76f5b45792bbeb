"""Motion given to the paintings of a walk: what is written, what stands still, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake.bake import bake
from artwalks_live.bake.motion.animate import MotionRequest, animate
from artwalks_live.core import earlier
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import ArtwalksError, BakeError, UsageError
from artwalks_live.core.walk import Walk
from tests.bake.bakery import paint, request
from tests.bake.motion.moving import SIZE, make_moving


@pytest.fixture
def made(tmp_path: Path) -> Walk:
    return make_moving(tmp_path / "show.walk")


def mask_file(path: Path, size: tuple[int, int] = SIZE, white: float = 0.5) -> Path:
    """A mask whose left share is white."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[:, : round(white * size[0])] = 255
    cv2.imwrite(str(path), mask)
    return path


def fields(walk: Walk, number: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    motion = walk.paintings[number].motion
    assert motion is not None
    return bundle.read_motion(walk.folder, motion)


def test_every_painting_is_given_a_current_and_modes_and_the_same_ones_again(made: Walk) -> None:
    walk = animate(MotionRequest(made.folder))
    again = bundle.read(made.folder)
    assert again == walk and not bundle.verify(walk)
    for number in (0, 1):
        current, modes = fields(walk, number)
        assert current is not None and modes is not None
        assert np.hypot(*np.moveaxis(current[..., :2].astype(float), -1, 0)).max() > 0.5
        assert np.abs(modes).max() > 0.1
    assert bundle.fingerprint(animate(MotionRequest(made.folder))) == bundle.fingerprint(walk)
    assert earlier.find(walk, bundle.fingerprint(made)) == made, "takes of the still walk are rendered as they were"


def test_one_painting_alone_and_one_kind_alone(made: Walk) -> None:
    walk = animate(MotionRequest(made.folder, ("2",), sway=False))
    assert walk.paintings[0].motion is None
    current, modes = fields(walk, 1)
    assert current is not None and modes is None
    walk = animate(MotionRequest(made.folder, (made.paintings[0].title.upper(),), current=False))
    current, modes = fields(walk, 0)
    assert current is None and modes is not None
    assert walk.paintings[1].motion is not None, "what was not named stays as it is"
    still = animate(MotionRequest(made.folder, current=False, sway=False))
    assert [painting.motion for painting in still.paintings] == [None, None]


def test_what_a_hand_painted_black_stands_still_to_the_bit(made: Walk, tmp_path: Path) -> None:
    walk = animate(MotionRequest(made.folder, ("1",), mask=mask_file(tmp_path / "mask.png"), direction="downwards"))
    current, modes = fields(walk, 0)
    assert current is not None and modes is not None
    # what lies between two places is read from both, so the one beside the border stands still, too
    assert not current[:, current.shape[1] // 2 :, :2].any() and not modes[:, :, modes.shape[2] // 2 :].any()
    assert current[..., 1].astype(float).sum() > 100 * abs(current[..., 0].astype(float)).mean()
    assert modes[:, :, : modes.shape[2] // 2].any()


def test_a_bake_leaves_motion_where_the_painting_is_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(2):
        paint(folder / f"{number}.png", number)
    asked = request(folder, keyframes=0)
    bake(asked)
    moving = animate(MotionRequest(asked.folder, current=False))
    paint(folder / "2.png", 2)
    larger = bake(asked)
    assert [each.motion for each in larger.paintings] == [*(each.motion for each in moving.paintings), None]
    assert not bundle.verify(larger)


@pytest.mark.parametrize(
    ("size", "white", "message"),
    [
        ((160, 90), 0.5, "--mask is 160x90 and the picture 320x180: draw it at that size"),
        (SIZE, 0.0, "--mask is empty, so nothing would move"),
        (SIZE, 1.0, "--mask is full, so nothing would stand still"),
    ],
)
def test_masks_that_cannot_be_meant(
    made: Walk, tmp_path: Path, size: tuple[int, int], white: float, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        animate(MotionRequest(made.folder, mask=mask_file(tmp_path / "mask.png", size, white)))
    assert bundle.read(made.folder) == made


def broken_video(folder: Path) -> Path:
    path = folder / "reeds.mp4"
    path.write_bytes(b"no video")
    return path


def short_video(folder: Path) -> Path:
    path = folder / "short.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 36))
    for n in range(5):
        writer.write(np.full((36, 64, 3), 40 * n, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"paintings": ("7",)}, "--painting '7' is unknown"),
        ({"arrows": ("1,2,3",)}, "--arrow"),
        ({"arrows": ("900,2,3,4",)}, "begins outside the picture: it is 320x180"),
        ({"direction": "sideways"}, "--direction"),
        ({"mask": Path("nowhere.png")}, "--mask nowhere.png: cannot be read"),
        ({"video": Path("nowhere.mp4")}, "nowhere.mp4: no such video file"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_lost(made: Walk, change: dict[str, object], message: str) -> None:
    with pytest.raises(ArtwalksError, match=message) as caught:
        animate(replace(MotionRequest(made.folder), **change))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert bundle.read(made.folder) == made


@pytest.mark.parametrize(
    ("make", "message"), [(broken_video, "cannot be read as a video"), (short_video, "too short|lasts")]
)
def test_videos_that_give_no_sway(made: Walk, tmp_path: Path, make: object, message: str) -> None:
    with pytest.raises(BakeError, match=message):
        animate(MotionRequest(made.folder, video=make(tmp_path)))  # type: ignore[operator]
    assert bundle.read(made.folder) == made


def test_a_mask_that_is_no_picture(made: Walk, tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"no picture")
    with pytest.raises(UsageError, match="is no picture: save it as a PNG"):
        animate(MotionRequest(made.folder, mask=path))
