"""Slots: a fixed number of textures on the GPU, refilled a few rows at a time. Render thread only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import moderngl
import numpy as np

from artwalks_live.gpu.items import Arrays, Key
from artwalks_live.gpu.noise import strokes

Textures = tuple[moderngl.Texture, ...]


@dataclass(slots=True)
class _Slot:
    """Textures that hold one item at a time; `used` is when it was last wanted."""

    textures: Textures
    key: Key | None = None
    used: int = 0


@dataclass(slots=True)
class _Upload:
    """The item on its way, and the row of the texture that comes next."""

    key: Key
    slot: _Slot
    arrays: Arrays
    texture: int = 0
    row: int = 0


class Slots:
    """Holds keyframes and segments on the GPU, the least recently wanted making room.

    picture            (width, height) of a keyframe's texture
    images, segments   how many of each are held; of motions as many as of images, should every picture move
    """

    def __init__(self, ctx: moderngl.Context, picture: tuple[int, int], images: int, segments: int) -> None:
        self._ctx = ctx
        self._slots = {
            "image": [_Slot(_image_textures(ctx, picture)) for _ in range(images)],
            "segment": [_Slot(()) for _ in range(segments)],  # a flow's size is known when the first one is read
            "motion": [_Slot(()) for _ in range(images)],
        }
        self._resident: dict[Key, _Slot] = {}
        self._upload: _Upload | None = None

    def __contains__(self, key: Key) -> bool:
        return key in self._resident

    def __getitem__(self, key: Key) -> Textures:
        """image: picture, strokes; segment: flow, crossover; motion: current, modes."""
        return self._resident[key].textures

    @property
    def uploading(self) -> Key | None:
        """The item that is being copied, not yet resident."""
        return self._upload.key if self._upload is not None else None

    def touch(self, keys: Iterable[Key], now: int) -> None:
        """Note that these are wanted."""
        for key in keys:
            if key in self._resident:
                self._resident[key].used = now

    def begin(self, key: Key, arrays: Arrays, kept: Collection[Key]) -> None:
        """Start to copy an item over the least recently wanted one that is not among `kept`."""
        free = [slot for slot in self._slots[key[0]] if slot.key not in kept]
        slot = min(free, key=lambda slot: (slot.key is not None, slot.used))
        if slot.key is not None:
            del self._resident[slot.key]
            slot.key = None
        if key[0] != "image":
            self._shape(slot, arrays)
        self._upload = _Upload(key, slot, arrays)

    def copy(self, budget: int) -> int:
        """Copy rows of the item on its way, at least one; it is resident after the last. Returns bytes."""
        upload = self._upload
        if upload is None:
            return 0
        array, texture = upload.arrays[upload.texture], upload.slot.textures[upload.texture]
        rows = min(max(1, budget // array[0].nbytes), array.shape[0] - upload.row)
        part = array[upload.row : upload.row + rows]
        texture.write(part, viewport=(0, upload.row, array.shape[1], rows), alignment=1)
        upload.row += rows
        if upload.row == array.shape[0]:
            upload.row, upload.texture = 0, upload.texture + 1
        if upload.texture == len(upload.arrays):
            upload.slot.key = upload.key
            self._resident[upload.key] = upload.slot
            self._upload = None
        return int(part.nbytes)

    def abandon(self) -> None:
        """Leave the item on its way unfinished; its slot is free again."""
        self._upload = None

    def release(self) -> None:
        """Free every texture."""
        for slots in self._slots.values():
            for slot in slots:
                for texture in slot.textures:
                    texture.release()
        self._slots.clear()
        self._resident.clear()
        self._upload = None

    def _shape(self, slot: _Slot, arrays: Arrays) -> None:
        """Give the slot textures of the fields' sizes; those of one walk share them, so this allocates once a slot."""
        sizes = [(array.shape[1], array.shape[0]) for array in arrays]
        if [texture.size for texture in slot.textures] != sizes:
            for texture in slot.textures:
                texture.release()
            channels = [array.shape[2] for array in arrays]
            slot.textures = tuple(_texture(self._ctx, *each, "f2") for each in zip(sizes, channels, strict=True))


def _image_textures(ctx: moderngl.Context, picture: tuple[int, int]) -> Textures:
    """What a keyframe is held in: the picture, RGBA8, and its strokes, RG16F."""
    rows, columns, channels = strokes(np.zeros((picture[1], picture[0], 3), np.uint8)).shape
    return _texture(ctx, picture, 4, "f1"), _texture(ctx, (columns, rows), channels, "f2")


def _texture(ctx: moderngl.Context, size: tuple[int, int], channels: int, dtype: str) -> moderngl.Texture:
    """A texture that repeats its edge outside."""
    texture = ctx.texture(size, channels, dtype=dtype)
    texture.repeat_x = texture.repeat_y = False
    return texture
