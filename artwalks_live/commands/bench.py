"""`artwalks bench`: what this machine does, in figures that can be compared within one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from artwalks_live.commands.options import audio_choice
from artwalks_live.core.audio import AudioChoice
from artwalks_live.core.errors import UsageError, choices

HELP = "Measure this machine: keyframes, flows, passes, recorder, latency, memory."
EXAMPLES = """\
examples:
  artwalks bench                        everything; about ten minutes without a graphics card
  artwalks bench passes recorder        only these parts
  artwalks bench stage --audio live     the whole stage at once, listening to the default input
  artwalks bench --quick --json         small and fast, the last line one JSON object
parts: keyframes, passes, motion, engine, recorder, stage, start, memory, ear
Times are of this machine at this load: compare ratios, and only within one run.
"""

Figures = dict[str, Any]
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "2k": (2560, 1440)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("parts", metavar="PART", nargs="*", help="what to measure (default: everything)")
    add("--quick", action="store_true", help="small pictures and few frames: to see that it runs")
    add("--audio", metavar="SOURCE", type=audio_choice, help="what the stage listens to (default: the demo's song)")
    add("--json", action="store_true", help="end with one line of JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure part by part, printing as it goes."""
    parts = arguments.parts or list(PARTS)
    for part in parts:
        if part not in PARTS:
            raise UsageError(f"part {choices(part, PARTS)}")
    figures: Figures = {"machine": machine()}
    print(figures["machine"])
    with tempfile.TemporaryDirectory(prefix="artwalks-bench-") as folder:
        bench = Bench(Path(folder), arguments.quick, arguments.audio)
        for part in parts:
            print(f"\n{part}", flush=True)
            figures[part] = PARTS[part](bench)
    if arguments.json:
        print(json.dumps(figures))
    return 0


def machine() -> str:
    """The machine in words: processor, cores, GL."""
    from artwalks_live.gpu.context import describe, headless_context

    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    context = headless_context()
    text = f"{model}, {os.cpu_count()} cores; {describe(context)}; Python {platform.python_version()}, {sys.platform}"
    context.release()
    return text


