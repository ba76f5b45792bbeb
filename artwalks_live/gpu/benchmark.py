"""What the picture costs: each pass, the engine against the bare shader, and a long fast walk.

Functions that return numbers; printing is the command's business. Times are of this machine, at this load: compare
only what was measured in the same run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, sleep

import moderngl
import numpy as np

from artwalks_live.core.pieces import plain
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Fetchers, Residency, ResidencyOptions
from artwalks_live.gpu.shaders import Recipe, ShaderLibrary
from artwalks_live.gpu.surface import Surface

_WARM_UP = 5  # frames that are drawn and not counted


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds per frame: the GPU's own timer, and the wall until it is idle; median and 99th percentile."""

    name: str
    gpu_p50_ms: float
    gpu_p99_ms: float
    wall_p50_ms: float
    wall_p99_ms: float


@dataclass(frozen=True, slots=True)
class Overhead:
    """The engine's frame against the bare walk shader's, drawn in turn; medians, wall milliseconds."""

    engine_ms: float
    bare_ms: float

    @property
    def ratio(self) -> float:
        """1 would be no overhead at all."""
        return self.engine_ms / self.bare_ms


@dataclass(frozen=True, slots=True)
class Length:
    """How long a journey lasts: seconds of show time, at so many segments per second and frames per second.

    segments   of the walk: the journey turns round at its ends; 0 walks straight on, as a loop lets one
    """

    seconds: float
    speed: float
    fps: float = 60.0
    segments: int = 0

    def position(self, time_s: float) -> float:
        """Where the journey is at an instant."""
        way = time_s * self.speed
        if not self.segments:
            return way
        return self.segments - abs(way % (2 * self.segments) - self.segments)


@dataclass(frozen=True, slots=True)
class Journey:
    """A long or fast walk, its frames in wall milliseconds until the GPU was idle.

    held           frames whose picture was not there in time
    start_mb, end_mb   the process's resident memory after the first tenth, and at the end; NaN where it is not known
    """

    frames: int
    held: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    start_mb: float
    end_mb: float


@dataclass(frozen=True, slots=True)
class _State:
    """A FrameState, as far as the renderer reads it."""

    position: float
    values: Mapping[str, float]
    time_s: float
    dt_s: float = 1 / 60
    black: float = 0.0
    seed: int = 0
    bands: tuple[float, ...] = (0.0,) * 8
    life: float = 0.0
    sway: tuple[complex, ...] = (0j,) * 16


def pass_costs(ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int], frames: int = 100) -> list[Cost]:
    """Time the walk alone, the walk with each effect fully on, with all of them, and the walk read the other way.

    With any effect the picture is also decoded and encoded, which the walk alone is not: that is in each figure.
    """
    found = []
    other = replace(library, sharp=not library.sharp)
    alone: list[tuple[str, dict[str, float]]] = [("walk, sharp" if other.sharp else "walk, plain", {})]
    for reading, cases in ((library, _cases(library)), (other, alone)):
        scene = _Scene(ctx, reading, size)
        try:
            found += [scene.cost(name, values, frames) for name, values in cases]
        finally:
            scene.release()
    return found


def overhead(ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int], frames: int = 100) -> Overhead:
    """Time the renderer's whole frame and the bare walk shader's draw, in turn, in the same run."""
    scene = _Scene(ctx, library, size)
    bare, surface = Program(ctx, library.source(Recipe("walk"))), Surface.make(ctx, size)
    textures = scene.textures()
    engine, alone = [], []
    try:
        for n in range(-_WARM_UP, frames):
            began = perf_counter()
            scene.renderer.draw(scene.state(n, {}))
            ctx.finish()
            between = perf_counter()
            surface.framebuffer.use()
            bare.draw(textures)
            ctx.finish()
            ended = perf_counter()
            if n >= 0:
                engine.append(1e3 * (between - began))
                alone.append(1e3 * (ended - between))
    finally:
        bare.release()
        surface.release()
        scene.release()
    return Overhead(float(np.median(engine)), float(np.median(alone)))


