"""Give paintings of a walk their motion: a current and modes of sway each, by hand, by networks, or by their strokes.

    painting ─┬─ mask, arrows, words ─┐
              ├─ strokes, or a network ┴─ current ─┐
              └─ strokes, a video or a network ─ sway ─┴─ walk.json

The walk as it stood is kept (core.earlier), so that takes of it are rendered as they were played.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.bake import disk_errors, silent
from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.lock import locked
from artwalks_live.bake.motion import hints, stages, video
from artwalks_live.bake.motion.currents import CurrentRequest, current_of
from artwalks_live.bake.motion.grid import inside
from artwalks_live.bake.motion.mask_file import read_mask
from artwalks_live.bake.motion.modes import modes_of
from artwalks_live.bake.motion.segmenter import NothingFoundError
from artwalks_live.bake.motion.stages import Made, Networks
from artwalks_live.bake.motion.video import Clip
from artwalks_live.bake.store import Store
from artwalks_live.core import earlier
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import UsageError, choices
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_extras import Motion

Field = NDArray[np.float16]
Note = Callable[[str], None]
Report = Callable[[float, str], None]
_NONE = Made(None, None, None, None, ())


@dataclass(frozen=True)
class MotionRequest:
    """What is to move, and by what.

    folder     the walk
    paintings  their numbers, from 1, or titles; none: all of them
    current    whether paint flows; sway: whether it swings. What is left out is taken away, where it was
    mask       a PNG of the canvas's size or of its shape: what is black stands still
    arrows     "x0,y0,x1,y1" in pixels of the canvas; direction: in words, as "left to right"
    video      of a similar thing, which sways as the painting is to
    networks   that the user has
    """

    folder: Path
    paintings: tuple[str, ...] = ()
    current: bool = True
    sway: bool = True
    mask: Path | None = None
    arrows: tuple[str, ...] = ()
    direction: str = ""
    video: Path | None = None
    networks: stages.Motion = field(default_factory=stages.Motion)


def animate(request: MotionRequest, progress: Report = silent, note: Note = silent) -> Walk:
    """Make the motion of each painting and commit the walk with it.

    progress  called with the share done, [0, 1], and what is being done
    note      called with lines for the person

    Raises UsageError, BundleError, ModelError or BakeError; then the walk is what it was.
    """
    before = bundle.read(request.folder)
    chosen = numbers_of(before, request.paintings)
    networks = Networks.of(request.networks)
    clip = video.read_video(request.video) if request.video is not None else None
    with disk_errors(request.folder), locked(request.folder / bundle.WORK / "lock", request.folder):
        before = bundle.read(request.folder)
        maker = _Maker(request, networks, clip, Store(request.folder), before, note)
        made = {}
        for done, number in enumerate(chosen):
            progress(done / len(chosen), before.paintings[number].title)
            try:
                made[number] = maker.motion(number)
            except NothingFoundError as error:
                if len(chosen) == 1:
                    raise
                note(f"{before.paintings[number].title}: {error}; its motion is as it was")
        progress(1.0, "")
        paintings = tuple(
            replace(painting, motion=made.get(number, painting.motion))
            for number, painting in enumerate(before.paintings)
        )
        after = replace(before, paintings=paintings)
        if after != before:
            earlier.keep(before)
            bundle.write(after)
    return after


def numbers_of(walk: Walk, wanted: tuple[str, ...]) -> list[int]:
    """The paintings that are meant, from 0, in the walk's order.

    wanted   numbers from 1, or titles in any case; none: all
    Raises UsageError with the titles that there are.
    """
    titles = [painting.title for painting in walk.paintings]
    found = set()
    for each in wanted:
        named = [i for i, title in enumerate(titles) if title.casefold() == each.casefold()]
        if each.isdecimal() and 1 <= int(each) <= len(titles):
            named = [int(each) - 1]
        if not named:
            raise UsageError(f"--painting {choices(each, titles)}, or a number from 1 to {len(titles)}")
        found.update(named)
    return sorted(found) if wanted else list(range(len(titles)))


@dataclass(frozen=True)
class _Maker:
    request: MotionRequest
    networks: Networks
    clip: Clip | None
    store: Store
    walk: Walk
    note: Note

    def motion(self, number: int) -> Motion | None:
        """Make the motion of one painting; None where it has none."""
        painting = self.walk.paintings[number]
        if painting.keyframe is None:
            self.note(f"{painting.title}: the walk never stands on it, so it cannot move")
            return None
        keyframe = self.walk.keyframes[painting.keyframe]
        bundle.load_image(self.walk, painting.keyframe)  # checks its hash
        picture = self.store.image(keyframe.image)
        mask = None if self.request.mask is None else read_mask(self.request.mask, picture.shape[:2])
        made = _NONE
        if self.networks.asked != stages.Motion():
            made = stages.run(picture, self.networks, self.store, mask, self.note)
        mask = mask if made.mask is None else made.mask
        current = self._current(picture, mask, made) if self.request.current else None
        sway = self._sway(picture, mask, made) if self.request.sway else None
        if current is not None and not current[..., :2].any():
            self.note(f"{painting.title}: nothing in it is sure to flow, so it only sways; --mask says what may")
            current = None
        return self._kept(current, sway)

    def _current(self, picture: Pixels, mask: Pixels | None, made: Made) -> Field:
        if made.current is not None:
            return made.current
        arrows = tuple(hints.arrow_of(each) for each in self.request.arrows)
        return current_of(picture, CurrentRequest(mask, arrows, self.request.direction))

    def _sway(self, picture: Pixels, mask: Pixels | None, made: Made) -> Field:
        modes = made.sway
        if modes is None:
            clip = self.clip
            modes = modes_of(picture) if clip is None else video.modes_from(clip.frames, clip.fps, picture)
        return modes if mask is None else np.asarray(modes * inside(mask, modes.shape[1:3])[..., None], np.float16)

    def _kept(self, current: Field | None, sway: Field | None) -> Motion | None:
        names, digests = [], []
        for made in (current, sway):
            file = None if made is None else self.store.put_field(made)
            names.append("" if file is None else file.name)
            digests.append("" if file is None else file.sha256)
        return Motion(names[0], names[1], (digests[0], digests[1])) if any(names) else None