class Bench:
    """What the parts share: a folder, the demo's material made once, and how much to measure."""

    def __init__(self, folder: Path, quick: bool, audio: AudioChoice | None) -> None:
        self.folder, self.quick, self._audio = folder, quick, audio
        self._bundle: Path | None = None
        self.baked: Figures = {}

    def frames(self, count: int) -> int:
        """A number of frames, a tenth of it when quick."""
        return max(10, count // 10) if self.quick else count

    @property
    def paintings(self) -> list[Path]:
        """Three of the demo's paintings."""
        from artwalks_live.demo.paintings import paint_all

        return paint_all(self.folder / "paintings", height=240 if self.quick else 720)[:3]

    @property
    def audio(self) -> AudioChoice:
        """What the stage listens to."""
        from artwalks_live.demo.song import compose

        if self._audio is not None:
            return self._audio
        return AudioChoice("file", str(compose(self.folder / "song.wav").path))

    @property
    def bundle(self) -> Path:
        """A walk of two legs, baked at the first use; `baked` then holds how long that took."""
        if self._bundle is None:
            self._bundle = self.folder / "bench.walk"
            self.baked = bake_two_legs(self.paintings, self._bundle, self.quick)
        return self._bundle


def bake_two_legs(paintings: list[Path], bundle: Path, quick: bool) -> Figures:
    """Bake two legs side by side: seconds of wall time per keyframe, flows and everything else included."""
    from artwalks_live.bake.bake import bake
    from artwalks_live.bake.request import BakeRequest

    size, keyframes = ((320, 180), 1) if quick else ((1024, 576), 5)
    begun = time.perf_counter()
    bake(BakeRequest(tuple(paintings), bundle, keyframes, size))
    seconds = time.perf_counter() - begun
    return {"size": size, "keyframes": 2 * keyframes, "wall_s": seconds, "s_per_keyframe": seconds / (2 * keyframes)}


def keyframes(bench: Bench) -> Figures:
    """Seconds per keyframe and per flow."""
    from artwalks_live.bake.estimators import flow_named
    from artwalks_live.core import walk
    from artwalks_live.io.images import load_pixels

    bundle = walk.read(bench.bundle)
    made = bench.baked
    a, b = load_pixels(bundle, 0), load_pixels(bundle, 1)
    begun = time.perf_counter()
    flow_named("film").estimate(a, b)
    made["s_per_flow"] = time.perf_counter() - begun
    width, height = made["size"]
    print(
        f"  {made['s_per_keyframe']:.1f} s per keyframe: two legs side by side at {width}x{height}, "
        f"{made['keyframes']} keyframes in {made['wall_s']:.0f} s"
    )
    print(f"  {made['s_per_flow']:.2f} s per flow, alone")
    return made


def passes(bench: Bench) -> Figures:
    """Milliseconds per frame of each pass."""
    from artwalks_live.gpu.benchmark import pass_costs

    context, library = _as_in_a_show()
    sizes = {"360p": (640, 360)} if bench.quick else SIZES
    found: Figures = {}
    print(f"  {'ms per frame, p50 / p99':24}" + "".join(f"{name:>18}" for name in sizes))
    for name, size in sizes.items():
        found[name] = {cost.name: cost for cost in pass_costs(context, library, size, bench.frames(60))}
    for effect in next(iter(found.values())):
        cells = (found[name][effect] for name in sizes)
        print(f"  {effect:24}" + "".join(f"{cost.wall_p50_ms:9.1f} /{cost.wall_p99_ms:6.1f} " for cost in cells))
    context.release()
    return {
        name: {effect: {"p50_ms": cost.wall_p50_ms, "p99_ms": cost.wall_p99_ms} for effect, cost in costs.items()}
        for name, costs in found.items()
    }


def motion(bench: Bench) -> Figures:
    """What it costs to let a painting move, against the walk pass."""
    from artwalks_live.gpu.motion_benchmark import motion_costs

    context, library = _as_in_a_show()
    found: Figures = {}
    for name, size in ({"360p": (640, 360)} if bench.quick else SIZES).items():
        costs = motion_costs(context, library, size, bench.frames(40))
        walk = costs.pop("walk")
        told = ", ".join(f"{case} {cost / walk:.2f}x" for case, cost in costs.items())
        print(f"  {name}: the walk pass {walk:.1f} ms; {told} (goal 1.5x, nothing when off)")
        found[name] = {"walk_ms": walk} | {case: cost / walk for case, cost in costs.items()}
    context.release()
    return found


def engine(bench: Bench) -> Figures:
    """The engine's frame against the bare walk shader."""
    from artwalks_live.gpu.benchmark import overhead

    context, library = _as_in_a_show()
    found = {}
    for name, size in ({"360p": (640, 360)} if bench.quick else SIZES).items():
        cost = overhead(context, library, size, bench.frames(100))
        print(f"  {name}: {cost.engine_ms:.1f} ms, bare shader {cost.bare_ms:.1f} ms: {cost.ratio:.2f}x (goal 1.15x)")
        found[name] = cost.ratio
    context.release()
    return found


def _as_in_a_show() -> tuple[Any, Any]:
    """A headless context, and the shaders as a show has them by default there."""
    from artwalks_live.gpu.context import headless_context, is_software
    from artwalks_live.gpu.shaders import ShaderLibrary
    from artwalks_live.paths import shaders_dir

    context = headless_context()
    return context, replace(ShaderLibrary.read(shaders_dir()), sharp=not is_software(context))


def stage(bench: Bench) -> Figures:
    """Everything at once at 640x360 and 30 fps: sound, OSC, effects, a master; how steadily frames come."""
    from artwalks_live.perform.live import perform
    from artwalks_live.perform.options import Doors, PerformOptions

    seconds = 3.0 if bench.quick else 30.0
    with _osc_client() as port:
        done = perform(
            PerformOptions(
                bench.bundle, bench.audio, preset="vj", headless=True, size=(640, 360), fps=Fraction(30),
                doors=Doors(f"127.0.0.1:{port}"), record=bench.folder / "stage.mp4", take=bench.folder / "stage.take",
                seconds=seconds, quiet=True,
            )
        )  # fmt: skip
    steady = done.steadiness
    ratio = steady.p999_ms / max(steady.p50_ms, 1e-9)
    print(f"  {seconds:.0f} s at 30 fps: {steady.missed} deadlines missed, {done.held} pictures held")
    print(
        f"  interval p50 {steady.p50_ms:.1f} ms, p99 {steady.p99_ms:.1f}, p99.9 {steady.p999_ms:.1f}: "
        f"p99.9/p50 {ratio:.2f} (goal 1.5)"
    )
    print(f"  hop to frame {done.latency_ms:.0f} ms (median, from the end of a hop to the frame that shows it)")
    print(f"  {done.latency.line()}")
    return {
        "missed": steady.missed, "held": done.held, "p50_ms": steady.p50_ms, "p99_ms": steady.p99_ms,
        "p999_ms": steady.p999_ms, "ratio": ratio, "hop_to_frame_ms": done.latency_ms,
        "latency_ms": done.latency.total_s * 1e3,
    }  # fmt: skip


class _osc_client:  # noqa: N801 - reads as a context manager
    """A process that turns a knob 100 times a second on a free port of this machine."""

    _CODE = (
        "import math, sys, time\nfrom pythonosc.udp_client import SimpleUDPClient\n"
        "client = SimpleUDPClient('127.0.0.1', int(sys.argv[1]))\n"
        "for n in range(100 * 120):\n"
        "    client.send_message('/flow/strength', 1 + 0.2 * math.sin(n / 50))\n    time.sleep(0.01)\n"
    )

    def __enter__(self) -> int:
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self._child = subprocess.Popen([sys.executable, "-c", self._CODE, str(port)])
        return port

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()


def start(bench: Bench) -> Figures:
    """From the command to the first picture: a whole run of one frame, its end included."""
    words = [sys.executable, "-m", "artwalks_live", "perform", bench.bundle, "--headless", "--size", "640x360",
             "--fps", "30", "--seconds", "0.03", "--quiet"]  # fmt: skip
    times = []
    for number in range(2 if bench.quick else 5):
        begun = time.perf_counter()
        subprocess.run([*map(str, words), "--take", str(bench.folder / f"start{number}.take")], check=True)
        times.append(time.perf_counter() - begun)
    best, median = min(times), sorted(times)[len(times) // 2]
    print(f"  {median:.1f} s from the command to its end after one frame (best {best:.1f} s)")
    return {"median_s": median, "best_s": best}


def memory(bench: Bench) -> Figures:
    """A long accelerated run over the walk: memory after a tenth of it and at its end."""
    from artwalks_live.core import walk
    from artwalks_live.gpu.benchmark import Length, journey
    from artwalks_live.gpu.context import headless_context
    from artwalks_live.perform.stage import Stage, Tables

    tables, context = Tables.load(), headless_context()
    with Stage(walk.read(bench.bundle), tables, context, (640, 360)) as made:
        length = Length(20 if bench.quick else 1800, speed=0.5, fps=2, segments=made.shape.segments)
        run = journey(context, made.renderer, tables.params.defaults(), length, wait=True)
    context.release()
    print(
        f"  {length.seconds * length.speed:.0f} segments, {run.frames} frames as fast as it goes: "
        f"{run.start_mb:.0f} MB after a tenth, {run.end_mb:.0f} MB at the end"
    )
    return {"frames": run.frames, "start_mb": run.start_mb, "end_mb": run.end_mb}


def recorder(bench: Bench) -> Figures:
    """The recorder's throughput against the bare encoder's, on frames of the walk."""
    from artwalks_live.core.video import plan_master
    from artwalks_live.io.recorder import Recorder
    from artwalks_live.io.recorder_benchmark import throughput

    found: Figures = {}
    for name in ("720p",) if bench.quick else ("720p", "2k"):
        size, count = SIZES[name], bench.frames(90)
        spec = plan_master(bench.folder / "bench.mp4", size, Fraction(30))
        made = throughput(spec, _nv12_frames(bench, size), Recorder, frames=count, rounds=2 if bench.quick else 5)
        rates = f"{made.recorder_fps:.1f} fps, bare encoder {made.bare_fps:.1f} fps"
        print(f"  {name}: {rates}: {made.ratio:.2f}x (goal 0.95x)")
        found[name] = {"fps": made.recorder_fps, "bare_fps": made.bare_fps, "ratio": made.ratio}
    return found


def _nv12_frames(bench: Bench, size: tuple[int, int], count: int = 12) -> list[Any]:
    """Pictures of the walk in the recorder's own format, along its first leg."""
    from artwalks_live.core import walk
    from artwalks_live.core.show import Start
    from artwalks_live.gpu.context import headless_context
    from artwalks_live.perform.stage import Stage, Tables

    tables, context = Tables.load(), headless_context()
    pictures = []
    with Stage(walk.read(bench.bundle), tables, context, size) as made:
        for number in range(count):
            state = made.show(Start("osc", position=number / 10)).frame(0, 0.0, 0.0)
            made.renderer.draw(state, wait=True)
            pictures.append(made.renderer.read("nv12").copy())
    context.release()
    return pictures


def ear(bench: Bench) -> Figures:
    """Microseconds per hop of each feature at 48 kHz, and the share of a core that all of them take."""
    from artwalks_live.core.audio import AudioClip
    from artwalks_live.demo.song import compose
    from artwalks_live.perform.ear_benchmark import ear_costs
    from artwalks_live.perform.listening import open_clip

    song = open_clip(compose(bench.folder / "ear.wav").path)
    costs = ear_costs(AudioClip(song.samples, 48000), bench.frames(3000))  # a little too fast; it costs the same
    for name, cost in costs.features.items():
        print(f"  {name:12} {cost:7.1f} us")
    print(
        f"  all together {costs.ear:7.1f} us a hop of {costs.hop_us:.0f} us: {costs.share:.1%} of a core (goal 2%); "
        f"beats {costs.beats:.1f} us more"
    )
    return {"us": costs.features, "ear_us": costs.ear, "beats_us": costs.beats, "share": costs.share}


PARTS: dict[str, Callable[[Bench], Figures]] = {
    "keyframes": keyframes, "passes": passes, "motion": motion, "engine": engine, "recorder": recorder, "stage": stage,
    "start": start, "memory": memory, "ear": ear,
}  # fmt: skip
