"""How long a walk will last, and how long its bake will take on this machine.

Steps have known costs on the machine that they were measured on. How much slower this one is, an earlier bake's log
tells; without one, a small piece of the generator's own work is timed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import numpy as np

HOLD_S, INTERVAL_S = 20.0, 10.0
KINDS = ("plan", "keyframe", "segment")
_LOG_BYTES = 2**22
_REQUEST = re.compile(r"BakeRequest\(.*keyframes=(\d+), canvas=\((\d+), (\d+)\)")
_STEP = re.compile(r": (plan|keyframe|segment) \d+: ([0-9.]+) s$")
_SAMPLE_S = 0.011  # what `sample` takes where the costs of the steps were measured

Pace = Mapping[str, float]


def planned_s(
    paintings: int, keyframes: int, loop: bool, hold_s: float = HOLD_S, interval_s: float = INTERVAL_S
) -> float:
    """The seconds that a walk lasts: n·F + (n−1)(S+1)·I, with F on each painting and I from picture to picture.

    A loop has one leg more, back to the first painting.
    """
    legs = paintings if loop else paintings - 1
    return paintings * hold_s + legs * (keyframes + 1) * interval_s


def planned(paintings: int, keyframes: int, loop: bool, hold_s: float = HOLD_S, interval_s: float = INTERVAL_S) -> str:
    """The same to read: `12:20 of walk (20 s a painting, 10 s a step)`, or with hours `1:02:05 of …`."""
    whole = round(planned_s(paintings, keyframes, loop, hold_s, interval_s))
    hours, minutes = divmod(whole // 60, 60)
    clock = f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
    return f"{clock} of walk ({hold_s:g} s a painting, {interval_s:g} s a step)"


def expected_s(kind: str, pixels: int, keyframes: int) -> float:
    """About how long a step takes on one core (measured with `patch` and `film` on a 2020s server core)."""
    megapixels = pixels / 1e6
    if kind == "plan":
        return 6.0 + 1.8 * keyframes
    return 0.1 + 0.6 * megapixels if kind == "keyframe" else 1.5 + 0.25 * megapixels


def bake_s(legs: int, keyframes: int, pixels: int, pace: Pace) -> float:
    """About how many seconds of one core a bake of so many legs takes."""
    steps = {"plan": 1 if keyframes else 0, "keyframe": keyframes, "segment": keyframes + 1}
    return legs * sum(count * pace[kind] * expected_s(kind, pixels, keyframes) for kind, count in steps.items())


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pace_of(log: Path | None, sample: Callable[[], float]) -> tuple[Pace, bool]:
    """How many times the expected cost steps take here, by kind; and whether a log said so (else `sample` did).

    log      the bake.log of an earlier bake, or None
    sample   times a piece of work, in seconds
    """
    logged = _from_log(log) if log is not None else {}
    if logged:
        usual = median(logged.values())
        return {kind: logged.get(kind, usual) for kind in KINDS}, True
    return dict.fromkeys(KINDS, sample() / _SAMPLE_S), False


def _from_log(log: Path) -> dict[str, float]:
    try:
        with log.open("rb") as file:
            text = file.read(_LOG_BYTES).decode("utf-8", "replace")
    except OSError:
        return {}
    ratios: dict[str, list[float]] = {}
    pixels, keyframes = 0, 0
    for line in text.splitlines():
        if request := _REQUEST.search(line):
            keyframes, pixels = int(request[1]), int(request[2]) * int(request[3])
        elif (step := _STEP.search(line)) and pixels:
            ratios.setdefault(step[1], []).append(float(step[2]) / expected_s(step[1], pixels, keyframes))
    return {kind: median(values) for kind, values in ratios.items()}


def sample() -> float:
    """Time what a plan consists of: attention of a picture's places over patches. Seconds of this process."""
    rng = np.random.default_rng(0)
    queries, keys = (rng.standard_normal((2400, 40), dtype=np.float32) for _ in range(2))
    times = []
    for _ in range(3):
        start = time.process_time()
        logits = queries @ keys.T
        logits -= logits.max(1, keepdims=True)
        np.exp(logits, out=logits)
        for _ in range(4):
            logits @ (logits[0] @ logits)
        times.append(time.process_time() - start)
    return min(times)
