"""When beats sound: exact tempi, ramps, jumps, rubato."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

KINDS = ("steady", "steady", "steady", "steady", "drift", "ramp", "jump", "rubato")


def beat_times(rng: np.random.Generator, count: int, bpm: float, kind: str, bar: int) -> npt.NDArray[np.float64]:
    """The seconds at which `count` beats sound, the first at 0.1 to 1.5 s.

    kind   steady (exact), drift (a few percent, slowly), ramp (to 0.75 .. 1.35 of the tempo, somewhere), jump (at bar
           lines, to another tempo), rubato (from beat to beat, with held bar ends)
    """
    bpms = np.full(count, bpm)
    if kind == "drift":
        waves = np.sin(np.arange(count)[:, None] * rng.uniform(0.02, 0.12, 3) + rng.uniform(0, 6.3, 3)).mean(axis=1)
        bpms *= 1.0 + rng.uniform(0.01, 0.05) * waves
    elif kind == "ramp":
        start = int(rng.integers(0, max(count // 2, 1)))
        stop = int(rng.integers(start + bar, count + bar))
        bpms *= np.interp(np.arange(count), [start, stop], [1.0, rng.uniform(0.75, 1.35)])
    elif kind == "jump":
        for at in sorted(rng.choice(np.arange(bar, max(count, bar + 2), bar), min(3, count // (8 * bar) + 1))):
            bpms[int(at) :] = bpm * rng.uniform(0.7, 1.4)
    elif kind == "rubato":
        walk = np.cumsum(rng.normal(0, rng.uniform(0.005, 0.025), count))
        bpms *= np.exp(np.clip(walk - np.linspace(0, walk[-1], count), -0.25, 0.25))
        if rng.random() < 0.5:
            bpms[bar - 1 :: bar * int(rng.choice([2, 4]))] *= rng.uniform(0.8, 0.97)
    gaps = 60.0 / np.clip(bpms, 40.0, 240.0)
    return np.asarray(rng.uniform(0.1, 1.5) + np.concatenate([[0.0], np.cumsum(gaps[:-1])]))
