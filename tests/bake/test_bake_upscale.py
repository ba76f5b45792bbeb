"""`bake --upscale`: keyframes are made at half the size and enlarged; paintings stay their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import fit
from artwalks_live.bake.append import append
from artwalks_live.bake.bake import bake
from artwalks_live.bake.enlarged import Enlarged, EnlargedBatches, enlarged, kept, made_at
from artwalks_live.bake.fit import resize
from artwalks_live.bake.keyframes import Generated, LegRequest, Picture, Plan
from artwalks_live.bake.upscale import Lanczos
from artwalks_live.core.errors import BakeError, UsageError
from artwalks_live.core.walk import WORK, Walk
from tests.bake.bakery import CANVAS, TWINS, contents, paint, request, steps_made
from tests.bake.twins import Dissolve, DissolveAgain
from tests.nn.test_upscale_model import nearest, network, picture

DOT = np.zeros((1, 1, 3), np.uint8)


def images(walk: Walk, generated: bool) -> list[np.ndarray]:
    """The walk's keyframes: the generated ones, or the paintings."""
    files = [walk.folder / keyframe.image for keyframe in walk.keyframes if (keyframe.painting is None) == generated]
    return [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in files]


def by_hand(walk: Walk) -> list[np.ndarray]:
    """The twin's keyframes at half the size, from the walk's own paintings."""
    wide, high = made_at(CANVAS)
    small = [Picture(resize(image, (wide, high)), DOT, DOT) for image in images(walk, False)]
    asked, twin, made = LegRequest(2, seed=0), Dissolve(), []
    for a, b in pairwise(small):
        plan = twin.plan(a, b, asked)
        made += [twin.keyframe(a, b, asked, plan, i).image for i in range(2)]
    return made


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two pictures differ by the twin's offset alone, which tells the size of the paintings' sources."""
    return bool(np.abs(a.astype(int) - b).max() <= 7)


def test_keyframes_are_enlarged_and_paintings_are_not(folder: Path) -> None:
    said: list[str] = []
    walk = bake(request(folder, upscale="lanczos"), note=said.append)
    assert "made at 48x32 and enlarged by Lanczos, without a network" in said[0]
    for large, small in zip(images(walk, True), by_hand(walk), strict=True):
        assert large.shape == (64, 96, 3)
        assert near(large, resize(small, CANVAS))
    plain = bake(request(folder, folder=folder.parent / "plain.walk"))
    for one, other in zip(images(walk, False), images(plain, False), strict=True):
        assert np.array_equal(one, other)
    assert walk.generator["options"]["upscale"] == "lanczos"
    assert walk.versions["lanczos"] == "1"
    assert "upscale" not in plain.generator["options"]


def test_a_network_enlarges_the_keyframes(folder: Path) -> None:
    walk = bake(request(folder, upscale=str(network(folder.parent, nearest(2)))))
    for large, small in zip(images(walk, True), by_hand(walk), strict=True):
        assert np.array_equal(large, large[::2, ::2].repeat(2, 0).repeat(2, 1))
        assert near(large[::2, ::2], small)
    assert walk.generator["options"]["upscale"] == "net"


def test_to_change_ones_mind_makes_the_keyframes_anew(folder: Path) -> None:
    asked = request(folder)
    bake(asked)
    plain = contents(asked.folder)
    larger = request(folder, upscale="lanczos")
    bake(larger)
    assert sum(step.startswith("keyframe") for step in steps_made(asked.folder)) == 4
    bake(larger)
    assert steps_made(asked.folder) == []
    bake(asked)
    assert contents(asked.folder) == plain


def test_a_painting_is_appended_as_the_walk_was_baked(folder: Path) -> None:
    walk = bake(request(folder, upscale="lanczos"))
    paint(folder.parent / "more.png", 7)
    longer = append([folder.parent / "more.png"], walk.folder)
    assert longer.generator["options"]["upscale"] == "lanczos"
    assert len(images(longer, True)) == 6


def test_a_networks_file_is_kept_for_paintings_to_come(folder: Path) -> None:
    net = network(folder.parent, nearest(2))
    walk = bake(request(folder, upscale=str(net)))
    net.unlink()
    paint(folder.parent / "more.png", 7)
    longer = append([folder.parent / "more.png"], walk.folder)
    assert longer.generator["options"]["upscale"] == "net"
    assert longer.versions["net"] == walk.versions["net"]
    last = images(longer, True)[-1]
    assert np.array_equal(last, last[::2, ::2].repeat(2, 0).repeat(2, 1))
    left = walk.folder / WORK / "upscaler"
    assert [path.name for path in left.iterdir()] == ["net.onnx"]
    bake(request(folder, sources=(folder, folder.parent / "more.png")))
    assert not list(left.iterdir())


def test_a_walk_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "upscaler").mkdir()
    (tmp_path / "net.onnx").write_bytes(b"")
    assert kept("../net", tmp_path) == "../net"


def test_a_generator_is_told_which_size_was_expected(folder: Path) -> None:
    message = r"generator dissolve: keyframe 0 is uint8 \(30, 48, 3\), expected uint8 \(32, 48, 3\)"
    with pytest.raises(BakeError, match=message):
        bake(request(folder, generator=f"{TWINS}:WrongSize", upscale="lanczos"))


def test_an_unknown_upscaler_is_one_line(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"^--upscale 'lanczso' is unknown: use one of .* \(nearest: lanczos\)"):
        bake(request(folder, upscale="lanczso"))
    assert not (folder.parent / "show.walk").exists()


@pytest.mark.parametrize(("how", "size"), [("crop", (96, 72)), ("pad", (85, 64))])
def test_a_painting_too_small_for_its_frame_is_enlarged_by_the_network(
    folder: Path, how: str, size: tuple[int, int]
) -> None:
    small = picture(36, 48)
    cv2.imwrite(str(folder / "0.png"), small[..., ::-1])
    net, said = str(network(folder.parent, nearest(2))), []
    walk = bake(request(folder, upscale=net, fit=how), note=said.append)
    assert said[0] == "0.png has 48x36 pixels, fewer than its frame: enlarged by the network"
    assert not any("1.png" in line for line in said)
    wanted = fit.fit(resize(small.repeat(2, 0).repeat(2, 1), size), CANVAS, how).canvas
    assert np.array_equal(images(walk, False)[0], wanted)
    plain = bake(request(folder, fit=how, upscale="lanczos"))
    assert np.array_equal(images(plain, False)[0], fit.fit(small, CANVAS, how).canvas)


class Together(Dissolve):
    """The twin, painting in batches."""

    def batch(self, request: LegRequest) -> int:
        return 2

    def keyframes(
        self, a: Picture, b: Picture, request: LegRequest, plan: Plan, indices: Sequence[int]
    ) -> list[Generated]:
        return [self.keyframe(a, b, request, plan, i) for i in indices]


def test_batches_stay_batches() -> None:
    a, b = (Picture(picture(64, 96), DOT, DOT) for _ in range(2))
    asked = LegRequest(3)
    one, many = enlarged(Dissolve(), "lanczos"), enlarged(Together(), "lanczos")
    assert not hasattr(one, "keyframes")
    assert isinstance(many, EnlargedBatches)
    assert many.batch(asked) == 2
    plan = many.plan(a, b, asked)
    for i, made in zip((0, 2), many.keyframes(a, b, asked, plan, (0, 2)), strict=True):
        assert made.image.shape == (64, 96, 3)
        assert np.array_equal(made.image, one.keyframe(a, b, asked, plan, i).image)


def test_the_version_tells_generator_and_upscaler_apart() -> None:
    other = Lanczos()
    other.version = 2
    pairs = [(maker, upscaler) for maker in (Dissolve(), DissolveAgain()) for upscaler in (Lanczos(), other)]
    assert len({Enlarged(*pair).version for pair in pairs}) == 4
