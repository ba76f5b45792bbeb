"""The flash limiter in NumPy, cell for cell, and a count of flashes that shares nothing with it but WCAG's numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
LUMA = np.array([0.2126, 0.7152, 0.0722])


def decoded(image: npt.NDArray[np.uint8]) -> Array:
    """sRGB to linear light."""
    e = image / 255.0
    return np.where(e <= 0.04045, e / 12.92, ((e + 0.055) / 1.055) ** 2.4)


class Count:
    """Turning points of every cell: light's and red's."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.ways = np.broadcast_to([0.0, 1.0, 0.0, 1.0], (*shape, 4)).copy()
        self.ages = np.full((*shape, 8), 100.0)
        self.ages[..., 0] = 0.0
        self.red = np.zeros(shape, bool)

    def after(self, rgb: Array, dt: float) -> tuple[Count, npt.NDArray[np.bool_]]:
        """The count a frame later, and which cells have turned."""
        light = np.minimum(rgb @ LUMA, 0.9)
        red = np.maximum(rgb[..., 0] - rgb[..., 1] - rgb[..., 2], 0)
        is_red = (red > 0) & (rgb[..., 0] >= 0.78 * rgb.sum(-1))
        later = Count(light.shape)
        turned = np.zeros(light.shape, bool)
        for at, value, least in ((0, light, 0.09), (2, red, 0.056)):
            extreme, way = self.ways[..., at], self.ways[..., at + 1]
            further = (value - extreme) * way >= 0
            turns = ~further & (np.abs(value - extreme) >= least)
            later.ways[..., at] = np.where(further | turns, value, extreme)
            later.ways[..., at + 1] = np.where(turns, -way, way)
            turned |= turns if at == 0 else turns & (is_red | self.red)
        later.red = np.where(later.ways[..., 2] == red, is_red, self.red)
        ages = np.minimum(self.ages + dt, 100.0)
        moved = np.concatenate([np.zeros((*light.shape, 1)), ages[..., :-1]], -1)
        later.ages = np.where(turned[..., None], moved, ages)
        return later, turned


class Reference:
    """What share of each frame the limiter shows. `share` is given the cells of a frame, (27, 48, 3) linear light."""

    def __init__(self) -> None:
        self.seen = self.shown = Count((27, 48))
        self.cells: Array | None = None
        self.slow, self.calm = 0.0, 100.0

    def share(self, light: Array, dt: float) -> float:
        """The share of this frame in what is shown."""
        share = 1.0
        seen, _ = self.seen.after(light, dt)
        if self.cells is not None:
            whole, _ = self.shown.after(light, dt)
            crept, turned = self.shown.after(self.cells + (light - self.cells) * -math.expm1(-dt), dt)
            flags = [seen.ages[..., 6] <= 0.99, whole.ages[..., 6] <= 0.99, turned & (crept.ages[..., 7] <= 0.99)]
            busy, over, even_so = (most(flag) >= 0.2 for flag in flags)
            self.calm = 0.0 if busy or over else min(self.calm + dt, 100.0)
            self.slow = 1.0 if busy or over else self.slow * math.exp(-dt / 0.25) if self.calm > 0.5 else self.slow
            self.slow = 0.0 if self.slow < 0.004 else self.slow
            share = 0.0 if even_so else -math.expm1(-dt / self.slow) if self.slow else 1.0
            light_shown = self.cells + (light - self.cells) * share
        else:
            light_shown = light
        self.seen, self.cells = seen, light_shown
        self.shown, _ = self.shown.after(light_shown, dt)
        return share


def most(flags: npt.NDArray[np.bool_]) -> float:
    """The largest share of flags in any field of 9x16 of them."""
    total = np.pad(np.cumsum(np.cumsum(flags, 0), 1), ((1, 0), (1, 0)))
    return float((total[9:, 16:] - total[:-9, 16:] - total[9:, :-16] + total[:-9, :-16]).max() / 144)


def flashes(film: Array, fps: float) -> float:
    """The most flashes in any second over a quarter of any field, by WCAG's own numbers.

    film      (frames, h, w, 3) linear light, at least 6 places each way
    returns   pairs of opposing changes: of each place all that end within a second; of each field what a quarter of it
              has at least
    """
    red = np.maximum(film[..., 0] - film[..., 1:].sum(-1), 0)
    saturated = (red > 0) & (film[..., 0] >= 0.8 * film.sum(-1))
    light, always = np.minimum(film @ LUMA, 0.9), np.ones(red.shape, bool)
    worst = 0.0
    for value, counts, least in ((light, always, 0.1), (red, saturated, 20 / 320)):
        tracks = zip(_tracks(value), _tracks(counts), strict=True)
        turned = np.array([_turns(track, matters, least) for track, matters in tracks]).T
        counted = np.cumsum(np.pad(turned, ((1, 0), (0, 0))), 0).reshape(-1, *film.shape[1:3])
        window = min(round(fps), len(film))
        per_second = counted[window:] - counted[:-window]
        height, width = film.shape[1] // 3, film.shape[2] // 3
        for y in range(film.shape[1] - height + 1):
            for x in range(film.shape[2] - width + 1):
                field = per_second[:, y : y + height, x : x + width].reshape(len(per_second), -1)
                worst = max(worst, float(np.quantile(field, 0.75, axis=1, method="lower").max()) // 2)
    return worst


def _tracks(film: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(frames, h, w) → (places, frames)."""
    return film.reshape(len(film), -1).T


def _turns(track: Array, matters: npt.NDArray[np.bool_], least: float) -> npt.NDArray[np.int64]:
    """1 in every frame in which a track completes a change against the one before.

    matters   where a value counts: a change does if one of its ends is there
    """
    turns = np.zeros(len(track), int)
    low = high = 0  # frames of the extremes since the last turn
    rising: bool | None = None
    for i, value in enumerate(track):
        if rising is not False and value <= track[high] - least:
            turns[i], rising, low = matters[i] or matters[high], False, i
        elif rising is not True and value >= track[low] + least:
            turns[i], rising, high = matters[i] or matters[low], True, i
        if rising is not True and value <= track[low]:
            low = i
        if rising is not False and value >= track[high]:
            high = i
    return turns
