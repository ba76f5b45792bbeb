"""How well paintings move: seams, stillness, return, warp error, contrast; and what it costs.

    python -m tools.evaluate_motion SHOW.walk [--size 640x360] [--frames 60] [--strips FOLDER] [--splat] [--json]
    python -m tools.evaluate_motion --replay VIDEO

Each painting with motion is drawn by the renderer itself, as it stands in a show:

seam      last to first frame of the loop of the currents over the mean of neighbours (goal at most 1.1)
outside   pixels outside the mask that differ from the painting in any frame (goal 0)
return    pixels that differ once amounts are 0, or the swing has died away (goal 0)
warp      neighbouring frames' mean difference in the mask once the second is led back along the current, over the
          same without: below 1, paint does move as the current says
contrast  least and greatest local contrast over the loop, over the painting's: how much a life blurs, or pulses

--replay makes modes of a video and plays them on its first frame: PSNR and SSIM against the video's own frames, and
the same of the first frame standing still.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from artwalks_live.commands.options import size
from artwalks_live.core import currents, sway, walk
from artwalks_live.core.frame import FrameState
from artwalks_live.core.show import Start
from artwalks_live.core.walk import Walk
from artwalks_live.gpu.context import headless_context
from artwalks_live.perform.stage import Stage, Tables

Pixels = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]
TRAVEL = "currents.travel"


@dataclass(frozen=True)
class Figures:
    """Of one painting; see the module."""

    title: str
    moving: float
    seam: float
    outside: int
    returned: int
    warp: float
    contrast: tuple[float, float]


class Camera:
    """Draws a painting of a walk at any instant of its motion."""

    def __init__(self, bundle: Walk, target: tuple[int, int], splats: bool) -> None:
        self.tables = Tables.load()
        self.ctx = headless_context()
        self.stage = Stage(bundle, self.tables, self.ctx, target, reads="splat" if splats else "sharp")
        self._state = self.stage.show(Start("osc")).frame(0, 0.0, 0.0)

    def shoot(self, position: float, life: float, amplitudes: Sequence[complex] = (), **values: float) -> Pixels:
        """The picture there, (H, W, 3) uint8."""
        given = {name.replace("__", "."): value for name, value in values.items()}
        swing = tuple(amplitudes) or (0j,) * sway.MODES
        state: FrameState = replace(
            self._state, position=position, life=life, sway=swing, values={**self.tables.params.defaults(), **given}
        )
        self.stage.renderer.draw(state, wait=True)
        return np.asarray(self.stage.renderer.read("rgb24").copy(), np.uint8)

    def close(self) -> None:
        self.stage.close()
        self.ctx.release()


def figures(camera: Camera, number: int, frames: int, strips: Path | None) -> Figures:
    """Measure one painting."""
    painting = camera.stage.walk.paintings[number]
    assert painting.motion is not None and painting.keyframe is not None
    position = float(painting.keyframe)
    still = camera.shoot(position, 0.0, currents__amount=0.0)
    current, _ = walk.read_motion(camera.stage.walk.folder, painting.motion)
    field = np.zeros((9, 16, 4), np.float16) if current is None else current
    shape = still.shape[:2]
    spread = currents.spread(field.astype(np.float32), shape)
    moves = (spread[..., :2] != 0).any(axis=2)
    loop = [camera.shoot(position, i / frames) for i in range(frames)]
    steps = [_apart(a, b) for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)]
    outside = max(int((frame != still).any(axis=2)[~moves].sum()) for frame in loop)
    swinging = camera.shoot(position, 0.3, _kicked(0.3))
    back = [camera.shoot(position, 0.7, _kicked(3.0), currents__amount=0.0)]
    returned = max(int((frame != still).any(axis=2).sum()) for frame in back)
    if strips is not None:
        strip(strips / f"{number + 1:02d}.png", [still, *loop[:: max(1, frames // 4)], swinging])
    contrast = [_contrast(frame, moves) / max(_contrast(still, moves), 1e-6) for frame in loop[:: max(1, frames // 12)]]
    travel = camera.tables.params[TRAVEL].default
    return Figures(
        painting.title, float(moves.mean()), steps[-1] / max(float(np.mean(steps[:-1])), 1e-9), outside, returned,
        _warp_error(loop, spread, moves, travel / frames), (min(contrast), max(contrast)),
    )  # fmt: skip


def _kicked(after_s: float) -> list[complex]:
    """The amplitudes so long after a push of a tenth of a second."""
    oscillators = sway.Oscillators()
    amplitudes = oscillators.step(0.0)
    for tick in range(round(after_s / sway.TICK_S) + 24):
        amplitudes = oscillators.step(1.0 if tick < 24 else 0.0)
    return [complex(each) for each in amplitudes]


def _apart(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(np.float32) - b).mean())


def _contrast(picture: Pixels, where: npt.NDArray[np.bool_]) -> float:
    """The mean deviation of brightness within 5 px, in a place."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean, square = cv2.GaussianBlur(grey, (0, 0), 2.5), cv2.GaussianBlur(grey * grey, (0, 0), 2.5)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    return float(deviation[where].mean()) if where.any() else 1.0


