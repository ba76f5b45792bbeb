"""Residency: the keyframes and flows around the position are on the GPU before they are needed.

Memory is constant: a fixed number of slots is allocated once and reused, least recently wanted first. The loader
thread reads and prepares; the render thread only copies, at most `upload_bytes` in a frame, so that no frame waits for
the disk and none is late because a keyframe arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import moderngl

from artwalks_live.core.errors import BundleError
from artwalks_live.gpu.course import Course, Needs, Onward
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.items import Fetchers, Key, prepare
from artwalks_live.gpu.loader import Loader
from artwalks_live.gpu.slots import Slots, Textures

_READ_S = 0.2  # how long a piece may take from being wanted to being there, on a slow machine

__all__ = ["Fetchers", "Residency", "ResidencyOptions", "ResidencyStats", "SegmentTextures"]


@dataclass(frozen=True, slots=True)
class ResidencyOptions:
    """How far to read ahead, and how much to copy in one frame.

    ahead, behind   pieces (without anchors: segments) kept resident in the direction of travel, and against it
    upload_bytes    most bytes copied to the GPU in one frame
    """

    ahead: int = 4
    behind: int = 2
    upload_bytes: int = 4 << 20


@dataclass(frozen=True, slots=True)
class SegmentTextures:
    """What the walk pass reads for one position.

    phase   place in the piece, [0, 1]
    span    phases of the segment at which the piece begins and ends
    held    the position asked for is not resident, and this is the last good picture
    motion_a, motion_b   current and modes of the two pictures, None of one that does not move
    """

    a: moderngl.Texture
    b: moderngl.Texture
    flow: moderngl.Texture
    crossover: moderngl.Texture
    strokes_a: moderngl.Texture
    strokes_b: moderngl.Texture
    phase: float
    span: tuple[float, float]
    held: bool
    motion_a: Textures | None = None
    motion_b: Textures | None = None


@dataclass(slots=True)
class ResidencyStats:
    """Counted since the start.

    frames, held    pictures asked for, and how many of them were not resident in time
    uploads, bytes  items and bytes copied to the GPU
    """

    frames: int = 0
    held: int = 0
    uploads: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """The last good picture: a phase, the items it is made of, which no upload may replace, and the piece's span."""

    phase: float
    needs: Needs
    span: tuple[float, float]


