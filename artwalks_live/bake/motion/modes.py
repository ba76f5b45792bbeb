"""Sway made without a model: the painting as an elastic sheet of strokes, in a gusty wind.

What the strokes of a painting say of how things move (sheet.py) becomes a sheet that gives way across its strokes and
passes a push on along them (elastic.py). At each of the 16 frequencies a wind presses on it: gusts that run over the
picture, and to which every thing answers at a pitch of its own. How the sheet bends under that is the mode, so stems
bend most at their free ends, water lines bob, and near what is held everything comes to rest. Each frequency is then as
strong as it was measured in nature (Li et al., "Generative Image Dynamics", CVPR 2024), but for the hasty ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Pixels, fit, follow_edges, noise, smoothstep
from artwalks_live.bake.motion.elastic import Complex, Field, bend
from artwalks_live.bake.motion.grid import MODES_SIDE, STD, grid_size, packed
from artwalks_live.bake.motion.sheet import Sheet, frame, sheet_of
from artwalks_live.core.currents import PX
from artwalks_live.core.sway import FREQUENCIES_HZ, MODES

SEED = 7
SCALE = 0.15  # current px of the loosest places for each unit of STD
CALM_HZ = 2.0  # at which a frequency is half as strong as in nature: leaves may tremble, a canvas should not
STRAIN = 0.16  # how much a place may be stretched at its most, amount 1
PEAK = 1.6  # the most that 16 swings come to together, of the root of their squares; as found on ten paintings
GUST_PX_S, SHORTEST_GUST_PX = 150.0, 170.0  # how fast gusts run, and how near they follow one another
VEER = 0.4  # radians to either side of rightwards
BOB, SAG = 0.5, 0.15  # how much a gust lifts, and the steady wind presses down, of how much they push
OWN_HZ, RING = (0.35, 2.2), 0.3  # the pitches at which things swing by themselves, and their damping
THINGS = 6  # as many across the picture swing each by itself
LATE = 0.004  # how much less far a faster push is carried


def modes_of(picture: Pixels) -> NDArray[np.float16]:
    """Make the modes of a painting from what is painted.

    picture  (H, W, 3) uint8 sRGB
    returns  (16, h, w, 4) on the modes grid, current px: Re u, Im u, Re v, Im v. The loosest places lean some 3 px
             under a push of 1 and swing by 1.5 px when played; a painting without strokes hardly moves. Exactly 0 at
             its frame and where it is held

    The same picture gives the same modes. About 0.5 s of one core.
    """
    size = grid_size(picture, MODES_SIDE)
    sheet = sheet_of(picture, size)
    half = sheet.fitted((max(8, size[0] // 2), max(8, size[1] // 2)))
    bent = bend(_stiffness(half), _held(half), 2 * np.pi * LATE * FREQUENCIES_HZ, _wind(half))
    free = frame(size) * (1 - smoothstep(sheet.held, 0.25, 0.75))
    lively = float(np.percentile(sheet.loose, 90)) ** 0.75
    modes = np.asarray(_grown(_as_in_nature(bent), size) * (free[..., None] * lively), np.complex128)
    modes *= min(1.0, STRAIN / max(_strain(modes), 1e-9))
    return packed(modes)


def _stiffness(sheet: Sheet) -> Field:
    """Stiff in all directions, and as much again along the strokes."""
    xx, xy, yy = np.moveaxis(sheet.strokes.astype(np.float64), -1, 0)
    return np.stack([0.8 + yy, -xy, 0.8 + xx], axis=-1)


def _held(sheet: Sheet) -> Field:
    """By what is held, the bare canvas a little, the picture's frame, and the ground."""
    height, width = sheet.held.shape
    ground = np.clip(np.linspace(-1.2, 1.0, height), 0.0, None)[:, None]
    lying = smoothstep(sheet.strokes[..., 2] - sheet.strokes[..., 0], 0.1, 0.5)  # water has no foot to stand on
    edge = (1.0 - frame((width, height))) ** 2
    things = 0.006 + 0.8 * sheet.held**1.5 + 0.03 * (1 - sheet.loose)
    return np.asarray(things + 0.5 * edge + 0.12 * ground * (1 - 0.7 * lying), np.float64)


def _wind(sheet: Sheet) -> Complex:
    """What each frequency presses on each place with, (K, h, w, 2)."""
    own_hz = OWN_HZ[0] * (OWN_HZ[1] / OWN_HZ[0]) ** _things(sheet, 0)
    xx, xy, yy = np.moveaxis(sheet.strokes.astype(np.float64), -1, 0)
    plain = 0.3 * (1.0 - sheet.coherence)  # where strokes go all ways, all ways give
    loads = np.empty((MODES, *own_hz.shape, 2), np.complex128)
    for k, hz in enumerate(FREQUENCIES_HZ):
        ratio = hz / own_hz
        u = _gust(sheet, k) * sheet.loose / (1.0 - ratio**2 + 2j * RING * ratio)
        v = u * (BOB * 1j if k else SAG)
        loads[k] = np.stack([(plain + xx) * u + xy * v, xy * u + (plain + yy) * v], axis=-1)
    return loads


def _gust(sheet: Sheet, k: int) -> Complex:
    """Of size 1, and how late it comes: with the gust, and each thing by itself. A steady wind is alike everywhere."""
    height, width = sheet.loose.shape
    if k == 0:
        return np.ones((height, width), np.complex128)
    draw = np.random.default_rng([SEED, k])
    heading, begin = draw.uniform(-VEER, VEER), draw.uniform()
    y, x = np.mgrid[:height, :width] * (PX / max(width, height))
    far = (x * np.cos(heading) + y * np.sin(heading)) / max(GUST_PX_S / float(FREQUENCIES_HZ[k]), SHORTEST_GUST_PX)
    return np.asarray(np.exp(-2j * np.pi * (far + begin + _things(sheet, k))))


def _things(sheet: Sheet, which: int) -> Field:
    """A number for each thing in the picture, [0, 1]: smooth noise that keeps to the painting's edges."""
    height, width = sheet.light.shape
    kept = follow_edges(noise(SEED + which, (width, height), THINGS), sheet.light, sheet.light, 6, 2e-3)
    return np.asarray(np.clip(1.4 * kept - 0.2, 0.0, 1.0), np.float64)


def _as_in_nature(bent: Complex) -> Complex:
    """Bring each frequency to its strength, measured at the places that move most."""
    most = np.percentile(np.sqrt((np.abs(bent) ** 2).sum(axis=-1)), 98, axis=(1, 2))
    gain = SCALE * STD / (1.0 + (FREQUENCIES_HZ / CALM_HZ) ** 2) / np.maximum(most, 1e-9)
    return np.asarray(bent * gain[:, None, None, None])


def _grown(modes: Complex, size: tuple[int, int]) -> Complex:
    grown = np.empty((len(modes), size[1], size[0], 2), np.complex128)
    for each, part in zip(modes, grown, strict=True):
        part.real = fit(each.real.astype(np.float32), size)
        part.imag = fit(each.imag.astype(np.float32), size)
    return grown


def _strain(modes: Complex) -> float:
    """How much the places that are stretched most are stretched at their most."""
    step = PX / max(modes.shape[1:3])
    down, across = np.gradient(modes, step, axis=(1, 2))
    each = (np.abs(down) ** 2 + np.abs(across) ** 2).sum(axis=(0, 3))
    return PEAK * float(np.sqrt(np.percentile(each, 99.5)))
