"""Listen to a song as a whole: clip in, cues out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import numpy as np

from artwalks_live.core.audio import AudioClip
from artwalks_live.core.cues import Cues
from artwalks_live.core.errors import AudioError
from artwalks_live.listen.activation import Activation, learned
from artwalks_live.listen.bands import bars_of, curves_of
from artwalks_live.listen.bars import Beats, beats_of, tempo_curve
from artwalks_live.listen.sections import sections_of

SHORTEST_S = 5.0
LONGEST_S = 2 * 3600.0
SILENT_DB = -60.0
ACTIVATION: Activation = learned
"""What tells beats, unless `listen` is given another."""


def listen(
    clip: AudioClip,
    title: str = "",
    activation: Activation | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Cues:
    """Find a song's beats, bars, sections and moments.

    title      "": the file's name
    progress   told the share that is done

    Raises AudioError for what is too short, too long or silent. About 4 s a minute of song on one core.
    """
    name = title or (clip.path.stem if clip.path is not None else "song")
    _check(clip, name)
    curves = curves_of(clip)
    progress(0.1)
    beats = beats_of((activation or ACTIVATION)(clip))
    progress(0.7)
    times_s, downbeats = _kept(beats, clip.duration_s)
    if len(times_s) < 4 or not downbeats:
        raise AudioError(f"{name}: no beat is to be found in it: give a piece of music")
    bars = bars_of(clip, downbeats)
    sections, moments = sections_of(bars)
    progress(1.0)
    duration_s = sections[-1].end_s
    meter = Counter(beats.meters).most_common(1)[0][0]
    return Cues(
        name, clip.sha256, duration_s, meter, tempo_curve(times_s), times_s, downbeats, sections, moments, curves
    )


def _check(clip: AudioClip, name: str) -> None:
    if not SHORTEST_S <= clip.duration_s <= LONGEST_S:
        span = f"{SHORTEST_S:g} s to {LONGEST_S / 3600:g} hours"
        raise AudioError(f"{name}: lasts {clip.duration_s:.1f} s: cues are for songs of {span}")
    peak = max(float(np.abs(clip.samples[i : i + (1 << 20)]).max()) for i in range(0, len(clip.samples), 1 << 20))
    if peak < 10 ** (SILENT_DB / 20):
        raise AudioError(f"{name}: is silent: there is nothing to listen to")


def _kept(beats: Beats, duration_s: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Beats and downbeats inside the song, in steps of 0.1 ms; those before the first that was heard are counted back.

    Nothing rises at the very first sample, so a song that begins on its first beat seems to begin on its second.
    """
    times_s, places, meter = list(beats.times_s), list(beats.places), beats.meters[0] if beats.meters else 4
    beat_s = (times_s[4] - times_s[0]) / 4 if len(times_s) > 4 else math.inf
    while times_s and times_s[0] - beat_s > -0.05:
        times_s.insert(0, times_s[0] - beat_s)
        places.insert(0, (places[0] - 1) % meter)
    inside = [
        (max(round(time_s, 4), 0.0), place) for time_s, place in zip(times_s, places, strict=True)
        if -0.05 <= time_s < duration_s - 0.05
    ]  # fmt: skip
    return tuple(time_s for time_s, _ in inside), tuple(time_s for time_s, place in inside if place == 0)
