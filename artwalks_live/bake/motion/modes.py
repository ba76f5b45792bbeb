"""Sway made without a model: the painting as an elastic sheet of strokes in a gusty wind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Array, Pixels, fit, follow_edges, noise, smoothstep
from artwalks_live.bake.motion.elastic import Complex, Field, bend
from artwalks_live.bake.motion.grid import CURRENT_LONG, STD, grid_size
from artwalks_live.bake.motion.sheet import Sheet, frame, sheet_of
from artwalks_live.core.sway import FREQUENCIES_HZ, MODES

PX = 0.12  # current px of the loosest places for each unit of STD
GUST_PX_S = 150.0  # how fast a gust runs over the painting
SHORTEST_GUST_PX = 170.0
STRAIN = 0.16
OWN_HZ = (0.35, 2.2)
RING = 0.3


def modes_of(picture: Pixels) -> NDArray[np.float16]:
    size = grid_size(picture)
    coarse = (max(8, size[0] // 2), max(8, size[1] // 2))
    sheet = sheet_of(picture, coarse)
    bent = bend(_stiffness(sheet), _held(sheet), 2 * np.pi * FREQUENCIES_HZ * 0.004, _wind(sheet))
    shaped = _published(bent * frame(coarse)[..., None]) * float(np.percentile(sheet.loose, 90))
    return _gentle(shaped, size, sheet_of(picture, size))


def _stiffness(sheet: Sheet) -> Field:
    xx, xy, yy = np.moveaxis(sheet.strokes.astype(np.float64), -1, 0)
    return np.stack([0.8 + yy, -xy, 0.8 + xx], axis=-1)


def _held(sheet: Sheet) -> Field:
    height, width = sheet.held.shape
    ground = np.clip(np.linspace(0, 1, height)[:, None] - 0.6, 0, None) / 0.4
    edge = 1 - frame((width, height))
    return np.asarray(
        0.006 + 0.8 * sheet.held**1.5 + 0.03 * (1 - sheet.loose) + 0.5 * edge**2 + 0.02 * ground, np.float64
    )


def _wind(sheet: Sheet) -> Complex:
    """What each frequency's gust presses on each place with, (K, h, w, 2)."""
    height, width = sheet.loose.shape
    across = sheet.strokes.astype(np.float64)
    y, x = np.mgrid[:height, :width] * (CURRENT_LONG / max(width, height))
    own_hz = OWN_HZ[0] * (OWN_HZ[1] / OWN_HZ[0]) ** _things(sheet, 11)
    loads = np.zeros((MODES, height, width, 2), np.complex128)
    draw = np.random.default_rng(7)
    for k, hz in enumerate(FREQUENCIES_HZ):
        heading = draw.uniform(-0.4, 0.4)
        wave = 2 * np.pi / max(GUST_PX_S / hz, SHORTEST_GUST_PX) if k else 0.0
        phase = wave * (x * np.cos(heading) + y * np.sin(heading)) + 2 * np.pi * (k > 0) * (
            draw.uniform() + 1.0 * _things(sheet, 20 + k)
        )
        swing = sheet.loose * np.exp(-1j * phase) / (1 - (hz / own_hz) ** 2 + 2j * RING * hz / own_hz)
        u, v = swing, swing * (0.5j if k else 0.15)
        plain = 0.3 * (1 - sheet.coherence)
        loads[k, ..., 0] = plain * u + across[..., 0] * u + across[..., 1] * v
        loads[k, ..., 1] = plain * v + across[..., 1] * u + across[..., 2] * v
    return loads


def _things(sheet: Sheet, seed: int) -> Field:
    """A number for each thing in the picture, [0, 1]: smooth noise that keeps to its edges."""
    height, width = sheet.light.shape
    number = noise(seed, (width, height), 6)
    kept = follow_edges(number, sheet.light, sheet.light, 6, 2e-3)
    return np.clip((kept - 0.5) * 1.4 + 0.5, 0, 1).astype(np.float64)


def _published(bent: Complex) -> Complex:
    far = np.sqrt((np.abs(bent) ** 2).sum(axis=-1))
    most = np.percentile(far, 98, axis=(1, 2))
    gain = STD * PX / most
    return np.asarray(bent * gain[:, None, None, None])


def _gentle(modes: Complex, size: tuple[int, int], sheet: Sheet) -> NDArray[np.float16]:
    parts = np.stack([modes[..., 0].real, modes[..., 0].imag, modes[..., 1].real, modes[..., 1].imag], axis=-1)
    free = frame(size) * (1 - smoothstep(sheet.held, 0.25, 0.75))
    grown = np.stack([fit(part.astype(np.float32), size) for part in parts]) * free[..., None]
    return np.asarray(grown * min(1.0, STRAIN / _strain(grown, size)), np.float16)


def _strain(modes: Array, size: tuple[int, int]) -> float:
    step = CURRENT_LONG / max(size)
    gy, gx = np.gradient(modes, step, axis=(1, 2))
    each = np.sqrt((gx**2 + gy**2).sum(axis=(0, 3)))
    return float(np.percentile(each, 99.5)) * 1.6
