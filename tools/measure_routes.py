"""What routes cost: median time of a frame without routes, and with 200 plain and 200 rich ones.

    python -m tools.measure_routes [SHOW.walk] [--size 640x360] [--frames 300]

They go to parameters that the preset routes to already: a pass that wakes up costs more than any route. The shows take
turns frame by frame on one renderer, so that whatever else the machine does falls on all alike. Without a walk nothing
is drawn, only the show is measured.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from artwalks_live.core import walk
from artwalks_live.core.control import OWN, SOURCES
from artwalks_live.core.features import Features
from artwalks_live.core.frame import FrameState
from artwalks_live.core.lfo import SHAPES
from artwalks_live.core.preset import Preset
from artwalks_live.core.routes import TAKE_OVERS, Route
from artwalks_live.core.show import Show, Start
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.gpu.context import headless_context
from artwalks_live.perform.stage import Stage, Tables

FPS = 60
MANY = 200
HEARD = tuple(source for source in SOURCES if source not in OWN)


def plain(targets: Sequence[str], count: int) -> tuple[Route, ...]:
    """Routes as presets have them."""
    chance = random.Random(1)
    curves = ("linear", "square", "cube", "root")
    return tuple(
        Route(chance.choice(HEARD), chance.choice(targets), 1e-4, chance.choice(curves), 0.02, 0.3)
        for _ in range(count)
    )


def rich(targets: Sequence[str], count: int) -> tuple[Route, ...]:
    """Routes with all that there is: oscillators, chance, inputs, ranges, grids, every way of taking over."""
    chance = random.Random(2)
    own = (
        {"source": "lfo", "period_beats": 4.0},
        {"source": "random", "period_s": 3.0},
        {"source": "input", "input": "midi/cc/1/7"},
        {"source": "bass"},
        {"source": "kick"},
    )
    return tuple(
        Route(
            target=chance.choice(targets),
            amount=1e-4,
            shape=chance.choice(SHAPES),
            low=0.1,
            release_s=0.3,
            quantise=chance.choice(("off", "off", "bar")),
            take_over=chance.choice(TAKE_OVERS[:3]),
            priority=chance.randrange(3),
            **chance.choice(own),
        )
        for _ in range(count)
    )


def measure(shows: dict[str, Show], frames: int, draw: Callable[[FrameState], None]) -> dict[str, float]:
    """Median milliseconds of a frame of each show."""
    chance = random.Random(3)
    took: dict[str, list[float]] = {name: [] for name in shows}
    for n in range(1, frames + 20):
        level, bass, mid, high, onset, percussive = (chance.random() for _ in range(6))
        heard = Features(n / FPS, level, bass, mid, high, onset, False, percussive, 0.0, 120.0, n / 30, 0.9)
        for name in chance.sample(list(shows), len(shows)):
            start = time.perf_counter()
            shows[name].feed(heard)
            draw(shows[name].frame(n, n / FPS, 1 / FPS))
            took[name].append(time.perf_counter() - start)
    return {name: statistics.median(times[20:]) * 1e3 for name, times in took.items()}


def main() -> None:
    """Print one line a show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", type=Path)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--frames", type=int, default=300)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    tables = Tables.load()
    vj = tables.presets["vj"]
    targets = sorted({route.target for route in vj.routes})
    routes = {
        "vj as it is": (),
        f"{MANY} plain routes more": plain(targets, MANY),
        f"{MANY} rich routes more": rich(targets, MANY),
    }
    presets = {
        name: Preset(name, vj.mode, values=vj.values, routes=(*vj.routes, *more)) for name, more in routes.items()
    }
    if arguments.bundle is None:
        shows = {name: Show(WalkShape(12, (0, 4, 8, 12)), tables.params, presets, Start(name)) for name in presets}
        _report(measure(shows, arguments.frames, lambda state: None))
        return
    bundle, ctx = walk.read(arguments.bundle), headless_context()
    with Stage(bundle, tables, ctx, (width, height)) as stage:
        shows = {name: Show(stage.shape, tables.params, presets, Start(name)) for name in presets}

        def draw(state: FrameState) -> None:
            stage.renderer.draw(state, wait=True)
            ctx.finish()

        _report(measure(shows, arguments.frames, draw))
    ctx.release()


def _report(medians: dict[str, float]) -> None:
    base = next(iter(medians.values()))
    for name, value in medians.items():
        print(f"{name:24} p50 {value:8.3f} ms  {100 * (value / base - 1):+5.1f} %")


if __name__ == "__main__":
    main()
