"""Sway made without a model: the painting as an elastic sheet in a gusty wind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.fields import Array, Pixels, blur, fit, smoothstep
from artwalks_live.bake.motion.elastic import bend
from artwalks_live.bake.saliency import saliency
from artwalks_live.core.sway import FREQUENCIES_HZ, MODES

LONG_SIDE = 160  # of the modes grid
STD = np.array(
    [34.36, 13.72, 8.80, 7.26, 5.94, 5.33, 5.20, 4.94, 4.59, 4.52, 3.87, 3.49, 3.28, 2.89, 2.45, 2.32]
)  # published
PX = 0.12  # current px of the loosest places for each unit of STD
GUST_PX_S = 150.0
VIEW_LONG = 640


def grid_size(picture: Pixels) -> tuple[int, int]:
    """The modes grid of a picture: (width, height)."""
    height, width = picture.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    return max(8, round(width * scale)), max(8, round(height * scale))


@dataclass(frozen=True, slots=True)
class Sheet:
    """loose, held (h, w) in [0, 1]; across (h, w, 2): unit vector across strokes; coherence (h, w)."""

    loose: Array
    held: Array
    tensor: Array
    coherence: Array


def sheet_of(picture: Pixels, size: tuple[int, int]) -> Sheet:
    height, width = picture.shape[:2]
    s = VIEW_LONG / max(height, width)
    view = cv2.resize(picture, (max(32, round(width * s)), max(32, round(height * s))), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.2)
    gx, gy = cv2.Sobel(lab, cv2.CV_32F, 1, 0), cv2.Sobel(lab, cv2.CV_32F, 0, 1)
    t = np.stack([(gx * gx).sum(-1), (gx * gy).sum(-1), (gy * gy).sum(-1)], -1)
    energy = t[..., 0] + t[..., 2]
    # each place's tensor counts by its direction more than by its strength
    t = t / (np.sqrt(energy) + np.median(np.sqrt(energy)) + 1e-3)[..., None]
    t = blur(t, 8.0)
    tr = t[..., 0] + t[..., 2]
    d = np.hypot(t[..., 0] - t[..., 2], 2 * t[..., 1])
    coherence = d / (tr + 1e-6)
    fine = np.sqrt(energy)
    texture = blur(np.minimum(fine, 4 * np.median(fine) + 1e-3), 10.0)
    texture = texture / max(float(np.percentile(texture, 90)), 1e-3)
    loose = smoothstep(texture, 0.15, 0.9)
    sal = saliency(picture)
    sal = fit(sal, size)
    hi = np.percentile(sal, [60, 97])
    salient = np.clip((sal - hi[0]) / max(hi[1] - hi[0], 1e-9), 0, 1).astype(np.float32)
    loose_, coh_ = fit(loose.astype(np.float32), size), fit(coherence.astype(np.float32), size)
    held = salient * (1 - 0.85 * loose_)
    return Sheet(loose_, held.astype(np.float32), fit(t / (tr + 1e-6)[..., None], size), coh_)


def border(size: tuple[int, int]) -> Array:
    """1 well inside, exactly 0 at the frame."""
    w, h = size
    x = np.minimum(np.arange(w), np.arange(w)[::-1]) / (0.07 * max(w, h))
    y = np.minimum(np.arange(h), np.arange(h)[::-1]) / (0.07 * max(w, h))
    return smoothstep(np.minimum(x, y[:, None]).astype(np.float32), 0.0, 1.0)


def modes_of(picture: Pixels) -> NDArray[np.float16]:
    size = grid_size(picture)
    sheet = sheet_of(picture, size)
    coarse = (max(8, size[0] // 2), max(8, size[1] // 2))
    cw, ch = coarse
    loose, held = fit(sheet.loose, coarse), fit(sheet.held, coarse)
    T, coh = fit(sheet.tensor, coarse).astype(float), fit(sheet.coherence, coarse).astype(float)
    edge = border(coarse)
    y = np.linspace(0, 1, ch)[:, None]
    kappa = 0.004 + 0.5 * held + 0.03 * (1 - loose) + 0.6 * (1 - edge) ** 2 + 0.02 * np.clip((y - 0.55) / 0.45, 0, 1)
    # stiff along the strokes (perp of gradient), soft across
    across = T.copy()
    N = np.stack([across[..., 0], across[..., 1], across[..., 2]], -1)
    along = np.stack([N[..., 2], -N[..., 1], N[..., 0]], -1)
    D = 0.25 * np.array([1, 0, 1]) + 1.0 * along
    px = VIEW_LONG / cw
    pos = np.stack(np.broadcast_arrays(np.arange(cw) * px, np.arange(ch)[:, None] * px), -1)
    draw = np.random.default_rng(7)
    force = np.zeros((MODES, ch, cw, 2), complex)
    for k in range(MODES):
        wave = 2 * np.pi * FREQUENCIES_HZ[k] / GUST_PX_S
        ang = draw.uniform(-0.5, 0.5)
        ph = wave * (pos @ [np.cos(ang), np.sin(ang)]) + draw.uniform(0, 2 * np.pi) * (k > 0)
        f = np.exp(-1j * ph)[..., None] * np.array([1.0, 0.35j if k else 0.15])
        nn = (1 - coh[..., None]) * 0.5 * f + np.stack([N[..., 0] * f[..., 0] + N[..., 1] * f[..., 1], N[..., 1] * f[..., 0] + N[..., 2] * f[..., 1]], -1)
        force[k] = nn * loose[..., None]
    rates = 2 * np.pi * FREQUENCIES_HZ * 0.006
    u = bend(D, kappa.astype(float), rates, force)
    u *= edge[..., None]
    amp = np.sqrt((np.abs(u) ** 2).sum(-1))
    for k in range(MODES):
        u[k] *= STD[k] * PX / np.percentile(amp[k], 98)
    out = np.stack([u[..., 0].real, u[..., 0].imag, u[..., 1].real, u[..., 1].imag], -1)
    big = np.stack([fit(o.astype(np.float32), size) for o in out])
    free = border(size) * (1 - smoothstep(sheet.held, 0.5, 0.8))
    return (big * free[None, ..., None]).astype(np.float16)