class Residency:
    """Streams a walk to the GPU.

    fit        how the canvas lies in the target
    course     which pictures and maps are passed; a larger one may follow it during the show (`foresee`, `follow`)
    on_fault   told once about each item that cannot be read, in one line
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        fit: Fit,
        course: Course,
        fetchers: Fetchers,
        *,
        options: ResidencyOptions | None = None,
        on_fault: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.fit = fit
        self.stats = ResidencyStats()
        self._course = course
        self._next: Course | None = None
        self._position = 0.0
        self._options = options or ResidencyOptions()
        self._on_fault = on_fault
        self._reported: set[Key] = set()
        self._shown: _Shown | None = None
        self._direction = 1
        self._onward: Onward | None = None
        self._entered = self._turned = 0
        reach = self._options.ahead + self._options.behind + 1
        # Beyond what is wanted: the picture being held (two pictures, one piece) may lie elsewhere.
        self._slots = Slots(ctx, fit.picture, images=reach + 1 + 2, segments=reach + 1)
        self._loader = Loader(partial(prepare, fetchers, fit))

    def want(self, position: float, speed: float, wait: bool = False) -> SegmentTextures | None:
        """Bring up what a position needs, and read ahead of it.

        position   [0, number of segments], or any number when the walk loops
        speed      segments per second, signed; its sign is the direction to read ahead in, 0 keeps the last one
        wait       wait for the disk, so that every frame is exact (a render); otherwise hold the last good picture
        returns    the textures to draw with; None before the first picture has arrived

        Raises BundleError when waiting for an item that cannot be read. Render thread; copies at most `upload_bytes`.
        """
        self._position = position
        if self._turned:
            self._direction, self._turned, speed = self._turned, 0, 0.0
        if speed != 0:
            self._direction = 1 if speed > 0 else -1
        index, phase, self._direction = self._course.at(position, self._direction, self._onward)
        needs = self._course.needs(index)
        needed = self._needed(needs)
        late = not wait and any(key not in self._slots for key in needed)
        order = self._order(index, self._lead(index, speed) if late else 0)
        self._pump(order, None if wait else self._options.upload_bytes)
        while wait and any(key not in self._slots for key in needed):
            missing = next(key for key in needed if key not in self._slots)
            self._loader.wait(missing)
            if missing in self._loader.failures:
                raise BundleError(self._loader.failures[missing])
            self._pump(order, None)
        self._report_faults()
        self.stats.frames += 1
        if all(key in self._slots for key in needed):
            self._shown = _Shown(phase, needs, self._course.pieces[index].span)
            return self._textures(self._shown, held=False)
        self.stats.held += 1
        self._shown = self._just_passed(index) or self._shown
        return None if self._shown is None else self._textures(self._shown, held=True)

    def expect(self, onward: Onward | None, heading: int, entered: int) -> None:
        """Say before `want` how a walk through a graph goes on, so that it is read ahead over its junctions, too.

        onward    the leg that comes next, where it does not follow of itself
        heading   the direction in which the position goes on
        entered   how many legs were entered by a change of position: by such a one no speed can be measured
        """
        if entered != self._entered:
            self._entered, self._turned = entered, heading
        self._onward = onward

    def distance(self, start: float, end: float) -> float:
        """Segments from one position to another, signed; the shorter way round when the walk loops."""
        return self._course.distance(start, end)

    def foresee(self, course: Course | None) -> None:
        """Read ahead in a course that will be followed soon, too, so that nothing is missing then; None: no more."""
        self._next = course

    @property
    def ready(self) -> bool:
        """Whether the foreseen course could be followed now: what it needs here and on the way is resident."""
        return self._next is not None and all(key in self._slots for keys in self._ahead(self._next) for key in keys)

    def follow(self) -> None:
        """Follow the foreseen course from the next `want` on. What is resident stays: its number is its content."""
        if self._next is not None:
            self._course, self._next = self._next, None

    def release(self) -> None:
        """End the loader and free every texture."""
        self._loader.close()
        self._slots.release()

    def _lead(self, index: int, speed: float) -> int:
        """How many pieces further on the walk will be by the time that one has been read."""
        piece = self._course.pieces[index]
        return min(int(abs(speed) * _READ_S / (piece.end - piece.start)), self._options.ahead)

    def _order(self, index: int, lead: int) -> tuple[Key, ...]:
        """Everything worth having, the most urgent first: this piece, then two ahead for each one behind.

        lead   begin so many pieces further on: what is needed now would come too late
        """
        options, direction = self._options, self._direction
        steps = [direction * step for step in (*range(lead, options.ahead + 1), *range(lead))]
        for step in range(options.behind):
            steps.insert(min(2 + 3 * step, len(steps)), -direction * (step + 1))
        course, onward = self._course, self._onward
        worth = list(course.along(index, steps) if onward is None else course.around(index, steps, direction, onward))
        if self._next is None:
            return tuple(dict.fromkeys(key for keys in worth for key in keys))
        return self._fitting([*worth[:2], *self._ahead(self._next), *worth[2:]])

    def _ahead(self, course: Course) -> Iterable[tuple[Key, ...]]:
        """What another course needs at the position, and soon."""
        index, _ = course.locate(self._position)
        return course.along(index, [self._direction * step for step in range(min(3, self._options.ahead + 1))])

    def _fitting(self, worth: Iterable[tuple[Key, ...]]) -> tuple[Key, ...]:
        """As much of it as there are slots for: two courses may part, and then need more than one does."""
        reach = self._options.ahead + self._options.behind + 1
        order: dict[Key, None] = {}
        for keys in worth:
            more = {**order, **dict.fromkeys(keys)}
            maps, images = (sum(key[0] == kind for key in more) for kind in ("segment", "image"))
            if maps <= reach and images <= reach + 1:
                order = more
        return tuple(order)

    def _just_passed(self, index: int) -> _Shown | None:
        """The end of the nearest resident piece on the way to this one: the last good picture, when there is one."""
        for step in range(1, self._options.behind + 1):
            passed = self._course.beside(index, -self._direction * step)
            if passed is not None and all(key in self._slots for key in self._needed(self._course.needs(passed))):
                span = self._course.pieces[passed].span
                return _Shown(1.0 if self._direction > 0 else 0.0, self._course.needs(passed), span)
        return None

    def _pump(self, order: tuple[Key, ...], budget: int | None) -> None:
        """Copy what the loader has ready until the budget is spent (None: until nothing is ready)."""
        slots, kept = self._slots, {*order, *(self._shown.needs.keys if self._shown else ())}
        slots.touch(order, self.stats.frames)
        if slots.uploading not in kept:
            slots.abandon()
        self._loader.want(tuple(key for key in order if key not in slots and key != slots.uploading))
        left = budget if budget is not None else 1 << 62
        while left > 0:
            if slots.uploading is None:
                taken = self._loader.take()
                if taken is None:
                    return
                slots.begin(*taken, kept)
            copied = slots.copy(left)
            left -= copied
            self.stats.bytes += copied
            self.stats.uploads += slots.uploading is None

    def _needed(self, needs: Needs) -> list[Key]:
        """What must be there; a painting whose motion cannot be read stands still, but it stands."""
        failed = self._loader.failures
        return [key for key in needs.keys if key[0] != "motion" or key not in failed]

    def _textures(self, shown: _Shown, held: bool) -> SegmentTextures:
        needs, slots = shown.needs, self._slots
        start, end, segment = slots[needs.a], slots[needs.b], slots[needs.maps]
        moving = (None if key is None or key not in slots else slots[key] for key in (needs.motion_a, needs.motion_b))
        return SegmentTextures(
            start[0], end[0], segment[0], segment[1], start[1], end[1], shown.phase, shown.span, held, *moving
        )  # fmt: skip

    def _report_faults(self) -> None:
        for key, message in self._loader.failures.items():
            if key not in self._reported:
                self._reported.add(key)
                self._on_fault(message)
