"""Follow a song that is known in advance by listening to the room: from a record player, a band's backing track, a DJ.

A hidden place runs along the song's rows of chroma and onset (fingerprint.py), one row each 0.1 s, at one of eighteen
ways of playing: nine speeds within ±8 %, with the pitch that a record has at that speed or with the song's own. Each
row the whole distribution moves on and is weighed by how much the room sounds like each place (a forward filter, as in
Arzt & Widmer, "Real-time music tracking using multiple performances as a reference", ISMIR 2015, does with windows).
All places stay possible, a little, so a needle that was lifted is found again by the same sums that found it first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.cues import CLASSES, Cues
from artwalks_live.core.fingerprint import Fingerprinter, Row

Array = NDArray[np.float32]

SPEEDS = np.linspace(0.92, 1.08, 9)
CHROMA_WEIGHT, ONSET_WEIGHT = 2.0, 1.0
ONSET_SPREAD = 0.15
ANYWHERE = 1e-6  # chance a row that the song goes on somewhere else
DRIFT = 0.01  # chance a row that it is played a step faster or slower
NEAR = 4  # rows about the likeliest place that count as it
FOUND, LOST = 0.9, 0.4  # share of belief near the likeliest place at which it is believed, and no longer
SURE_ROWS = 8  # for so long before it is believed: the same chords come more than once in a song
SILENT_DB = -60.0
PATIENCE_ROWS = 20  # of silence, in which it is still believed


class Follower:
    """Say hop by hop where the song is.

    cues, sample_rate_hz   of the song, and of the hops
    confidence   [0, 1] share of belief near the likeliest place
    speed        at which the song is played, 1 = as in its file; an estimate
    delay_s      0: what is said of a hop's end holds for its end

    Cost: 0.3 ms each 0.1 s for five minutes of song, 0.3 % of a core,
    and 0.2 % for the fingerprint. One thread.
    """

    delay_s = 0.0

    def __init__(self, cues: Cues, sample_rate_hz: int) -> None:
        curves = cues.curves
        self._n = len(curves)
        self._hop_s = curves.hop_s
        self._duration_s = cues.duration_s
        chroma = np.frombuffer(curves.chroma, np.uint8).reshape(-1, CLASSES) / 255.0
        tied = [_turned(chroma, 12.0 * float(np.log2(speed))) for speed in SPEEDS]
        self._speeds = np.concatenate([SPEEDS, SPEEDS])
        self._looks = np.concatenate([*tied, _unit(chroma)]).astype(np.float32)
        self._onset = (np.frombuffer(curves.onset, np.uint8) / 255.0).astype(np.float32)
        self._belief: Array = np.full((len(self._speeds), self._n), 1.0 / (len(self._speeds) * self._n), np.float32)
        self._prints = Fingerprinter(sample_rate_hz)
        self._known = False
        self._row_end_s, self._song_s = 0.0, -1.0
        self._quiet = self._sure = 0
        self.confidence = 0.0
        self.speed = 1.0

    def do(self, samples: NDArray[np.float32], end_s: float) -> float:
        """Hear a hop (n,) that ended at end_s: the place in the song then, seconds; −1 while it is not known."""
        for row in self._prints.do(samples, end_s):
            self._hear(row)
        if not self._known:
            return -1.0
        song_s = self._song_s + (end_s - self._row_end_s) * self.speed
        return song_s if 0.0 <= song_s <= self._duration_s else -1.0

    def _hear(self, row: Row) -> None:
        self._quiet = self._quiet + 1 if row.level_db < SILENT_DB else 0
        self._move()
        if not self._quiet:
            self._weigh(row)
        self._settle(row)

    def _move(self) -> None:
        """One row on, at every speed; some belief goes to the speeds beside, a trace of it everywhere."""
        old = self._belief
        new = np.zeros_like(old)
        for i, speed in enumerate(self._speeds):
            whole, part = divmod(float(speed), 1.0)
            k = int(whole)
            new[i, k:] += (1.0 - part) * old[i, : self._n - k]
            new[i, k + 1 :] += part * old[i, : self._n - k - 1]
        groups = new.reshape(2, len(SPEEDS), self._n)
        spread = 0.5 * DRIFT * groups
        groups -= 2.0 * spread
        groups[:, 1:] += spread[:, :-1]
        groups[:, :-1] += spread[:, 1:]
        self._belief = (1.0 - ANYWHERE * self._n) * new + ANYWHERE / len(self._speeds) * float(new.sum() + 1e-9)

    def _weigh(self, row: Row) -> None:
        heard = _unit(row.chroma[None])[0].astype(np.float32)
        alike = (self._looks @ heard).reshape(len(SPEEDS) + 1, self._n)
        onset = ONSET_WEIGHT * np.exp(-0.5 * ((self._onset - row.onset) / ONSET_SPREAD) ** 2)
        weight = np.exp(CHROMA_WEIGHT * alike + onset - CHROMA_WEIGHT - ONSET_WEIGHT)
        half = len(SPEEDS)
        self._belief[:half] *= weight[:half]
        self._belief[half:] *= weight[half]
        self._belief /= self._belief.sum()

    def _settle(self, row: Row) -> None:
        """Read place, speed and confidence off the belief."""
        place = self._belief.sum(axis=0)
        best = int(place.argmax())
        first, last = max(best - NEAR, 0), best + NEAR + 1
        near = place[first:last]
        self.confidence = float(near.sum())
        self._sure = self._sure + 1 if self.confidence > FOUND else 0
        sure = self.confidence > LOST if self._known else self._sure >= SURE_ROWS
        self._known = sure and self._quiet <= PATIENCE_ROWS
        if not self._known:
            return
        middle = float(near @ np.arange(first, first + len(near))) / self.confidence
        by_speed = self._belief[:, first:last].sum(axis=1)
        self.speed = float(by_speed @ self._speeds) / self.confidence
        self._song_s, self._row_end_s = (middle + 1.0) * self._hop_s, row.end_s


def _unit(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows without their mean, of length 1; rows of silence stay 0. (n, 12)"""
    rows = chroma - chroma.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))


def _turned(chroma: NDArray[np.float64], semitones: float) -> NDArray[np.float64]:
    """The chroma of the same sound a little higher or lower, made unit rows."""
    whole = int(np.floor(semitones))
    part = semitones - whole
    return _unit((1.0 - part) * np.roll(chroma, whole, axis=1) + part * np.roll(chroma, whole + 1, axis=1))
