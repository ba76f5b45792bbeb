"""Sections of a song: where they begin, which sound alike, and what each does.

Bars are compared by timbre, loudness and harmony, and by what returns: the low eigenvectors of the graph in which each
bar is tied to those that sound like it and to its neighbours (McFee & Ellis, "Analyzing song structure with spectral
clustering", ISMIR 2014). The song is cut where the cuts explain most, each at a price that is lower where phrases of
four and eight bars end: an exact search over all ways to cut it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.cues import Moment, Section
from artwalks_live.listen.bands import Bars

Array = NDArray[np.float64]

PRICE = 0.8  # of a cut, in bars that are as unlike their section as bars of this song are unlike each other
OFF_PHRASE = {0: 0.0, 4: 0.1, 2: 0.4, 6: 0.4}  # the same for a section's length modulo eight bars; else 0.7
SHORTEST, SHORT, SHORT_PRICE = 2, 4, 0.25  # bars; below the second a section costs more, but the last
EIGENVECTORS = 5
EVEN = 0.3  # a song whose bars are no more unlike than this is not cut for it
TIMBRE_LEAST, CHROMA_LEAST = 0.5, 0.02
ALIKE = 0.5  # sections nearer than this share of the mean distance between bars have one label
RISE, FALL = 0.14, 0.14  # of drive from one section to the next: a drop, a break
BUILD_BARS, RISING = 8, 0.2  # a build is so long at most, and rises by so much at least


def sections_of(bars: Bars) -> tuple[tuple[Section, ...], tuple[Moment, ...]]:
    """Cut a song into sections, and name its moments in order of time."""
    looks = _looks(bars)
    cuts = _cuts(looks)
    labels = _labels(looks, cuts)
    drive = _drive(bars)
    builds = _builds(bars, cuts, drive)
    kinds = _kinds(cuts, drive, builds)
    edges = [round(float(bars.edges_s[cut]), 4) for cut in cuts]
    energy = [_mean(bars.loud * 0.6 + drive * 0.4, a, b) for a, b in pairwise(cuts)]
    made = tuple(
        Section(edges[i], edges[i + 1], labels[i], kinds[i], round(energy[i], 3)) for i in range(len(cuts) - 1)
    )
    return made, _moments(bars, cuts, kinds, drive, builds)


def _looks(bars: Bars) -> Array:
    """What bars are compared by, (n, d): every group of columns with about the same say."""
    groups = [
        (1.0, np.stack([bars.loud, bars.low, bars.high, bars.struck], 1) / 0.25),
        (0.8, _normed(bars.timbre, TIMBRE_LEAST)),
        (0.5, _normed(_phrase_mean(bars.chroma), CHROMA_LEAST)),
    ]
    heard = np.concatenate([weight * part / np.sqrt(part.shape[1]) for weight, part in groups], axis=1)
    returns = _returns(bars)
    says = 0.8 * min(_spread(heard) / EVEN, 1.0) / np.sqrt(max(returns.shape[1], 1))  # in an even song, chance returns
    return np.concatenate([heard, says * returns], axis=1)


def _spread(looks: Array) -> float:
    """How unlike each other bars are: their mean square distance from the mean bar."""
    return float(((looks - looks.mean(axis=0)) ** 2).sum(axis=1).mean())


def _normed(rows: Array, least: float = 1e-9) -> Array:
    """Columns about 0, of about unit spread; `least` is the spread below which differences are no differences."""
    return np.asarray((rows - rows.mean(axis=0)) / max(float(rows.std(axis=0).mean()), least))


def _phrase_mean(rows: Array) -> Array:
    """Each bar with the three after it: a phrase's harmony rather than a chord's."""
    padded = np.concatenate([rows, np.repeat(rows[-1:], 3, axis=0)])
    return np.asarray(sum(padded[k : k + len(rows)] for k in range(4)) / 4.0)


def _returns(bars: Bars) -> Array:
    """The low eigenvectors of the graph of what sounds alike, (n, 5); columns of about unit spread."""
    n = len(bars)
    if n < 8:
        return np.zeros((n, 0))
    rows = np.concatenate([_normed(bars.timbre), _normed(bars.chroma)], axis=1)
    apart = np.linalg.norm(rows[:, None] - rows[None, :], axis=2)
    near = np.sort(apart, axis=1)[:, min(n - 1, 5)]
    alike = np.exp(-(apart**2) / (near[:, None] * near[None, :] + 1e-9))
    for row, order in zip(alike, np.argsort(apart, axis=1), strict=True):
        row[order[max(6, n // 8) :]] = 0.0
    alike = np.maximum(alike, alike.T)
    step = np.exp(-(np.linalg.norm(np.diff(rows, axis=0), axis=1) ** 2) / (np.median(near) ** 2 + 1e-9))
    np.fill_diagonal(alike, 0.0)
    following = np.diag(step + 0.05, 1) + np.diag(step + 0.05, -1)
    tied = 0.5 * alike / (alike.sum() / n + 1e-9) + 0.5 * following / (following.sum() / n + 1e-9)
    degree = 1.0 / np.sqrt(tied.sum(axis=1) + 1e-9)
    laplacian = np.eye(n) - degree[:, None] * tied * degree[None, :]
    _, vectors = np.linalg.eigh(laplacian)
    return np.asarray(vectors[:, 1 : 1 + EIGENVECTORS] * np.sqrt(n))


def _cuts(looks: Array) -> list[int]:
    """Bar numbers at which sections begin, with the end: the cheapest way to cut, by dynamic programming."""
    n = len(looks)
    if n < 2 * SHORT:
        return [0, n]
    spread = max(_spread(looks), EVEN)
    sums = np.concatenate([np.zeros((1, looks.shape[1])), np.cumsum(looks, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((looks**2).sum(axis=1))])
    best, came = [0.0] + [np.inf] * n, [0] * (n + 1)
    for end in range(1, n + 1):
        for start in range(end):
            length = end - start
            if length < SHORTEST:
                continue
            within = squares[end] - squares[start] - float(((sums[end] - sums[start]) ** 2).sum()) / length
            price = PRICE + OFF_PHRASE.get(length % 8, 0.7) * (0.5 if end == n or start == 0 else 1.0)
            price += SHORT_PRICE * (length < SHORT and end < n)
            cost = best[start] + within / spread + price
            if cost < best[end]:
                best[end], came[end] = cost, start
    cuts = [n]
    while cuts[-1]:
        cuts.append(came[cuts[-1]])
    return cuts[::-1]


def _labels(looks: Array, cuts: list[int]) -> list[str]:
    """A, B, C …: a section gets the letter of the nearest section before it, if that is near enough."""
    means = [looks[a:b].mean(axis=0) for a, b in pairwise(cuts)]
    spread = float(np.sqrt(2.0 * ((looks - looks.mean(axis=0)) ** 2).sum(axis=1).mean())) + 1e-9
    groups: list[list[Array]] = []
    labels = []
    for mean in means:
        ways = [float(np.linalg.norm(mean - np.mean(group, axis=0))) / spread for group in groups]
        known = int(np.argmin(ways)) if ways and min(ways) < ALIKE else len(groups)
        if known == len(groups):
            groups.append([])
        groups[known].append(mean)
        labels.append(_letter(known))
    return labels


def _letter(number: int) -> str:
    return chr(65 + number % 26) + (str(number // 26 + 1) if number >= 26 else "")


def _drive(bars: Bars) -> Array:
    """How much a bar drives, [0, 1]: low sound and loudness, and strokes a little."""
    return np.asarray(0.4 * bars.low + 0.2 * bars.struck + 0.4 * bars.loud)


def _mean(rows: Array, start: int, end: int) -> float:
    return float(np.clip(rows[max(start, 0) : end].mean(), 0.0, 1.0)) if end > max(start, 0) else 0.0


def _kinds(cuts: list[int], drive: Array, builds: dict[int, int]) -> list[str]:
    """What each section does, by how it drives against those around it."""
    spans = list(pairwise(cuts))
    drives = [_mean(drive, a, b) for a, b in spans]
    top, usual = max(drives), float(np.average(drives, weights=[b - a for a, b in spans]))
    kinds: list[str] = []
    for i, (start, end) in enumerate(spans):
        before = drives[i - 1] if i else 0.0
        entry, left = _mean(drive, start, start + 4), _mean(drive, start - 4, start)
        if i and entry - left > RISE and drives[i] > max(0.9 * top, usual):
            kind = "drop"
        elif i == 0 and drives[i] < usual + 0.02 and len(spans) > 1:
            kind = "intro"
        elif i and i == len(spans) - 1 and drives[i] < before - 0.08:
            kind = "outro"
        elif i and builds.get(end, end) <= start + 1 and end - start <= 2 * BUILD_BARS:
            kind = "build"
        elif i and (
            (drives[i] < usual - 0.5 * FALL and before - drives[i] > FALL)
            or (kinds[-1] == "break" and drives[i] - before < 0.5 * RISE)
        ):
            kind = "break"
        else:
            kind = "groove"
        kinds.append(kind)
    return kinds


def _builds(bars: Bars, cuts: list[int], drive: Array) -> dict[int, int]:
    """Cut → the bar at which a build towards it begins: strokes or brightness rise, and then it drives far more."""
    found = {}
    for cut in cuts[1:-1]:
        if _mean(drive, cut, cut + 4) - _mean(drive, cut - 4, cut) <= RISE:
            continue
        rise = 0.25 * bars.struck + 0.5 * bars.high + 0.25 * bars.loud
        first = max(*(c for c in cuts if c < cut), cut - BUILD_BARS)
        spans = [n for n in (2, 4, 8) if cut - n >= first]
        slopes = {n: float(np.polyfit(np.arange(n), rise[cut - n : cut], 1)[0]) * n for n in spans}
        rising = [n for n in spans if slopes[n] > RISING]
        if rising:
            found[cut] = cut - max(rising, key=lambda n: slopes[n])
    return found


def _moments(bars: Bars, cuts: list[int], kinds: list[str], drive: Array, builds: dict[int, int]) -> tuple[Moment, ...]:
    """Drops, builds, breaks and other beginnings; what is strongest of its song has strength 1."""
    found: list[tuple[int, str, float]] = []
    for i, kind in enumerate(kinds):
        if not i:
            continue
        change = _mean(drive, cuts[i], cuts[i] + 4) - _mean(drive, cuts[i] - 4, cuts[i])
        new = kind in ("drop", "break") and kinds[i - 1] != kind
        found.append((cuts[i], kind if new else "section", abs(change)))
        if kind == "drop" and new and cuts[i] in builds:
            found.append((builds[cuts[i]], "build", 0.5 * abs(change)))
    most = max((strength for _, _, strength in found), default=1.0) or 1.0
    made = [
        Moment(round(float(bars.edges_s[bar]), 4), kind, round(strength / most, 3)) for bar, kind, strength in found
    ]
    return tuple(sorted(made, key=lambda moment: (moment.time_s, moment.kind)))
