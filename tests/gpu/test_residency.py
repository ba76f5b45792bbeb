"""Streaming: the right thing is there in time, in constant memory, and a fault holds the last good picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from time import monotonic

import moderngl
import numpy as np
import pytest

from artwalks_live.core.errors import BundleError
from artwalks_live.core.pieces import Piece, plain
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.residency import Residency, ResidencyOptions, SegmentTextures
from tests.gpu.scene import Array, Disk, motion, picture

CANVAS = (64, 36)
OPTIONS = ResidencyOptions(ahead=3, behind=1)


class Walk:
    """A residency on a disk in memory."""

    def __init__(self, ctx: moderngl.Context, pieces: Sequence[Piece], options: ResidencyOptions) -> None:
        self.images = [picture(seed, CANVAS) for seed in range(1 + max(max(piece.a, piece.b) for piece in pieces))]
        self.disk = Disk(self.images, [motion(seed, (32, 18)) for seed in range(len(pieces))])
        self.faults: list[str] = []
        self.residency = Residency(
            ctx,
            Fit(CANVAS, CANVAS),
            Course.of(pieces),
            self.disk.fetchers,
            options=options,
            on_fault=self.faults.append,
        )

    def shown(self, got: SegmentTextures | None) -> tuple[int, int]:
        """Which keyframes the textures hold."""
        assert got is not None
        return self._identify(got.a), self._identify(got.b)

    def settle(self, position: float, speed: float = 0.0) -> SegmentTextures:
        """Ask as a live show does until the picture is there."""
        deadline = monotonic() + 10
        while monotonic() < deadline:
            got = self.residency.want(position, speed)
            if got is not None and not got.held:
                return got
        raise AssertionError("never resident")

    def read_all(self, position: float, count: int, speed: float = 1.0) -> None:
        """Ask until so many items were uploaded."""
        deadline = monotonic() + 10
        while self.residency.stats.uploads < count:
            assert monotonic() < deadline, f"{self.residency.stats}"
            self.residency.want(position, speed)

    def _identify(self, texture: moderngl.Texture) -> int:
        pixels: Array = np.frombuffer(texture.read(), np.uint8).reshape(CANVAS[1], CANVAS[0], 4)[..., :3]
        return next(i for i, image in enumerate(self.images) if np.array_equal(image, pixels))


@contextmanager
def walk(
    keyframes: int = 8,
    loop: bool = False,
    options: ResidencyOptions = OPTIONS,
    pieces: Sequence[Piece] | None = None,
) -> Iterator[Walk]:
    ctx = headless_context()
    segments = [(i, i + 1) for i in range(keyframes - 1)] + ([(keyframes - 1, 0)] if loop else [])
    made = Walk(ctx, pieces or plain(segments), options)
    try:
        yield made
    finally:
        made.disk.open.set()
        made.residency.release()
        ctx.release()


def test_waiting_gives_every_place_exactly() -> None:
    with walk() as w:
        for position in (0.0, 3.5, 6.99, 7.0, 1.25, 5.0):
            got = w.residency.want(position, 0.0, wait=True)
            index = min(int(position), 6)
            assert w.shown(got) == (index, index + 1)
            assert got is not None
            assert got.phase == pytest.approx(position - index)
        assert w.residency.stats.held == 0


def test_what_comes_next_is_read_ahead_in_the_direction_of_travel() -> None:
    with walk() as w:
        w.read_all(3.0, 2 * 5 + 1, speed=1.0)  # segment 3, three ahead, one behind, and the keyframes around them
        assert {i for kind, i in w.disk.reads if kind == "segment"} == {2, 3, 4, 5, 6}
    with walk() as w:
        w.read_all(3.0, 2 * 5 + 1, speed=-1.0)
        assert {i for kind, i in w.disk.reads if kind == "segment"} == {0, 1, 2, 3, 4}


def test_what_is_needed_now_is_read_first() -> None:
    with walk() as w:
        w.settle(4.0)
        assert set(w.disk.reads[:3]) == {("image", 4), ("image", 5), ("segment", 4)}


def test_a_loop_reads_ahead_over_its_end() -> None:
    with walk(loop=True) as w:
        w.read_all(7.5, 2 * 5 + 1, speed=1.0)
        assert {i for kind, i in w.disk.reads if kind == "segment"} == {6, 7, 0, 1, 2}
        assert w.shown(w.residency.want(7.5, 1.0)) == (7, 0)
        assert w.shown(w.residency.want(8.5, 1.0)) == (0, 1)
        assert w.shown(w.residency.want(-0.5, 1.0)) == (7, 0)
    assert w.residency.distance(7.9, 0.1) == pytest.approx(0.2)


def test_a_steady_walk_is_never_late_and_reads_everything_once() -> None:
    with walk(keyframes=30) as w:
        w.settle(0.0)
        for n in range(29 * 8):
            position = n / 8
            deadline = monotonic() + 10
            want = min(int(position) + 2, 28)
            while ("segment", want) not in w.disk.reads and monotonic() < deadline:
                w.residency.want(position, 1.0)
            got = w.residency.want(position, 1.0)
            assert got is not None
            assert not got.held, f"late at {position}"
        assert len(w.disk.reads) == len(set(w.disk.reads))


def test_a_slow_disk_holds_the_last_good_picture() -> None:
    with walk() as w:
        w.settle(0.0)
        w.read_all(0.0, 2 * 4 + 1)
        w.disk.open.clear()
        late = w.residency.stats.held
        for position in (6.0, 6.5, 6.9):
            got = w.residency.want(position, 5.0)
            assert got is not None
            assert got.held
            assert w.shown(got) == (0, 1)
        assert w.residency.stats.held == late + 3
        w.disk.open.set()
        assert w.shown(w.settle(6.5)) == (6, 7)


def test_a_walk_that_outruns_the_disk_reads_where_it_will_be() -> None:
    with walk(keyframes=20) as w:
        w.settle(0.0)
        w.read_all(0.0, 2 * 4 + 1)
        before = len(w.disk.reads)
        deadline = monotonic() + 10
        while len(w.disk.reads) < before + 3 and monotonic() < deadline:
            w.residency.want(10.0, 10.0)
        assert set(w.disk.reads[before : before + 3]) == {("image", 12), ("image", 13), ("segment", 12)}


@pytest.mark.parametrize(("direction", "passed", "phase"), [(1.0, 3, 1.0), (-1.0, 5, 0.0)])
def test_the_last_good_picture_is_the_nearest_one_passed(direction: float, passed: int, phase: float) -> None:
    """So a walk that outruns the disk goes on in steps, and does not stand still."""
    with walk() as w:
        w.disk.failing["segment", 4] = BundleError("gone")
        w.settle(passed + 0.5, direction)
        got = w.residency.want(4.4, direction)
        assert got is not None
        assert got.held
        assert (w.shown(got), got.phase) == ((passed, passed + 1), phase)


def test_nothing_is_drawn_before_the_first_picture() -> None:
    with walk() as w:
        w.disk.open.clear()
        assert w.residency.want(0.0, 0.0) is None


@pytest.mark.parametrize("broken", [("image", 3), ("segment", 3)])
def test_a_missing_file_holds_the_picture_and_is_told_once(broken: tuple[str, int]) -> None:
    with walk() as w:
        w.disk.failing[broken] = BundleError("keyframes/1f0c.png: missing: bake again")
        w.settle(2.0 if broken[0] == "segment" else 1.0)
        deadline = monotonic() + 10
        while not w.faults and monotonic() < deadline:
            got = w.residency.want(3.4, 1.0)
        for _ in range(5):
            got = w.residency.want(3.4, 1.0)
            assert got is not None
            assert got.held
        assert w.faults == ["keyframes/1f0c.png: missing: bake again"]
        assert w.shown(w.settle(5.5)) == (5, 6)


def test_a_render_stops_at_a_missing_file() -> None:
    with walk() as w:
        w.disk.failing["segment", 2] = OSError(5, "Input/output error")
        with pytest.raises(BundleError, match="Input/output error"):
            w.residency.want(2.5, 0.0, wait=True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_our_own_in_the_loader_does_not_hang_a_render() -> None:
    with walk() as w:
        w.disk.failing["image", 0] = KeyError("a bug")
        with pytest.raises(RuntimeError, match="the loader has ended"):
            w.residency.want(0.0, 0.0, wait=True)


def test_a_picture_of_another_size_is_a_fault() -> None:
    with walk() as w:
        w.images[0] = w.disk._images[0] = picture(0, (32, 18))
        with pytest.raises(BundleError, match=r"picture 0: \(18, 32, 3\) uint8, expected \(36, 64, 3\) uint8"):
            w.residency.want(0.0, 0.0, wait=True)


def test_a_frame_copies_no_more_than_its_budget() -> None:
    row = CANVAS[0] * 4
    with walk(options=ResidencyOptions(ahead=3, behind=1, upload_bytes=5 * row)) as w:
        before, most = 0, 0
        deadline = monotonic() + 10
        while w.residency.stats.uploads < 9 and monotonic() < deadline:
            w.residency.want(3.0, 1.0)
            most = max(most, w.residency.stats.bytes - before)
            before = w.residency.stats.bytes
        assert w.shown(w.residency.want(3.0, 1.0)) == (3, 4)
        assert 4 * row < most <= 5 * row


def test_textures_are_made_once_however_long_the_walk() -> None:
    with walk(keyframes=40) as w:
        seen: set[int] = set()
        for position in np.arange(0, 39, 0.5):
            got = w.residency.want(float(position), 1.0, wait=True)
            assert got is not None
            seen |= {got.a.glo, got.b.glo, got.flow.glo}
        assert len(seen) <= 2 * (OPTIONS.ahead + OPTIONS.behind + 1) + 4


def test_jumping_about_never_mixes_segments_up() -> None:
    rng = np.random.default_rng(5)
    with walk(keyframes=20) as w:
        for position in rng.uniform(0, 19, 60):
            w.residency.want(float(rng.uniform(0, 19)), 3.0)  # interrupts whatever was on its way
            got = w.settle(float(position), float(rng.normal()))
            assert w.shown(got) == (int(position), int(position) + 1)


def anchored(segments: int, inner: int) -> tuple[Piece, ...]:
    """A walk whose every segment has so many anchors, evenly spread."""
    pieces: list[Piece] = []
    for i in range(segments):
        numbers = [i, *(segments + 1 + i * inner + k for k in range(inner)), i + 1]
        places = [i + k / (inner + 1) for k in range(inner + 2)]
        pieces += [Piece(*pair, *ends) for pair, ends in zip(pairwise(numbers), pairwise(places), strict=True)]
    return tuple(pieces)


def test_anchors_are_pictures_on_the_way() -> None:
    """Positions and the count of segments stay; only what lies around a position is nearer."""
    with walk(pieces=anchored(3, 1)) as w:  # keyframes 0..3, anchors 4, 5, 6
        for position, around, phase in (
            (0.0, (0, 4), 0.0), (0.25, (0, 4), 0.5), (0.5, (4, 1), 0.0), (0.75, (4, 1), 0.5), (1.0, (1, 5), 0.0),
            (2.875, (6, 3), 0.75), (3.0, (6, 3), 1.0), (9.0, (6, 3), 1.0), (-1.0, (0, 4), 0.0),
        ):  # fmt: skip
            got = w.residency.want(position, 0.0, wait=True)
            assert got is not None
            assert w.shown(got) == around
            assert got.phase == phase
        assert w.residency.distance(0.5, 2.0) == 1.5


def test_a_walk_with_anchors_is_read_ahead_and_held_in_constant_memory() -> None:
    with walk(pieces=anchored(30, 3)) as w:
        seen: set[int] = set()
        for position in np.arange(0, 30, 0.125):
            got = w.residency.want(float(position), 1.0, wait=True)
            assert got is not None
            seen |= {got.a.glo, got.b.glo, got.flow.glo}
        assert len(seen) <= 2 * (OPTIONS.ahead + OPTIONS.behind + 1) + 4
        assert len(w.disk.reads) == len(set(w.disk.reads)), "nothing is read twice on the way"


def test_a_loop_with_anchors_closes() -> None:
    pieces = (Piece(0, 2, 0.0, 0.5), Piece(2, 1, 0.5, 1.0), Piece(1, 3, 1.0, 1.5), Piece(3, 0, 1.5, 2.0))
    with walk(pieces=pieces) as w:
        assert w.shown(w.residency.want(-0.25, 0.0, wait=True)) == (3, 0)
        assert w.shown(w.residency.want(2.25, 0.0, wait=True)) == (0, 2)
        assert w.residency.distance(1.75, 0.25) == 0.5
