"""What it costs to let a painting move, against the walk pass in the same run.

Times are of this machine, at this load: compare only what was measured in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.walk_extras import MOST_MODES
from artwalks_live.gpu.living import Living
from artwalks_live.gpu.programs import FrameBlock, Program
from artwalks_live.gpu.residency import SegmentTextures
from artwalks_live.gpu.shaders import Recipe, ShaderLibrary
from artwalks_live.gpu.slots import Textures
from artwalks_live.gpu.surface import Surface

_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class _Moment:
    life: float
    sway: Sequence[complex]


def motion_costs(
    ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int], frames: int = 60
) -> dict[str, float]:
    """Time the draws that move one painting, and the bare walk pass between two, in turn.

    returns  median wall milliseconds of: walk; off (a painting that could move and does not); currents; sway; both;
             and both, splatted
    """
    painting, maps, motion = _textures(ctx, size)
    flow, crossover = maps
    shown = SegmentTextures(painting, painting, flow, crossover, painting, painting, 0.0, (0.0, 1.0), False, motion)
    values = library.params.defaults()
    block, surface = FrameBlock(ctx, library.params), Surface.make(ctx, size)
    walk = Program(ctx, library.source(Recipe("walk")))
    reads, splats = (Living(ctx, replace(library, splats=on), size) for on in (False, True))
    block.send((*size, 0.0, 0.0, 0.5, 0.0, -1e9, 1e9, 0.5, 0.0, 0.0, 0.0), values)
    still, swinging = (0j,) * MOST_MODES, (0.5 + 0.2j,) * MOST_MODES
    cases = {
        "off": (reads, still, 0.0), "currents": (reads, still, 1.0), "sway": (reads, swinging, 0.0),
        "both": (reads, swinging, 1.0), "both, splatted": (splats, swinging, 1.0),
    }  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in ("walk", *cases)}
    for n in range(-_WARM_UP, frames):
        surface.framebuffer.use()
        textures = {"u_a": painting, "u_b": painting, "u_flow": flow, "u_crossover": crossover}
        _time(ctx, times["walk"], n, partial(walk.draw, textures))
        for name, (living, sway, amount) in cases.items():
            moment, given = _Moment(n / frames % 1.0, sway), {**values, "currents.amount": amount}
            _time(ctx, times[name], n, partial(living.draw, shown, moment, given))
    for made in (block, surface, walk, reads, splats):
        made.release()
    for texture in (painting, *maps, *motion):
        texture.release()
    return {name: float(np.median(each)) for name, each in times.items()}


def _time(ctx: moderngl.Context, times: list[float], n: int, draw: Callable[[], object]) -> None:
    began = perf_counter()
    draw()
    ctx.finish()
    if n >= 0:
        times.append(1e3 * (perf_counter() - began))


def _textures(
    ctx: moderngl.Context, size: tuple[int, int]
) -> tuple[moderngl.Texture, tuple[moderngl.Texture, moderngl.Texture], Textures]:
    """A noisy painting, the maps of a piece, and motion everywhere: what is hardest to read for a texture cache."""
    rng = np.random.default_rng(0)
    width, height = size
    painting = ctx.texture(size, 4, rng.integers(0, 256, (height, width, 4), np.uint8))
    flow = _half(ctx, rng.normal(0, 3, (height // 2, width // 2, 4)))
    crossover = _half(ctx, rng.uniform(0.5, 2, (height // 2, width // 2, 2)))
    scale = 320 / max(size)
    small = round(height * scale), round(width * scale)
    current = _half(ctx, rng.uniform(0.1, 1, (*small, 4)))
    modes = _half(ctx, rng.normal(0, 1, (MOST_MODES * small[0] // 2, small[1] // 2, 4)))
    return painting, (flow, crossover), (current, modes)


def _half(ctx: moderngl.Context, values: npt.NDArray[np.float64]) -> moderngl.Texture:
    texture = ctx.texture((values.shape[1], values.shape[0]), values.shape[2], values.astype(np.float16), dtype="f2",
                          alignment=1)  # fmt: skip
    texture.repeat_x = texture.repeat_y = False
    return texture
