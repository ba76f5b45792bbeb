"""The benchmark measures what it says it does; how fast anything is, is not tested."""

from __future__ import annotations

import math

from artwalks_live.gpu import benchmark
from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.motion_benchmark import motion_costs
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import shaders_dir
from tests.gpu.scene import scene


def test_every_pass_is_timed_and_the_bare_shader_beside_the_engine() -> None:
    ctx = headless_context()
    library = ShaderLibrary.read(shaders_dir())
    costs = benchmark.pass_costs(ctx, library, (64, 36), frames=4)
    assert [cost.name for cost in costs] == [each.name for each in library.passes] + ["all", "walk, plain"]
    assert all(0 < cost.wall_p50_ms <= cost.wall_p99_ms for cost in costs)
    assert all(0 < cost.gpu_p50_ms <= cost.gpu_p99_ms for cost in costs)
    ratio = benchmark.overhead(ctx, library, (64, 36), frames=4)
    assert ratio.ratio == ratio.engine_ms / ratio.bare_ms
    ctx.release()


def test_motion_is_timed_beside_the_walk_pass() -> None:
    ctx = headless_context()
    costs = motion_costs(ctx, ShaderLibrary.read(shaders_dir()), (64, 36), frames=3)
    assert list(costs) == ["walk", "off", "currents", "sway", "both", "both, splatted"]
    assert all(cost > 0 for cost in costs.values())
    ctx.release()


def test_a_journey_counts_its_frames_and_waits_when_told_to() -> None:
    with scene(6) as stage:
        length = benchmark.Length(seconds=2.0, speed=2.5, fps=20.0)
        values = stage.library.params.defaults()
        made = benchmark.journey(stage.ctx, stage.renderer, values, length, wait=True)
        assert (made.frames, made.held) == (40, 0)
        assert 0 < made.p50_ms <= made.p99_ms <= made.p999_ms
        assert made.end_mb > 10 or math.isnan(made.end_mb)
        assert stage.residency.stats.frames == 41
