"""In-memory twins of the slow parts of a bake, loaded by name (`tests.bake.twins:Dissolve`) in its workers too."""

from __future__ import annotations

import os
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.bake.keyframes import Generated, LegRequest, PatchField, Picture, Plan, Progress
from tests.bake.turning import Scene


class Dissolve:
    """Keyframes by cross-dissolve, with a field that says A left of the weight and B right of it."""

    name = "dissolve"
    version = 1

    def plan(self, a: Picture, b: Picture, request: LegRequest, progress: Progress | None = None) -> Plan:
        if progress is not None:
            progress(0.5)
        count = request.keyframes
        return {"weights": (np.arange(count) + 1.0) / (count + 1.0), "seed": np.array([request.seed])}

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        weight = float(plan["weights"][i])
        mixed = a.canvas * (1.0 - weight) + b.canvas * weight + (int(plan["seed"][0]) + a.source.size) % 7
        height, width = a.canvas.shape[:2]
        y, x = np.indices((height // 4, width // 4), np.float32)
        painting = (x >= weight * width / 4).astype(np.uint8)
        return Generated(np.clip(mixed, 0, 255).astype(np.uint8), weight, PatchField(painting, x, y))


class DissolveAgain(Dissolve):
    """The same, in a later version."""

    version = 2


class Dying(Dissolve):
    """Ends its whole process at keyframe 1, as a worker does that runs out of memory, while the file `dying` exists."""

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        if i == 1 and os.path.exists(os.environ.get("TWIN_DYING", "")):
            os._exit(9)
        return super().keyframe(a, b, request, plan, i)


class DyingOnce(Dissolve):
    """Ends its whole process at the first keyframe 1 that takes the file $TWIN_DYING away; the others are made."""

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        if i == 1:
            with suppress(OSError, KeyError):
                os.unlink(os.environ["TWIN_DYING"])
                os._exit(9)
        return super().keyframe(a, b, request, plan, i)


class Faulty(Dissolve):
    """Has a fault at keyframe 1."""

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        print("chatter of a library")
        if i == 1:
            raise ZeroDivisionError("in the twin")
        return super().keyframe(a, b, request, plan, i)


class WrongSize(Dissolve):
    """Gives pictures of the wrong size."""

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        made = super().keyframe(a, b, request, plan, i)
        return Generated(made.image[:-2], made.weight, made.field)


class Stalling(Dissolve):
    """Makes keyframe 0 and then waits for ever, so that a test can stop the bake at a known place."""

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        if i >= 1 and os.path.exists(os.environ.get("TWIN_STALLING", "")):
            import threading

            threading.Event().wait()
        return super().keyframe(a, b, request, plan, i)


class Turning:
    """A flow that finds the same in any two pictures: the second is the first, turned by 30 degrees."""

    name = "turning"
    version = 1

    def estimate(
        self, a: np.ndarray, b: np.ndarray, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        return Scene(degrees=30, radius=0, size=(a.shape[1], a.shape[0])).chord()


class FieldFlow:
    """A flow of nothing but the two fields it was given, so that a test can see them in the bundle."""

    name = "field-flow"
    version = 1

    def estimate(
        self, a: np.ndarray, b: np.ndarray, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        if field_a is None or field_b is None:
            zero = np.zeros((a.shape[0] // 2, a.shape[1] // 2, 6), np.float16)
            return SegmentFlow(zero[..., :4], zero[..., 4:])
        flow = np.stack([field_a.x, field_a.y, field_b.x, field_b.y], axis=-1)
        crossover = np.stack([field_a.painting, field_b.painting], axis=-1)
        return SegmentFlow(flow.astype(np.float16), crossover.astype(np.float16))


class PlainPainter:
    """A painter of plain pictures, told apart by their prompts' lengths."""

    def paint(self, prompt: str, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
        shade = (37 * len(prompt) + seed) % 256
        return np.full((size[1], size[0], 3), shade, np.uint8)


class HaltingFlow(FieldFlow):
    """Waits for ever at its eighth pair of pictures, while the folder $TWIN_HALTING exists to count in."""

    name = "halting-flow"

    def estimate(
        self, a: np.ndarray, b: np.ndarray, field_a: PatchField | None = None, field_b: PatchField | None = None
    ) -> SegmentFlow:
        counted = os.environ.get("TWIN_HALTING", "")
        if os.path.isdir(counted):
            seen = len(os.listdir(counted))
            if seen >= 7:
                import threading

                threading.Event().wait()
            with open(os.path.join(counted, str(seen)), "w", encoding="ascii"):
                pass
        return super().estimate(a, b, field_a, field_b)