def journey(
    ctx: moderngl.Context, renderer: Renderer, values: Mapping[str, float], length: Length, wait: bool = False
) -> Journey:
    """Walk on from position 0.

    values   of every shader parameter
    wait     as fast as it goes, waiting for the disk, as a render does; otherwise held back to the frame rate, as in
             a show, where a picture that comes too late is counted as held
    """
    count = round(length.seconds * length.fps)
    times, held, start_mb = [], 0, float("nan")
    renderer.draw(_State(0.0, values, 0.0), wait=True)
    due = perf_counter()
    for n in range(count):
        began = perf_counter()
        time_s = n / length.fps
        held += not renderer.draw(_State(length.position(time_s), values, time_s, 1 / length.fps), wait)
        ctx.finish()
        ended = perf_counter()
        times.append(1e3 * (ended - began))
        start_mb = resident_mb() if n == count // 10 else start_mb
        due += 1 / length.fps
        if not wait and due > ended:
            sleep(due - ended)
    p50, p99, p999 = (float(np.percentile(times, p)) for p in (50, 99, 99.9))
    return Journey(count, held, p50, p99, p999, start_mb, resident_mb())


def resident_mb() -> float:
    """The process's resident memory, MB; NaN where /proc does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 / 1e6 if statm.exists() else float("nan")


def _cases(library: ShaderLibrary) -> Iterator[tuple[str, dict[str, float]]]:
    """(name, parameter values) of each thing worth timing."""
    full = {each.name: {name: library.params[name].high for name in each.when} for each in library.passes if each.when}
    yield "walk", {}
    yield from full.items()
    yield "all", {name: value for values in full.values() for name, value in values.items()}


class _Scene:
    """Two noisy keyframes with a flow of a few pixels between them: what is hardest to read for a texture cache."""

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int]) -> None:
        rng = np.random.default_rng(0)
        width, height = size
        self._ctx, self._defaults = ctx, library.params.defaults()
        images = [rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2)]
        flow = rng.normal(0, 3, (height // 2, width // 2, 4)).astype(np.float16)
        crossover = rng.uniform(0.5, 2, (height // 2, width // 2, 2)).astype(np.float16)
        fetchers = Fetchers(images.__getitem__, lambda index: (flow, crossover))
        course, options = Course.of(plain([(0, 1)])), ResidencyOptions(0, 0)
        self._residency = Residency(ctx, Fit(size, size), course, fetchers, options=options)
        self.renderer = Renderer(ctx, library, self._residency)
        for name, values in _cases(library):
            if name != "all":
                self.renderer.prepare(values)
        self.renderer.draw(self.state(0, {}), wait=True)

    def state(self, n: int, values: Mapping[str, float]) -> _State:
        """Frame n, in the middle of the segment, where both pictures are read."""
        return _State(0.25 + 0.5 * (n % 100) / 100, {**self._defaults, **values}, n / 60)

    def textures(self) -> dict[str, moderngl.Texture]:
        """The samplers of the walk pass."""
        segment = self._residency.want(0.5, 0.0, wait=True)
        assert segment is not None
        return {"u_a": segment.a, "u_b": segment.b, "u_flow": segment.flow, "u_crossover": segment.crossover}

    def cost(self, name: str, values: Mapping[str, float], frames: int) -> Cost:
        gpu, wall = [], []
        query = self._ctx.query(time=True)
        for n in range(-_WARM_UP, frames):
            began = perf_counter()
            with query:
                self.renderer.draw(self.state(n, values))
            self._ctx.finish()
            ended = perf_counter()
            if n >= 0:
                gpu.append(query.elapsed / 1e6)
                wall.append(1e3 * (ended - began))
        figures = (float(np.percentile(times, p)) for times in (gpu, wall) for p in (50, 99))
        return Cost(name, *figures)

    def release(self) -> None:
        self.renderer.release()
        self._residency.release()
