"""Anchors: in-betweens come nearer to the truth where motion is long or turns, and nothing ticks where they stand."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from artwalks_live.bake import anchors
from artwalks_live.bake.anchors import Anchored
from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.core.warp import show
from tests.bake.turning import GRID, Pixels, Scene

TURNING = {"disc by 60": Scene(degrees=60), "disc by 90": Scene(degrees=90), "all by 25": Scene(degrees=25, radius=0)}
FAR = {"disc": Scene(way=(75, 10), radius=40), "small": Scene(way=(95, 20), radius=15)}


class Way:
    """A segment as the walk shows it, with anchors or without."""

    def __init__(self, scene: Scene, whole: SegmentFlow, made: Anchored | None) -> None:
        ends = (scene.picture(0), scene.picture(1))
        inner = made.anchors if made else ()
        self.pictures = [ends[0], *(each.image for each in inner), ends[1]]
        self.maps = [*(each.maps for each in inner), made.rest if made else whole]
        self.ends = [0.0, *(each.at for each in inner), 1.0]

    def at(self, phase: float) -> np.ndarray:
        i = max(k for k, start in enumerate(self.ends[:-1]) if start <= phase)
        first, last = self.ends[i], self.ends[i + 1]
        maps, t = self.maps[i], (phase - first) / (last - first)
        return show(self.pictures[i], self.pictures[i + 1], maps.flow, maps.crossover, t, span=(first, last))


def both(scene: Scene, whole: SegmentFlow) -> tuple[Way, Way, Anchored]:
    """The segment without anchors, with them, and the anchors."""
    made = anchors.place(scene.picture(0), scene.picture(1), whole)
    assert made is not None
    return Way(scene, whole, None), Way(scene, whole, made), made


def psnr(shown: np.ndarray, truth: Pixels) -> float:
    return float(-10 * np.log10(np.square(shown - truth / np.float32(255)).mean()))


@pytest.mark.parametrize("scene", TURNING.values(), ids=TURNING)
def test_what_turns_follows_its_arc(scene: Scene) -> None:
    """A straight flow flattens it: half-way round, a disc that turns by 90° is shrunk to 71 %."""
    plain, way, _ = both(scene, scene.chord())
    for phase in (0.25, 0.5, 0.75):
        truth = scene.picture(phase)
        without, with_anchors = psnr(plain.at(phase), truth), psnr(way.at(phase), truth)
        assert with_anchors > without + 5, phase
        assert with_anchors > 29, phase
    for phase in (0.12, 0.38, 0.62, 0.88):
        truth = scene.picture(phase)
        assert psnr(way.at(phase), truth) > psnr(plain.at(phase), truth) + 2, phase


@pytest.mark.parametrize("scene", FAR.values(), ids=FAR)
def test_what_moves_farther_than_its_own_size_does_not_vanish_on_the_way(scene: Scene) -> None:
    plain, way, made = both(scene, scene.chord())
    assert [each.at for each in made.anchors] == [0.25, 0.5, 0.75]
    for phase in (0.12, 0.25, 0.38, 0.62, 0.75, 0.88):
        truth = scene.picture(phase)
        assert psnr(way.at(phase), truth) > psnr(plain.at(phase), truth) + 2, phase
    assert psnr(way.at(0.5), scene.picture(0.5)) > psnr(plain.at(0.5), scene.picture(0.5)) - 1


def test_an_estimator_that_knows_the_middle_is_believed() -> None:
    """A disc that rolls along: where its middle is at ½ cannot be told from its ends."""
    scene = Scene(degrees=50, way=(60, 0))
    whole = scene.arc()
    made = anchors.draw(scene.picture(0), scene.picture(1), whole, (0.5,))
    assert psnr(made.anchors[0].image / np.float32(255), scene.picture(0.5)) > 30
    blind = anchors.draw(scene.picture(0), scene.picture(1), scene.chord(), (0.5,))
    assert psnr(blind.anchors[0].image / np.float32(255), scene.picture(0.5)) < 25


def test_what_needs_none_gets_none() -> None:
    still = Scene()
    assert anchors.place(still.picture(0), still.picture(1), still.chord()) is None
    near = Scene(way=(5, 2))
    assert anchors.place(near.picture(0), near.picture(1), near.chord()) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_flow_that_is_wrong_is_not_made_worse(seed: int) -> None:
    """Long motion where nothing moves: whatever is decided, the true picture is not farther away than before."""
    draw = np.random.default_rng(seed)
    motion = cv2.resize(draw.standard_normal((4, 6, 2)).astype(np.float32) * 15, GRID, interpolation=cv2.INTER_CUBIC)
    even = np.dstack([np.zeros(GRID[::-1]), np.ones(GRID[::-1])])
    whole = SegmentFlow(np.dstack([-motion, motion]).astype(np.float16), even.astype(np.float16))
    scene = Scene(radius=30)
    truth = scene.picture(0)
    plain, way = (Way(scene, whole, made) for made in (None, anchors.place(truth, truth, whole)))
    for phase in (0.25, 0.5, 0.75):
        assert psnr(way.at(phase), truth) > psnr(plain.at(phase), truth) - 0.3


@pytest.mark.parametrize("scene", [*TURNING.values(), *FAR.values()], ids=[*TURNING, *FAR])
def test_nothing_ticks_at_an_anchor(scene: Scene) -> None:
    """Brightness and speed at 64 phases: around an anchor as even as anywhere else on the way."""
    _, way, made = both(scene, scene.chord())
    frames = [way.at(i / 64) for i in range(65)]
    brightness = np.array([frame.mean() for frame in frames]) * 255
    steps = np.array([np.abs(b - a).mean() for a, b in pairwise(frames)])
    assert steps.max() / steps.mean() < 2.5
    for each in made.anchors:
        i = round(each.at * 64)
        assert abs(brightness[i - 1] - 2 * brightness[i] + brightness[i + 1]) < 0.2, "flashes"
        assert 0.7 < steps[i - 4 : i].mean() / steps[i : i + 4].mean() < 1.4, "changes its pace"
        assert 0.7 < steps[i - 1 : i + 1].mean() / steps[[i - 4, i - 3, i + 2, i + 3]].mean() < 1.4, "halts or jolts"


def test_anchors_do_not_alter_the_crossover() -> None:
    """Two pictures with nothing in common and no motion: with anchors the same is shown at every phase."""
    a, b = Scene().picture(0), Scene(degrees=180, radius=0).picture(0)
    draw = np.random.default_rng(0)
    moment = cv2.resize(draw.uniform(0.1, 0.9, (6, 8)).astype(np.float32), GRID, interpolation=cv2.INTER_LINEAR)
    k = np.full_like(moment, 8)
    crossover = np.dstack([k * np.log(moment / (1 - moment)), k]).astype(np.float16)
    whole = SegmentFlow(np.zeros((*GRID[::-1], 4), np.float16), crossover)
    made = anchors.draw(a, b, whole, (0.25, 0.5, 0.75))
    assert anchors.place(a, b, whole) is None
    way = Way(Scene(), whole, made)
    way.pictures[0], way.pictures[-1] = a, b
    for phase in (0.1, 0.25, 0.3, 0.5, 0.6, 0.77, 0.9):
        assert np.abs(way.at(phase) - show(a, b, whole.flow, whole.crossover, phase)).max() < 3 / 255


def test_the_same_segment_has_the_same_anchors() -> None:
    scene = FAR["disc"]
    first, second = (both(scene, scene.chord())[2] for _ in range(2))
    for one, other in zip(first.anchors, second.anchors, strict=True):
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.maps.flow, other.maps.flow)
        assert np.array_equal(one.maps.crossover, other.maps.crossover)
    for maps in (*(each.maps for each in first.anchors), first.rest):
        assert (maps.flow.shape, maps.crossover.shape) == ((*GRID[::-1], 4), (*GRID[::-1], 2))
        assert maps.flow.dtype == maps.crossover.dtype == np.float16
        assert np.isfinite(maps.flow).all()
        assert np.isfinite(maps.crossover).all()


@pytest.mark.parametrize("grid", [(24, 16), (2, 2), (1, 1), (640, 3)])
def test_wild_maps_on_any_grid_are_survived(grid: tuple[int, int]) -> None:
    width, height = grid
    draw = np.random.default_rng(1)
    flow = (draw.standard_normal((height, width, 4)) * 3000).astype(np.float16)
    crossover = (draw.standard_normal((height, width, 2)) * 100).astype(np.float16)
    scene = Scene(size=(96, 64), radius=10)
    whole = SegmentFlow(flow, crossover)
    anchors.place(scene.picture(0), scene.picture(1), whole)
    made = anchors.draw(scene.picture(0), scene.picture(1), whole, (0.25, 0.5, 0.75))
    assert np.isfinite(made.rest.crossover).all()
    assert made.anchors[1].image.shape == (64, 96, 3)