def _warp_error(loop: list[Pixels], spread: Array, moves: npt.NDArray[np.bool_], step_px: float) -> float:
    if not moves.any():
        return 1.0
    shape = spread.shape[:2]
    y, x = np.indices(shape, np.float32)
    at = np.stack([x, y], axis=2) + spread[..., :2] * np.float32(step_px * max(shape) / currents.PX)
    led, plain = [], []
    for before, after in pairwise(loop):
        back = cv2.remap(after, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        led.append(np.abs(back.astype(np.float32) - before)[moves].mean())
        plain.append(np.abs(after.astype(np.float32) - before)[moves].mean())
    return float(np.mean(led) / max(float(np.mean(plain)), 1e-9))


def strip(path: Path, pictures: Sequence[Pixels]) -> None:
    """Pictures side by side, two in a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [np.hstack(pictures[i : i + 2]) for i in range(0, len(pictures) - 1, 2)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def replay(video: Path) -> dict[str, float]:
    """Modes of a video, played on its first frame, against its frames."""
    from artwalks_live.bake.motion.video import modes_from, read_video

    clip = read_video(video)
    first = clip.frames[0]
    modes = modes_from(clip.frames, clip.fps, first)
    y, x = np.indices(first.shape[:2], np.float32)
    found: dict[str, list[float]] = {"psnr": [], "ssim": [], "still_psnr": [], "still_ssim": []}
    scale = max(first.shape[:2]) / currents.PX
    for number, frame in enumerate(clip.frames[1:], 1):
        turned = np.exp(2j * np.pi * sway.FREQUENCIES_HZ * number / clip.fps)
        moved = currents.spread(sway.displacement(modes, turned), first.shape[:2]) * np.float32(scale)
        shown = cv2.remap(first, x - moved[..., 0], y - moved[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for name, picture in (("", shown), ("still_", first)):
            found[f"{name}psnr"].append(_psnr(np.asarray(picture, np.uint8), frame))
            found[f"{name}ssim"].append(_ssim(np.asarray(picture, np.uint8), frame))
    return {name: round(float(np.mean(values)), 3) for name, values in found.items()}


def _psnr(a: Pixels, b: Pixels) -> float:
    return float(10 * np.log10(255.0**2 / max(float(((a.astype(np.float64) - b) ** 2).mean()), 1e-9)))


def _ssim(a: Pixels, b: Pixels) -> float:
    """Wang et al. 2004, of brightness, with a Gaussian window of 1.5 px."""
    x, y = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float64) for each in (a, b))

    def mean(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5), np.float64)

    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(((2 * mx * my + one) * (2 * both + two) / ((mx**2 + my**2 + one) * (vx + vy + two))).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", metavar="SHOW.walk", type=Path, nargs="?")
    parser.add_argument("--size", type=size, default=(640, 360))
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--strips", metavar="FOLDER", type=Path, help="write a strip of each painting")
    parser.add_argument("--splat", action="store_true", help="splat paint rather than read it")
    parser.add_argument("--replay", metavar="VIDEO", type=Path)
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    if a.replay is not None:
        print(json.dumps(replay(a.replay)))
    if a.bundle is None:
        return
    camera = Camera(walk.read(a.bundle), a.size, a.splat)
    found = []
    for number, painting in enumerate(camera.stage.walk.paintings):
        if painting.motion is None or painting.keyframe is None:
            continue
        one = figures(camera, number, a.frames, a.strips)
        found.append(asdict(one))
        print(
            f"{one.title[:36]:36} moves {one.moving:4.0%}  seam {one.seam:.2f}  outside {one.outside}  "
            f"return {one.returned}  warp {one.warp:.2f}  contrast {one.contrast[0]:.2f} to {one.contrast[1]:.2f}"
        )
    camera.close()
    if a.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
