"""Residency: the keyframes and flows around the position are on the GPU before they are needed.

Memory is constant: a fixed number of slots is allocated once and reused, least recently wanted first. The loader
thread reads and prepares; the render thread only copies, at most `upload_bytes` in a frame, so that no frame waits for
the disk and none is late because a keyframe arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import BundleError, FlowShapeError
from artwalks_live.gpu.fit import Fit, resample
from artwalks_live.gpu.loader import Arrays, Key, Loader
from artwalks_live.gpu.noise import strokes


@dataclass(frozen=True, slots=True)
class Fetchers:
    """How an item is read from the bundle; called on the loader's thread.

    image     keyframe index -> (H, W, 3) uint8, sRGB-encoded, the canvas's size
    segment   segment index -> flow (h, w, 4) float16, crossover (h, w, 2) float16
    """

    image: Callable[[int], npt.NDArray[np.uint8]]
    segment: Callable[[int], tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]]


@dataclass(frozen=True, slots=True)
class ResidencyOptions:
    """How far to read ahead, and how much to copy in one frame.

    ahead, behind   segments kept resident in the direction of travel, and against it
    upload_bytes    most bytes copied to the GPU in one frame
    """

    ahead: int = 4
    behind: int = 2
    upload_bytes: int = 4 << 20


@dataclass(frozen=True, slots=True)
class SegmentTextures:
    """What the walk pass reads for one position.

    phase   place in the segment, [0, 1]
    held    the position asked for is not resident, and this is the last good picture
    """

    a: moderngl.Texture
    b: moderngl.Texture
    flow: moderngl.Texture
    crossover: moderngl.Texture
    strokes_a: moderngl.Texture
    strokes_b: moderngl.Texture
    phase: float
    held: bool


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


@dataclass(slots=True)
class _Slot:
    """Textures that hold one item at a time."""

    textures: tuple[moderngl.Texture, ...]
    key: Key | None = None
    used: int = 0


@dataclass(slots=True)
class _Upload:
    """An item on its way: the next row of the texture being filled."""

    key: Key
    slot: _Slot
    arrays: Arrays
    texture: int = 0
    row: int = 0


@dataclass(slots=True)
class _Shown:
    segment: int
    phase: float
    keys: tuple[Key, ...] = field(default_factory=tuple)


class Residency:
    """Streams a walk to the GPU.

    fit        how the canvas lies in the target
    segments   (start keyframe, end keyframe) of each segment, in walk order; the walk loops when the last ends
               where the first starts
    on_fault   told once about each item that cannot be read, in one line
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        fit: Fit,
        segments: Sequence[tuple[int, int]],
        fetchers: Fetchers,
        *,
        options: ResidencyOptions | None = None,
        on_fault: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.fit = fit
        self.stats = ResidencyStats()
        self._ctx = ctx
        self._segments = tuple(segments)
        self._loop = self._segments[0][0] == self._segments[-1][1]
        self._fetchers = fetchers
        self._options = options or ResidencyOptions()
        self._on_fault = on_fault
        self._reported: set[Key] = set()
        self._upload: _Upload | None = None
        self._shown: _Shown | None = None
        reach = self._options.ahead + self._options.behind + 1
        # Beyond what is wanted: the picture being held (two keyframes, one segment) may lie elsewhere.
        images = reach + 1 + 2
        self._slots: dict[str, list[_Slot]] = {
            "image": [_Slot(self._image_textures()) for _ in range(images)],
            "segment": [_Slot(()) for _ in range(reach + 1)],
        }
        self._resident: dict[Key, _Slot] = {}
        self._loader = Loader(self._prepare)

    def want(self, position: float, speed: float, wait: bool = False) -> SegmentTextures | None:
        """Bring up what a position needs, and read ahead of it.

        position   [0, number of segments], or any number when the walk loops
        speed      segments per second, signed; its sign is the direction to read ahead
        wait       wait for the disk, so that every frame is exact (a render); otherwise hold the last good picture
        returns    the textures to draw with; None before the first picture has arrived

        Raises BundleError when waiting for an item that cannot be read. Render thread; copies at most `upload_bytes`.
        """
        index, phase = self._locate(position)
        order = self._order(index, -1 if speed < 0 else 1)
        needed = self._needs(index)
        self._pump(order, None if wait else self._options.upload_bytes)
        while wait and any(key not in self._resident for key in needed):
            missing = next(key for key in needed if key not in self._resident)
            self._loader.wait(missing)
            if missing in self._loader.failures:
                raise BundleError(self._loader.failures[missing])
            self._pump(order, None)
        self._report_faults()
        self.stats.frames += 1
        if all(key in self._resident for key in needed):
            self._shown = _Shown(index, phase, needed)
            return self._textures(self._shown, held=False)
        self.stats.held += 1
        return None if self._shown is None else self._textures(self._shown, held=True)

    def distance(self, start: float, end: float) -> float:
        """Segments from one position to another, signed; the shorter way round when the walk loops."""
        count = len(self._segments)
        way = end - start
        return (way + count / 2) % count - count / 2 if self._loop else way

    def release(self) -> None:
        """End the loader and free every texture."""
        self._loader.close()
        for slots in self._slots.values():
            for slot in slots:
                for texture in slot.textures:
                    texture.release()
        self._slots.clear()
        self._resident.clear()

    def _locate(self, position: float) -> tuple[int, float]:
        count = len(self._segments)
        position = position % count if self._loop else min(max(position, 0.0), float(count))
        index = min(int(position), count - 1)
        return index, position - index

    def _order(self, index: int, direction: int) -> tuple[Key, ...]:
        """Everything worth having, the most urgent first: this segment, then two ahead for each one behind."""
        options = self._options
        steps = [direction * step for step in range(options.ahead + 1)]
        for step in range(options.behind):
            steps.insert(min(2 + 3 * step, len(steps)), -direction * (step + 1))
        count = len(self._segments)
        indices = [(index + step) % count if self._loop else index + step for step in steps]
        keys = [key for i in indices if 0 <= i < count for key in self._needs(i)]
        return tuple(dict.fromkeys(keys))

    def _needs(self, index: int) -> tuple[Key, ...]:
        start, end = self._segments[index]
        return ("image", start), ("image", end), ("segment", index)

    def _textures(self, shown: _Shown, held: bool) -> SegmentTextures:
        start, end, segment = (self._resident[key].textures for key in shown.keys)
        return SegmentTextures(start[0], end[0], segment[0], segment[1], start[1], end[1], shown.phase, held)

    def _report_faults(self) -> None:
        for key, message in self._loader.failures.items():
            if key not in self._reported:
                self._reported.add(key)
                self._on_fault(message)

    # --- copying, on the render thread -------------------------------------------------------------------------------

    def _pump(self, order: tuple[Key, ...], budget: int | None) -> None:
        """Copy what the loader has ready, rows at a time, until the budget is spent (None: copy everything)."""
        for key in reversed(order):
            if key in self._resident:
                self._resident[key].used = self.stats.frames
        if self._upload is not None and self._upload.key not in order:
            self._upload = None
        on_the_way = self._upload.key if self._upload is not None else None
        self._loader.want(tuple(key for key in order if key not in self._resident and key != on_the_way))
        left = budget if budget is not None else 1 << 62
        while left > 0:
            if self._upload is None:
                taken = self._loader.take()
                if taken is None:
                    return
                self._upload = self._begin(order, *taken)
            left -= self._copy(self._upload, left)

    def _begin(self, order: tuple[Key, ...], key: Key, arrays: Arrays) -> _Upload:
        kept = {*order, *(self._shown.keys if self._shown else ())}
        free = [slot for slot in self._slots[key[0]] if slot.key is None or slot.key not in kept]
        slot = min(free, key=lambda slot: (slot.key is not None, slot.used))
        if slot.key is not None:
            self._resident.pop(slot.key, None)
        slot.key = None
        if key[0] == "segment":
            self._shape_segment(slot, arrays)
        return _Upload(key, slot, arrays)

    def _copy(self, upload: _Upload, budget: int) -> int:
        """Copy rows of the current texture, at least one; mark the item resident after the last. Returns bytes."""
        array, texture = upload.arrays[upload.texture], upload.slot.textures[upload.texture]
        rows = min(max(1, budget // array[0].nbytes), array.shape[0] - upload.row)
        part = array[upload.row : upload.row + rows]
        texture.write(part, viewport=(0, upload.row, array.shape[1], rows), alignment=1)
        self.stats.bytes += part.nbytes
        upload.row += rows
        if upload.row == array.shape[0]:
            upload.row, upload.texture = 0, upload.texture + 1
        if upload.texture == len(upload.arrays):
            upload.slot.key, upload.slot.used = upload.key, self.stats.frames
            self._resident[upload.key] = upload.slot
            self.stats.uploads += 1
            self._upload = None
        return part.nbytes

    def _image_textures(self) -> tuple[moderngl.Texture, ...]:
        width, height = self.fit.picture
        grid = strokes(np.zeros((height, width, 3), np.uint8)).shape
        return self._texture((height, width, 4), "f1"), self._texture(grid, "f2")

    def _shape_segment(self, slot: _Slot, arrays: Arrays) -> None:
        """Give the slot textures of the flow's size; flows of one walk share it, so this allocates once a slot."""
        sizes = [(array.shape[1], array.shape[0]) for array in arrays]
        if [texture.size for texture in slot.textures] != sizes:
            for texture in slot.textures:
                texture.release()
            slot.textures = tuple(self._texture(array.shape, "f2") for array in arrays)

    def _texture(self, shape: tuple[int, ...], dtype: str) -> moderngl.Texture:
        texture = self._ctx.texture((shape[1], shape[0]), shape[2], dtype=dtype)
        texture.repeat_x = texture.repeat_y = False
        return texture

    # --- preparing, on the loader's thread ---------------------------------------------------------------------------

    def _prepare(self, key: Key) -> Arrays:
        return self._prepare_image(key[1]) if key[0] == "image" else self._prepare_segment(key[1])

    def _prepare_image(self, index: int) -> Arrays:
        image = self._fetchers.image(index)
        width, height = self.fit.canvas
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise FlowShapeError(
                f"keyframe {index}: {_describe(image)}, expected ({height}, {width}, 3) uint8: bake again"
            )
        image = resample(image, self.fit.picture)
        rgba = np.full((*image.shape[:2], 4), 255, np.uint8)
        rgba[..., :3] = image
        return rgba, strokes(image)

    def _prepare_segment(self, index: int) -> Arrays:
        arrays = self._fetchers.segment(index)
        for array, channels, name in zip(arrays, (4, 2), ("flow", "crossover"), strict=True):
            if array.ndim != 3 or array.shape[2] != channels or array.dtype != np.float16:
                expected = f"expected (h, w, {channels}) float16: bake again"
                raise FlowShapeError(f"segment {index}: {name} is {_describe(array)}, {expected}")
        return tuple(np.ascontiguousarray(array) for array in arrays)


def _describe(array: npt.NDArray[Any]) -> str:
    return f"{array.shape} {array.dtype}"
