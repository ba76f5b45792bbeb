"""Where the beats of a MIDI file are: as it is notated, when the notes agree; at the level that its drums tell.

A file is judged by its own notes: most must lie on the grid of its beats, and bass, drums and chords on the beats and
not between them. What fails is `UnfitError`: a wrong beat teaches worse than none. Bars are told only where the file
writes its time signature and the notes bear it out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.beats.midi_files import Notes, Places, Score, Signature, UnfitError

LEAST_S, LEAST_NOTES = 25.0, 150
SLOWEST_BPM, FASTEST_BPM = 55.0, 190.0  # as notated: beyond, half or twice
FELT_BPM = 65.0, 190.0  # what drums may make of it
CUT_TIME_BPM = 150.0  # quarters: below, they are the beats of 2/2 too
NEAR = 0.035  # of a beat: on the grid
ON = 0.07  # of a beat: at the same time
WINDOW = 16  # beats judged together
NO_BACKBEAT = 0, 0
OF_PLAYING, OF_SCORES = (1.15, 1.4, 0.7), (0.85, 1.2, 0.6)
GRID = np.array([0, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 5 / 6, 1])
KICKS, SNARES, CRASHES = (35, 36), (38, 39, 40), (49, 52, 55, 57)


@dataclass(frozen=True, slots=True)
class Marked:
    """beats and downbeats in seconds of the score; no downbeats where bars are not sure."""

    beats_s: Places
    downbeats_s: Places

    @property
    def bpm(self) -> float:
        """The usual tempo."""
        return float(60.0 / np.median(np.diff(self.beats_s)))


def marked(score: Score) -> Marked:
    """The beats from the first note to the last. Raises UnfitError where they are not to be trusted."""
    notes = score.notes
    if len(notes) < LEAST_NOTES or np.unique(np.round(notes.start, 2)).size < LEAST_NOTES // 2:
        raise UnfitError("too few notes")
    first_s, last_s = score.seconds(np.array([notes.start.min(), notes.start.max()]))
    if last_s - first_s < LEAST_S:
        raise UnfitError("too short")
    beats, bars = _notated(score)
    at = np.interp(notes.start, beats, np.arange(len(beats)))
    weights = _accents(notes)
    compound = bool(np.median(bars[:, 1]) == 1.5)
    plain = _backbeat(notes, at)
    _on_the_grid(at)
    if plain[0] not in (2, 4):  # a back-beat is proof enough: off-beats may well be louder than beats
        _on_the_beats(at, weights, OF_SCORES if _written(score, at) else OF_PLAYING)
        if not compound and _in_threes(at, weights):
            raise UnfitError("felt in six eight")
    beats, level = _at_level(score, (beats, bars), (at, weights), plain)
    sure = level == 1.0 and bool(score.signatures) and _bars_fit(notes, at, beats, bars)
    beats_s, down_s = score.seconds(beats), score.seconds(bars[:, 0]) if sure else np.zeros(0)
    beats_s, down_s = (each[(each > first_s - 0.05) & (each < last_s + 0.05)] for each in (beats_s, down_s))
    _steady(beats_s)
    return Marked(beats_s, down_s)


def _steady(beats_s: Places) -> None:
    """Music with a tempo: most beats last about as long as the usual one."""
    steps = np.diff(beats_s)
    usual = float(np.median(steps)) if len(steps) >= 16 else np.inf
    if not 40 < 60 / usual < 230 or np.mean(np.abs(steps / usual - 1) > 0.35) > 0.1:
        raise UnfitError("no usual tempo")


def _notated(score: Score) -> tuple[Places, Places]:
    """The beats' places; and (n, 2), the bars' places and the quarters a beat lasts in each."""
    end = float(score.notes.end.max())
    signatures = list(score.signatures)
    if not signatures or signatures[0].start > 0:
        signatures.insert(0, Signature(0.0, 4, 4))
    beats, bars = [], []
    for each, after in zip(signatures, [*(s.start for s in signatures[1:]), end + 8.0], strict=True):
        odd_eighths = each.denominator == 8 and each.beat != 1.5 and each.numerator not in (4, 8)
        if odd_eighths or each.denominator not in (2, 4, 8) or each.numerator < 1:
            if after - each.start > 0.05 * end:
                raise UnfitError("odd metre")
            continue
        beat = each.beat if each.beat != 0.5 else 1.0
        if each.denominator == 2 and _bpm(score, each.start, after) < CUT_TIME_BPM:
            beat = 1.0
        beats.append(np.arange(each.start, after - 0.4 * beat, beat))
        lines = np.arange(each.start, after - 1e-6, each.bar)
        bars.append(np.stack([lines, np.full(len(lines), beat)], 1))
    if not beats:
        raise UnfitError("odd metre")
    return np.concatenate(beats), np.concatenate(bars)


def _bpm(score: Score, start: float, end: float) -> float:
    """Quarters a minute between two places, on average."""
    a, b = score.seconds(np.array([start, end]))
    return float(60.0 * (end - start) / max(b - a, 1e-9))


def _accents(notes: Notes) -> Places:
    """How much each note says of where the beat is: bass drums and low notes most, cymbals little."""
    drums, loud = notes.drums, notes.velocity / 100
    long = np.clip(notes.end - notes.start, 0.1, 1.5)
    tones = np.where(notes.pitch < 48, 2.0, 0.8) * (0.4 + 0.6 * long)
    strokes = np.where(np.isin(notes.pitch, KICKS), 3.0, np.where(np.isin(notes.pitch, (*SNARES, *CRASHES)), 1.5, 0.3))
    return np.asarray(np.where(drums, strokes, tones) * loud)


def _on_the_grid(at: Places) -> None:
    part = at % 1.0
    near = np.abs(part[:, None] - GRID).min(axis=1) < NEAR
    turns = np.stack([np.cos(2 * np.pi * k * part) for k in (2, 3, 4)])
    windows = (at / WINDOW).astype(int)
    counts = np.bincount(windows)
    share = np.bincount(windows, near) / np.maximum(counts, 1)
    steady = np.max([np.bincount(windows, each) for each in turns], axis=0) / np.maximum(counts, 1)
    good = (share > 0.9) | (steady > 0.55)
    if counts[good].sum() < 0.9 * counts.sum():
        raise UnfitError("not on its grid")


def _written(score: Score, at: Places) -> bool:
    """Whether this is an engraved score rather than something played: its barring can be trusted more."""
    exact = np.abs((at % 1.0)[:, None] - GRID).min(axis=1) < 0.004
    return bool(score.signatures) and float(exact.mean()) > 0.95


def _on_the_beats(at: Places, weights: Places, least: tuple[float, float, float]) -> None:
    """More weighs on the beats than on any other place between them, all in all and in most stretches.

    least   the weight on beats over that half between them; over that elsewhere; the share of stretches
    """
    part, windows = at % 1.0, (at / WINDOW).astype(int)
    places = np.array([0.0, 0.5, 0.25, 0.75, 1 / 3, 2 / 3])
    away = np.abs((part[:, None] - places + 0.5) % 1.0 - 0.5) < ON
    sums = np.stack([np.bincount(windows, weights * each) for each in away.T], 1)
    whole = sums.sum(axis=0)
    if whole[0] < least[0] * whole[1] or whole[0] < least[1] * whole[2:].max():
        raise UnfitError("weight off the beats")
    heard = sums.sum(axis=1) > 0.3 * np.median(sums.sum(axis=1))
    if np.mean(sums[heard, 0] >= sums[heard, 1:].max(axis=1) * min(least[0], 1.0)) < least[2]:
        raise UnfitError("weight off the beats")
    struck = np.isin(np.arange(int(at.max())), np.unique(np.round(at[away[:, 0]])))
    if struck.mean() < 0.6:
        raise UnfitError("too few notes on beats")


def _in_threes(at: Places, weights: Places) -> bool:
    """Whether accents come back after three halves of a beat and not after one, two or four: 6/8 written as 4/4."""
    line = np.bincount(np.round(at * 12).astype(int), weights)
    line = line - line.mean()
    again = {lag: float(line[: len(line) - lag] @ line[lag:]) / (len(line) - lag)
             for lag in (12, 18, 24, 36, 48) if len(line) > 2 * lag}  # fmt: skip
    if len(again) < 5:
        return False
    return again[18] > max(again[12], again[24]) and again[36] >= again[48]


def _at_level(
    score: Score, notated: tuple[Places, Places], accents: tuple[Places, Places], plain: tuple[int, int]
) -> tuple[Places, float]:
    """The beats at the level that is felt, and the factor of tempo that made it: 0.5, 1 or 2."""
    (beats, bars), (at, weights) = notated, accents
    bpm = float(60.0 / np.median(np.diff(score.seconds(beats))))
    compound = bool(np.median(bars[:, 1]) == 1.5)
    first = _parity(beats, bars) if score.signatures else None
    if plain[0] == 4 and FELT_BPM[0] <= bpm / 2 and first in (None, plain[1] % 2):
        return beats[plain[1] % 2 :: 2], 0.5
    if bpm > FASTEST_BPM and plain[0] != 2:
        on = np.abs(at - np.round(at)) < ON
        heavy = np.bincount((np.round(at[on]) % 2).astype(int), weights[on], 2)
        place = int(heavy.argmax())
        if compound or first not in (None, place) or heavy.max() < (1.3 if first is None else 1.0) * heavy.min():
            raise UnfitError("too fast to halve")
        return beats[place::2], 0.5
    if bpm < SLOWEST_BPM or (plain[0] == 1 and bpm * 2 <= FELT_BPM[1]):
        if compound:
            raise UnfitError("too slow")
        _on_the_beats(2 * at, weights, OF_PLAYING)
        return _between(beats), 2.0
    return beats, 1.0


def _parity(beats: Places, bars: Places) -> int:
    """Whether bars begin on even beats (0) or on odd ones (1); -1 where on both."""
    odd = float(np.mean(np.searchsorted(beats, bars[:, 0] - 1e-6) % 2))
    return -1 if 0.1 < odd < 0.9 else round(odd)


def _between(beats: Places) -> Places:
    return np.sort(np.concatenate([beats, (beats[:-1] + beats[1:]) / 2]))


def _backbeat(notes: Notes, at: Places) -> tuple[int, int]:
    """After how many beats the snare comes again in most stretches that have a plain back-beat, and on which."""
    votes = _backbeats(notes, at)
    plain = max(set(votes), key=votes.count) if votes else NO_BACKBEAT
    return plain if len(votes) >= 3 and votes.count(plain) >= 0.6 * len(votes) else NO_BACKBEAT


def _backbeats(notes: Notes, at: Places) -> list[tuple[int, int]]:
    """The same of each stretch where it is plain: the period is 1, 2 or 4 beats."""
    drums = notes.drums & (notes.velocity > 40)
    snares = at[drums & np.isin(notes.pitch, SNARES)]
    kicks = at[drums & np.isin(notes.pitch, KICKS)]
    votes = []
    for first in np.arange(0.0, at.max(), WINDOW):
        strokes, lows = (each[(each >= first - ON) & (each < first + WINDOW - ON)] for each in (snares, kicks))
        if len(strokes) < 3 or len(lows) < 3:
            continue
        fours = [np.mean(_onto(strokes, place, 4)) for place in range(4)]
        place = int(np.argmax(fours))
        kicked = np.mean(_onto(lows, place + 2, 4))
        if fours[place] >= 0.7 and kicked >= 0.2:
            votes.append((4, place))
        elif fours[place] + fours[(place + 2) % 4] >= 0.65:
            votes.append((2, place % 2))
        elif len(strokes) >= 10 and np.mean(_onto(strokes, 0.5, 1)) >= 0.75 and np.mean(_onto(lows, 0, 1)) >= 0.6:
            votes.append((1, 0))
    return votes


def _onto(at: Places, place: float, period: float) -> npt.NDArray[np.bool_]:
    return np.abs((at - place + period / 2) % period - period / 2) < 2 * ON


def _bars_fit(notes: Notes, at: Places, beats: Places, bars: Places) -> bool:
    """Whether bars are of one length, three beats or more (two may be half a bar), and accents and changes of harmony
    fall on their first beats more than on any other."""
    line = np.searchsorted(bars[:, 0], beats + 1e-6) - 1
    place = np.round((beats - bars[line, 0]) / bars[line, 1]).astype(int)
    lengths = np.bincount(np.bincount(line)[np.unique(line)])
    usual = int(lengths.argmax())
    if not 3 <= usual <= 7 or lengths[usual] < 0.85 * lengths.sum():
        return False
    on = np.abs(at - np.round(at)) < ON
    extra = np.where(notes.drums & np.isin(notes.pitch, CRASHES), 4.0, 1.0)
    extra[notes.drums & np.isin(notes.pitch, SNARES)] = 0.0
    accent = np.bincount(np.round(at[on]).astype(int), (_accents(notes) * extra)[on], len(beats))[: len(beats)]
    total = np.zeros(place.max() + 1)
    for each in (accent, _harmony(notes, at, len(beats))):
        total += np.bincount(place, each) / np.maximum(np.bincount(place), 1) / max(float(each.mean()), 1e-9)
    return bool(total[0] > total[1:usual].max() + 0.25)


def _harmony(notes: Notes, at: Places, count: int) -> Places:
    """How much the pitch classes of the two beats from each beat on differ from those of the two before, in 0 .. 1."""
    chroma = np.zeros((count + 4, 12))
    tones = ~notes.drums
    rows = np.minimum((at[tones] + ON).astype(int) + 2, count + 1)
    np.add.at(chroma, (rows, notes.pitch[tones] % 12), np.clip((notes.end - notes.start)[tones], 0.1, 2.0))
    before = chroma[0:count] + chroma[1 : count + 1]
    after = chroma[2 : count + 2] + chroma[3 : count + 3]
    sizes = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return np.where(sizes > 0, 1.0 - (before * after).sum(axis=1) / np.maximum(sizes, 1e-9), 0.0)
