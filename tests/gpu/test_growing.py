"""A larger walk followed in the middle of a show: the same picture before and after, and nothing loaded twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import numpy as np
import pytest

from artwalks_live.core.pieces import Piece, plain
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Residency, ResidencyOptions
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import shaders_dir
from tests.gpu.scene import Array, Disk, Frame, motion, picture

CANVAS = (64, 36)
OPEN = Course.of(plain([(i, i + 1) for i in range(4)]))
OPEN_GROWN = Course.of(plain([(i, i + 1) for i in range(6)]))
# Paintings 0, 2 and 4; the closing leg leads over 5 back to 0. Then painting 6 joins: 4 → 7 → 6 → 8 → 0.
LOOP = Course.of(plain([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]))
LOOP_GROWN = Course(
    plain([(0, 1), (1, 2), (2, 3), (3, 4), (4, 7), (7, 6), (6, 8), (8, 0)]), (0, 1, 2, 3, 6, 7, 8, 9), True
)


class Walk:
    """A renderer on a disk in memory that holds the pictures and maps of both courses."""

    def __init__(self, course: Course, options: ResidencyOptions | None) -> None:
        self.ctx = headless_context()
        self.disk = Disk([picture(seed, CANVAS) for seed in range(9)], [motion(seed, (32, 18)) for seed in range(10)])
        self.residency = Residency(self.ctx, Fit(CANVAS, CANVAS), course, self.disk.fetchers, options=options)
        self.library = ShaderLibrary.read(shaders_dir())
        self.renderer = Renderer(self.ctx, self.library, self.residency)
        self._time_s = 0.0

    def draw(self, position: float) -> bool:
        """Draw a frame as a live show does; whether it is the picture asked for."""
        self._time_s += 1 / 30
        return self.renderer.draw(Frame(position, self.library.params.defaults(), self._time_s))

    def shoot(self, position: float) -> Array:
        """What a live frame shows that is not late."""
        assert self.draw(position), f"late at {position}"
        return self.renderer.read("rgb24").copy()

    def settle(self, position: float) -> None:
        """Draw until the picture is there, and everything around it that a show reads ahead."""
        residency = self.residency
        index, _ = residency._course.locate(position)
        reach = range(-residency._options.behind, residency._options.ahead + 1)
        keys = {key for needs in residency._course.along(index, reach) for key in needs}
        self.await_true(position, lambda: all(key in residency._slots for key in keys))

    def foresee(self, course: Course, position: float) -> None:
        """Foresee a course, and draw until it could be followed."""
        self.residency.foresee(course)
        self.await_true(position, lambda: self.residency.ready)

    def await_true(self, position: float, done: Callable[[], bool]) -> None:
        deadline = monotonic() + 10
        self._time_s += 1 / 30
        self.renderer.draw(Frame(position, self.library.params.defaults(), self._time_s), wait=True)
        self._time_s += 1 / 30
        while not done():
            assert monotonic() < deadline, "never came"
            self.renderer.draw(Frame(position, self.library.params.defaults(), self._time_s))


@contextmanager
def walk(course: Course, options: ResidencyOptions | None = None) -> Iterator[Walk]:
    made = Walk(course, options)
    try:
        yield made
    finally:
        made.disk.open.set()
        made.renderer.release()
        made.residency.release()
        made.ctx.release()


@pytest.mark.parametrize(
    ("course", "grown", "places"),
    [(OPEN, OPEN_GROWN, (0.0, 1.3, 3.9, 4.0)), (LOOP, LOOP_GROWN, (0.0, 1.3, 3.9, 4.0))],
)
def test_the_picture_is_the_same_before_and_after(course: Course, grown: Course, places: Sequence[float]) -> None:
    for position in places:
        with walk(course) as w:
            w.settle(position)
            before = w.shoot(position)
            w.foresee(grown, position)
            assert np.array_equal(w.shoot(position), before), "foreseeing changed the picture"
            w.residency.follow()
            assert np.array_equal(w.shoot(position), before), "following changed the picture"
            assert w.residency.stats.held == 0


@pytest.mark.parametrize(("course", "grown"), [(OPEN, OPEN_GROWN), (LOOP, LOOP_GROWN)])
def test_the_new_pictures_are_there_when_they_are_walked_into(course: Course, grown: Course) -> None:
    with walk(grown) as w:
        expected = {}
        for position in (4.25, 4.75):
            w.settle(position)
            expected[position] = w.shoot(position)
    with walk(course) as w:
        w.settle(4.0)
        w.foresee(grown, 4.0)
        w.residency.follow()
        w.disk.open.clear()  # nothing more can be read: what comes is what was read ahead
        for position, picture_there in expected.items():
            assert np.array_equal(w.shoot(position), picture_there)


def test_a_loop_that_grows_behind_the_show_shows_nothing_of_its_old_closing_leg() -> None:
    with walk(LOOP_GROWN) as w:
        w.settle(7.5)
        expected = w.shoot(7.5)
    with walk(LOOP) as w:
        for position in (4.5, 5.5, 0.2):  # through the closing leg, whose pictures stay resident
            w.settle(position)
        w.foresee(LOOP_GROWN, 0.2)
        w.residency.follow()
        w.settle(-0.5)
        assert np.array_equal(w.shoot(-0.5), expected)
        assert w.residency.distance(0.5, 7.5) == -1.0


def test_what_is_resident_is_not_read_again() -> None:
    with walk(OPEN) as w:
        w.settle(3.5)
        reads = list(w.disk.reads)
        w.foresee(OPEN_GROWN, 3.5)
        w.residency.follow()
        w.settle(3.5)
        assert {("image", 5), ("image", 6), ("segment", 4), ("segment", 5)} == set(w.disk.reads[len(reads) :])
        assert len(w.disk.reads) == len(set(w.disk.reads))


def test_it_is_not_ready_before_the_disk_has_given_its_pictures() -> None:
    with walk(OPEN) as w:
        w.settle(4.0)
        assert not w.residency.ready
        w.disk.open.clear()
        w.residency.foresee(OPEN_GROWN)
        for _ in range(10):
            assert w.draw(4.0)
            assert not w.residency.ready
        w.disk.open.set()
        w.foresee(OPEN_GROWN, 4.0)
        w.residency.foresee(None)
        assert not w.residency.ready


def test_far_from_what_changes_it_is_ready_at_once() -> None:
    long = Course.of(plain([(i, i + 1) for i in range(8)]))
    with walk(Course.of(plain([(i, i + 1) for i in range(7)])), ResidencyOptions(ahead=2, behind=1)) as w:
        w.settle(0.5)
        w.disk.open.clear()
        w.residency.foresee(long)
        assert w.draw(0.5)
        assert w.residency.ready


def test_both_courses_fit_into_the_memory_of_one() -> None:
    with walk(LOOP, ResidencyOptions(ahead=3, behind=1)) as w:
        w.residency.foresee(LOOP_GROWN)
        for position in np.arange(0.0, 12.0, 0.25):
            w.await_true(float(position % 6), lambda: w.residency.ready)
            assert w.draw(float(position % 6))
        assert {("image", 5), ("image", 7), ("segment", 9)} <= set(w.disk.reads), "both courses were read"


def test_a_course_is_a_loop_only_where_it_says_so() -> None:
    """A painting that is given twice has one number; an open walk that ends with its first painting is no loop."""
    again = Course(plain([(0, 1), (1, 0)]), (0, 1), False)
    assert again.locate(2.0) == (1, 1.0)
    assert again.beside(1, 1) is None
    assert again.distance(0.1, 1.9) == pytest.approx(1.8)
    assert Course.of([Piece(0, 1, 0.0, 1.0), Piece(1, 0, 1.0, 2.0)]).beside(1, 1) == 0
