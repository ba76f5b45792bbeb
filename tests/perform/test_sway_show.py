"""Drums through the whole path, from samples to the swing of a painting, and silence after them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.bake.motion.modes import modes_of
from artwalks_live.core import sway
from artwalks_live.core.show import Show, Start
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.demo import synth
from artwalks_live.perform.stage import Tables
from tests.bake.swaying import meadow
from tests.core.sounds import hear

RATE_HZ, FPS = 44100, 60
PATTERN = (0.0, 1.5, 2.0)  # beats of a bar of four in which the kick is struck
DRUMS_S, SILENCE_S = 12.0, 4.0
HEARD_S = 0.01  # a stroke is told in its hop or the next


def drums(bpm: float) -> tuple[npt.NDArray[np.float32], list[float]]:
    """Kicks and hats, then silence: the samples, and when the kick is struck."""
    bar_s = 240 / bpm
    sound = np.zeros(round((DRUMS_S + SILENCE_S) * RATE_HZ), np.float32)
    bars = int(DRUMS_S / bar_s)
    kicks = [bar * bar_s + beat * 60 / bpm for bar in range(bars) for beat in PATTERN]
    hats = [k * 30 / bpm for k in range(bars * 8)]
    for made, times, loud in ((synth.kick(), kicks, 0.8), (synth.hat(), hats, 0.15)):
        mono = (made.mean(axis=1) if made.ndim == 2 else made) * loud
        for time_s in times:
            part = sound[round(time_s * RATE_HZ) :][: len(mono)]
            part += mono[: len(part)].astype(np.float32)
    return sound, kicks


def test_a_painting_swings_with_the_kick_and_comes_to_rest_in_silence() -> None:
    preset = "vj"
    sound, kicks = drums(100.0)
    tables = Tables.load()
    show = Show(WalkShape(2, (0, 2)), tables.params, tables.presets, Start(preset))
    for features in hear(sound, RATE_HZ):
        show.feed(features)
    modes = modes_of(meadow())
    frames = [show.frame(n, n / FPS, 1 / FPS) for n in range(round((DRUMS_S + SILENCE_S) * FPS))]
    moved = [sway.displacement(modes, np.array(frame.sway)) for frame in frames]
    far = np.array([np.sqrt((each**2).sum(axis=2)).mean() for each in moved])
    times = np.arange(len(frames)) / FPS
    (release,) = (route.release_s for route in tables.presets[preset].routes if route.target == "sway.push")
    delay_s = HEARD_S + sway.LATENCY_S
    struck = np.array([sum(np.exp(-(t - k - delay_s) / release) for k in kicks if t >= k + delay_s) for t in times])
    sounding = times < DRUMS_S
    assert np.corrcoef(far[sounding], struck[sounding])[0, 1] >= 0.8
    assert max(float(np.abs(each).max()) for each in moved) > 1.0, "nothing to be seen"
    last = max(kicks)
    still = [frame for frame, t in zip(frames, times, strict=True) if t > last + 3.0 + delay_s]
    assert still and all(not any(frame.sway) for frame in still)
