"""What the ear costs, feature by feature, in time of the processor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from artwalks_live.core.audio import AudioClip, hop_length, mono
from artwalks_live.core.beat import Beat
from artwalks_live.core.beatear import BeatEar
from artwalks_live.core.chroma import Chroma
from artwalks_live.core.features import FeatureExtractor
from artwalks_live.core.hearing import DEFAULT
from artwalks_live.core.hits import Hits
from artwalks_live.core.levels import OCTAVES_HZ, Levels
from artwalks_live.core.loudness import Loudness, MeanSquare
from artwalks_live.core.onsets import Flux, FluxActivation, OnsetStrength
from artwalks_live.core.percussion import Percussion
from artwalks_live.core.spectrum import Ranges, Spectrum
from artwalks_live.core.tone import Centroid, Flatness
from artwalks_live.perform.listening import open_sense

STRETCH = 48  # hops; of features that work every fourth hop it holds whole rounds


@dataclass(frozen=True, slots=True)
class EarCosts:
    """Microseconds of the processor per hop.

    features    name → alone, its data in the cache
    ear         all of them together, as in a show, without the beats
    beats       the rest of the ear
    hop_us      how long a hop lasts, which is what there is to spend
    """

    features: dict[str, float]
    ear: float
    beats: float
    hop_us: float

    @property
    def share(self) -> float:
        """Of one core, by the features."""
        return self.ear / self.hop_us


class _Still:
    """Follows no beat, so that what remains is the features."""

    def do(self, _bands: Any, _rise: Any, _audible: bool) -> Beat:
        return Beat(0.0, 0.0, 0.0)


def ear_costs(clip: AudioClip, hops: int) -> EarCosts:
    """Hear the first `hops` hops of a clip, 48 at least, at its quickest."""
    rate, hop = clip.sample_rate_hz, hop_length(clip.sample_rate_hz)
    song = [part.copy() for part in mono(clip.samples[: hops * hop]).reshape(-1, hop)]
    beats = BeatEar(hop / rate, open_sense()[0])
    whole, bare = FeatureExtractor(rate, hop, beats=beats), FeatureExtractor(rate, hop, beats=_Still())
    alone = _alone(rate, hop, song)  # first, so that everything is warm
    half = len(song) // 2 // STRETCH * STRETCH or len(song)
    parts = song[:half], song[-half:]
    ear, both = (min(costs) for costs in zip(*((_cost(bare.do, p), _cost(whole.do, p)) for p in parts), strict=True))
    return EarCosts(alone, ear, both - ear, 1e6 * hop / rate)


def _alone(rate: int, hop: int, song: list[Any]) -> dict[str, float]:
    spectrum = Spectrum(rate, hop)
    heard = [spectrum.do(part) for part in song]
    bands, bins = [b for b, _ in heard], [p for _, p in heard]
    samples = [part.astype(np.float64) for part in song]
    n, hop_s = len(spectrum.centres_hz), hop / rate
    octaves, levels, flux = Ranges(spectrum.bins_hz, OCTAVES_HZ), Levels(spectrum.centres_hz, hop_s, DEFAULT), Flux(n)
    rises = [flux.do(one, 30.0) for one in bands]
    eight = np.zeros(8)
    percussion, onset, activation = Percussion(n, hop_s), OnsetStrength(hop_s), FluxActivation(hop_s)
    centroid, flatness, chroma = Centroid(spectrum.bins_hz), Flatness(spectrum.bins_hz), Chroma(rate, hop)
    hits = Hits(rate, hop)
    return {
        "spectrum": _cost(spectrum.do, song),
        "octaves": _cost(octaves.do, bins),
        "levels": _cost(lambda one: levels.do(one, eight, 0.1, True), bands),
        "percussion": _cost(lambda one: percussion.do(one, True), bands),
        "flux": _cost(lambda one: flux.do(one, 30.0), bands),
        "onset": _cost(lambda one: onset.do(one, True), rises),
        "activation": _cost(lambda one: activation.do(one, True), rises),
        "hits": _cost(lambda one: hits.do(one, True), samples),
        "loudness": _cost(Loudness(rate, hop).do, samples),
        "mean square": _cost(MeanSquare(rate, hop).do, samples),
        "chroma": _cost(lambda one: chroma.do(one, True), samples),
        "centroid": _cost(lambda one: centroid.do(one, True), bins),
        "flatness": _cost(lambda one: flatness.do(one, True), bins),
    }


def _cost(do: Callable[[Any], object], inputs: list[Any]) -> float:
    """The mean of the quickest stretch: what else runs on this machine is not to count."""
    best = float("inf")
    for first in range(0, len(inputs) - STRETCH + 1, STRETCH):
        begun = time.thread_time()
        for one in inputs[first : first + STRETCH]:
            do(one)
        best = min(best, time.thread_time() - begun)
    return 1e6 * best / STRETCH
