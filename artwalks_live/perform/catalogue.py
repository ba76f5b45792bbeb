"""The pictures and maps of a show by number, over all the walks that it goes through: a number stands for a content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from artwalks_live.core.pieces import Maps, Picture
from artwalks_live.core.walk import Walk, read_maps, read_motion
from artwalks_live.core.walk_extras import Motion
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.items import Fetchers
from artwalks_live.io.images import decode_picture


class Catalogue:
    """Gives out numbers and reads what they stand for.

    folder, canvas   of every walk that it will see

    `course` is for one thread at a time; what it has numbered may be read on another one meanwhile. It keeps about
    half a kilobyte for each file, and no walk.
    """

    def __init__(self, folder: Path, canvas: tuple[int, int]) -> None:
        self._folder, self._canvas = folder, canvas
        self._pictures: list[Picture] = []
        self._maps: list[Maps] = []
        self._motions: list[Motion] = []
        self._picture_numbers: dict[str, int] = {}
        self._maps_numbers: dict[tuple[str, str], int] = {}
        self._motion_numbers: dict[Motion, int] = {}
        self.fetchers = Fetchers(self._read_picture, self._read_maps, self._read_motion)

    def course(self, walk: Walk) -> Course:
        """Number what is new in a walk. About 2 µs a file."""
        for picture in walk.pictures:
            if picture.image not in self._picture_numbers:
                self._pictures.append(picture)
                self._picture_numbers[picture.image] = len(self._pictures) - 1
        for maps in walk.maps:
            if (maps.flow, maps.crossover) not in self._maps_numbers:
                self._maps.append(maps)
                self._maps_numbers[maps.flow, maps.crossover] = len(self._maps) - 1
        numbers = [self._picture_numbers[picture.image] for picture in walk.pictures]
        pieces = tuple(replace(piece, a=numbers[piece.a], b=numbers[piece.b]) for piece in walk.pieces)
        maps_numbers = tuple(self._maps_numbers[maps.flow, maps.crossover] for maps in walk.maps)
        return Course(pieces, maps_numbers, walk.loop, self._moving(walk))

    def _moving(self, walk: Walk) -> dict[int, int]:
        """The numbers of the motions, by the numbers of their pictures."""
        moving: dict[int, int] = {}
        for keyframe in walk.keyframes:
            motion = None if keyframe.painting is None else walk.paintings[keyframe.painting].motion
            if motion is not None:
                if motion not in self._motion_numbers:
                    self._motions.append(motion)
                    self._motion_numbers[motion] = len(self._motions) - 1
                moving[self._picture_numbers[keyframe.image]] = self._motion_numbers[motion]
        return moving

    def _read_picture(self, number: int) -> npt.NDArray[np.uint8]:
        return decode_picture(self._folder, self._canvas, self._pictures[number])

    def _read_maps(self, number: int) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]:
        return read_maps(self._folder, self._maps[number])

    def _read_motion(self, number: int) -> tuple[npt.NDArray[np.float16] | None, npt.NDArray[np.float16] | None]:
        return read_motion(self._folder, self._motions[number])
