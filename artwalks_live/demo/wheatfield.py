"""Harvest moon: a wheat field under a turning sky. Long strokes that follow the wind, teal against gold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.sketch import Sketch, curve, drift, mix, palette, rgb

_MOON = (1.16, 0.235)
_LAND = 0.60
_EDDIES = (
    # where the air turns, how wide, which way and how strongly
    ((0.55, 0.25), 0.155, 1.0), ((0.86, 0.43), 0.085, -1.0), (_MOON, 0.23, 1.0),
    ((0.16, 0.13), 0.10, -1.0), ((1.52, 0.44), 0.09, -1.0),
)  # fmt: skip


def paint(size: tuple[int, int], seed: int) -> npt.NDArray[np.uint8]:
    """Paint the wheat field at a size (width, height) pixels: (H, W, 3) uint8 sRGB."""
    canvas = Canvas(size, rgb("#7a5a35"), seed)
    sketch = Sketch(size, rgb("#1e5a73"))
    _sky(sketch, canvas.rng)
    _land(sketch, canvas.rng)
    canvas.lay(sketch, Brush(0.05, 7, tint=0.03, body=0.4), error=0.0)
    canvas.lay(sketch, Brush(0.021, 10, tint=0.035, hue=0.025, streak=0.05, body=0.7, dry=0.3, spacing=0.8), error=0.0)
    canvas.lay(sketch, Brush(0.012, 9, tint=0.03, hue=0.02, body=0.8, dry=0.3), error=0.07, cover=0.8)
    canvas.lay(sketch, Brush(0.007, 6, tint=0.02, body=0.7), error=0.10, detail=0.4)
    _moonlight(canvas)
    _cottage(canvas)
    _wheat(canvas, sketch)
    for x, foot, tall, seed_of in ((0.235, 0.80, 0.70, 1), (0.345, 0.775, 0.45, 2), (0.135, 0.765, 0.36, 3)):
        _cypress(canvas, x, foot, tall, seed_of)
    _walker(canvas)
    _poppies(canvas)
    return canvas.finish(1.1)


def _sky(sketch: Sketch, rng: np.random.Generator) -> None:
    """Air that turns around eddies; its colour runs in bands along the way it flows."""
    u, v = sketch.u, sketch.v
    shape = (sketch.height, sketch.width)
    wave = 0.30 * np.sin(u * 3.6 + 0.6) + 0.22 * np.sin(u * 1.5 - v * 6)
    way_x, way_y = np.cos(wave), np.sin(wave)
    stream = v * 9.0 + 0.9 * np.cos(u * 3.6 + 0.6)
    for (x, y), wide, turn in _EDDIES:
        dx, dy = u - x, (v - y) * 1.15
        far = np.hypot(dx, dy) + 1e-4
        pull = np.exp(-((far / wide) ** 2.6)) * 1.6
        inward = 0.22
        way_x += pull * 2.2 * (-turn * dy - inward * dx) / far
        way_y += pull * 2.2 * (turn * dx - inward * dy) / far
        spiral = far / wide * 7.0 + turn * np.arctan2(dy, dx)
        held = np.exp(-((far / (wide * 1.05)) ** 4))
        stream = stream * (1 - held) + spiral * held
    length = np.hypot(way_x, way_y) + 1e-6
    sketch.flow = np.stack([way_x / length, way_y / length], -1).astype(np.float32)
    band = 0.5 + 0.5 * np.sin(stream * 2.1 + 0.8 * drift(shape, 0.25, rng))
    base = sketch.ramp([(0.0, "#0f2f57"), (0.25, "#15517a"), (0.45, "#2b7f92"), (0.62, "#8fb8a0")])
    light = sketch.ramp([(0.0, "#2e6f9e"), (0.25, "#57a3ae"), (0.45, "#b9cfae"), (0.62, "#f3dca0")])
    sketch.colour = mix(base, light, (band**1.8) * 0.9)
    glow = np.hypot(u - _MOON[0], v - _MOON[1])
    rings = 0.55 + 0.45 * np.cos(glow * 62)
    sketch.colour = mix(sketch.colour, rgb("#f4dc8e"), np.exp(-((glow / 0.20) ** 2.2)) * (0.45 + 0.4 * rings))
    sketch.detail[:] = np.exp(-((glow / 0.2) ** 4))


def _land(sketch: Sketch, rng: np.random.Generator) -> None:
    """Blue hills, the far fields, the wheat's ground and the path through it."""
    u, v, aspect = sketch.u, sketch.v, sketch.aspect
    for ridge, top, foot, tilt in (
        ((0.53, 0.55, 0.505, 0.56, 0.545, 0.50), "#3f6f94", "#6f9aa0", 0.1),
        ((0.585, 0.56, 0.60, 0.585, 0.60, 0.565), "#27536e", "#4f8a7c", 0.2),
    ):
        shape = np.concatenate(
            [curve(np.stack([np.linspace(-0.1, 1.75, 6), ridge], 1), 60), [(aspect + 0.1, 1.0), (-0.1, 1.0)]]
        )
        turn = tilt * np.sin(u * 7.0)
        sketch.wash(sketch.polygon(shape), sketch.ramp([(0.5, top), (0.62, foot)]), angle=turn, detail=0.5)
    field = np.concatenate(
        [curve([(-0.1, 0.63), (0.4, 0.615), (0.9, 0.635), (1.75, 0.61)], 60), [(1.8, 1.0), (-0.1, 1.0)]]
    )
    ground = sketch.ramp([(0.61, "#d9b45a"), (0.70, "#d79a33"), (0.82, "#b87424"), (1.0, "#7c4a22")])
    stripe = 0.5 + 0.5 * np.sin(u * 5 + v * 60 + 2 * drift((sketch.height, sketch.width), 0.2, rng))
    ground = mix(ground, rgb("#f0cd6c"), stripe * 0.35)
    sketch.wash(sketch.polygon(field), ground, angle=-0.12 + 0.2 * np.sin(u * 4), detail=0.0)
    sketch.wash(sketch.polygon(_path_shape()), sketch.ramp([(0.61, "#e3c79c"), (0.8, "#b98f83"), (1.0, "#7d6484")]),
                angle=0.08, detail=0.3)  # fmt: skip


def _path_shape() -> npt.NDArray[np.float64]:
    left = curve([(0.70, 1.02), (0.80, 0.88), (0.995, 0.77), (0.985, 0.70), (0.90, 0.655), (0.915, 0.622)], 40)
    right = curve([(0.925, 0.622), (0.925, 0.65), (1.04, 0.70), (1.085, 0.775), (0.96, 0.90), (0.97, 1.02)], 40)
    return np.concatenate([left, right])


def _moonlight(canvas: Canvas) -> None:
    """The moon: rings of thick paint, wound from its halo inwards."""
    rng = canvas.rng
    for radius, colour, n in (
        (0.096, "#f0c65e", 54), (0.084, "#f7d878", 52), (0.066, "#fbe6a0", 44),
        (0.048, "#fdf0c0", 36), (0.030, "#fff6d8", 24), (0.012, "#fffbe8", 10),
    ):  # fmt: skip
        turn = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.normal(0, 0.05, n)
        ring = np.stack([_MOON[0] + radius * np.cos(turn), _MOON[1] + radius * np.sin(turn)], 1)
        bend = 0.055 / radius if radius > 0.02 else 1.5
        canvas.dab(ring, turn + np.pi / 2, rgb(colour), Brush(0.019, 3.0, tint=0.025, body=1.0, pickup=0.0), bend=bend)


def _cottage(canvas: Canvas) -> None:
    """A house at the end of the path, with a light in its window."""
    x, y = 0.868, 0.625
    wall = Brush(0.013, 1.0, tint=0.02, body=0.8, dry=0.03, pickup=0.0)
    rows = np.linspace(0, 0.032, 5)
    canvas.draw([np.array([(x - 0.042, y - r), (x + 0.016, y - r)]) for r in rows], rgb("#5d6f92"), wall)
    canvas.draw([np.array([(x + 0.016, y - r), (x + 0.046, y - r - 0.003)]) for r in rows], rgb("#d8cfa9"), wall)
    roof = [np.array([(x - 0.050 + t * 0.030, y - 0.034 - t * 0.034), (x + 0.018 + t * 0.012, y - 0.034 - t * 0.034)])
            for t in np.linspace(0, 1, 6)]  # fmt: skip
    canvas.draw(roof, rgb("#4a2f48"), wall)
    canvas.draw(
        [np.array([(x + 0.031, y - 0.070), (x + 0.052, y - 0.034)])], rgb("#c58a64"), Brush(0.009, 1, pickup=0.0)
    )
    light = np.array([(x - 0.016, y - 0.015), (x + 0.030, y - 0.017)])
    canvas.dab(light, 1.57, rgb("#ffcf5e"), Brush(0.010, 1.5, body=1.0, dry=0.0, pickup=0.0))
    rng = canvas.rng
    for bx, by, r in (
        (0.80, 0.618, 0.022),
        (0.945, 0.616, 0.018),
        (1.34, 0.60, 0.030),
        (1.40, 0.605, 0.022),
        (0.56, 0.61, 0.02),
    ):
        dots = rng.normal(0, 0.5, (40, 2)) * [r * 1.3, r * 0.8] + [bx, by]
        greens = np.array([rgb("#163d40"), rgb("#1f5148"), rgb("#3d7a5a")])[rng.integers(0, 3, 40)]
        canvas.dab(dots, rng.uniform(0, 3, 40), greens, Brush(0.009, 2.5, body=0.8), bend=0.8)


def _wheat(canvas: Canvas, sketch: Sketch) -> None:
    """Stalks and ears that bow to the wind, small at the horizon, long at our feet; never on the path."""
    rng = canvas.rng
    n = 6200
    depth = np.sort(rng.random(n) ** 1.15)
    u, v = rng.random(n) * (sketch.aspect + 0.1) - 0.05, 0.628 + depth * 0.43
    lane = sketch.polygon(_path_shape())
    row = np.clip(((v - 0.008) * canvas.height).astype(int), 0, canvas.height - 1)
    free = lane[row, np.clip((u * canvas.height).astype(int), 0, canvas.width - 1)] < 0.3
    u, v, depth = u[free], v[free], depth[free]
    wind = 0.5 * np.sin(u * 5 + v * 14) + 0.35 * np.sin(u * 2.2 - v * 5)
    gust = np.clip(0.5 + 0.6 * wind + rng.normal(0, 0.25, len(u)), 0, 1)[:, None]
    shade = np.array([rgb("#8a5626"), rgb("#6b4a52"), rgb("#a9702a")])[rng.integers(0, 3, len(u))]
    gold = np.array([rgb("#e9b542"), rgb("#f5d068"), rgb("#dd9530"), rgb("#fbe39a")])[rng.integers(0, 4, len(u))]
    tints = shade * (1 - gust) + gold * gust
    tints = tints * (1.0 - 0.22 * depth[:, None]) + rgb("#ffe9b0") * 0.10 * (1 - depth[:, None])
    angle = -1.25 + 0.45 * wind + rng.normal(0, 0.13, len(u))
    brush = Brush(0.0105, 6.5, tint=0.03, hue=0.015, streak=0.05, body=0.9, dry=0.35, pickup=0.08)
    canvas.dab(
        np.stack([u, v], 1), angle, tints.astype(np.float32), brush, bend=0.7 + 0.3 * wind, widths=0.28 + 1.15 * depth
    )


def _cypress(canvas: Canvas, x: float, foot: float, tall: float, seed: int) -> None:
    """A flame of dark green: strokes that climb, lean in and part at the tip, lights on the moon's side."""
    rng = np.random.default_rng(seed)
    for n, tones, spread, size in (
        (int(520 * tall), ("#0c2528", "#12302c", "#0f2a38"), 1.0, 1.0),
        (int(300 * tall), ("#1d4a3a", "#17444a", "#2a5a34"), 0.85, 0.75),
        (int(110 * tall), ("#4f8454", "#6f9a5a", "#3d7f7a"), 0.75, 0.55),
    ):  # fmt: skip
        up = np.sort(rng.random(n) ** 0.9)
        girth = 0.15 * tall * np.sin(np.pi * np.clip(up, 0, 1) ** 0.62 * 0.98) ** 0.8 * spread + 0.004
        side = rng.uniform(-1, 1, n) if size > 0.6 else rng.uniform(-0.2, 1, n)
        sway = 0.022 * np.sin(up * 7 + seed)
        u, v = x + side * girth + sway, foot - up * tall
        angle = -np.pi / 2 - side * 0.30 + 0.35 * np.cos(up * 9 + seed) + rng.normal(0, 0.10, n)
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        brush = Brush(0.020 * size * (0.6 + 0.5 * tall), 6.0, tint=0.02, streak=0.05, body=0.9, dry=0.4, pickup=0.02)
        canvas.dab(
            np.stack([u, v], 1), angle, tints, brush, bend=0.9 * np.sin(up * 11 + side * 2), widths=1.1 - 0.45 * up
        )


def _walker(canvas: Canvas) -> None:
    """Somebody going home, a lantern in hand, the shadow behind."""
    x, y = 1.020, 0.795
    shadow = np.array([(x - 0.022, y + 0.012), (x - 0.034, y + 0.018)])
    canvas.dab(shadow, 2.7, rgb("#5b4568"), Brush(0.012, 4, body=0.4, pickup=0.2))
    coat = [np.array([(x + w, y), (x + w * 0.45, y - 0.062)]) for w in (-0.012, -0.005, 0.004, 0.012)]
    canvas.draw(coat, rgb("#1d2a4a"), Brush(0.012, 1, tint=0.02, body=0.9, dry=0.03, pickup=0.0))
    canvas.dab(np.array([(x, y - 0.070)]), 1.57, rgb("#c98d5d"), Brush(0.013, 1.2, dry=0.0, pickup=0.0))
    canvas.dab(np.array([(x, y - 0.079), (x, y - 0.084)]), 0.05, rgb("#e8c15a"), Brush(0.009, 3.2, body=1, pickup=0.0))
    canvas.draw(
        [np.array([(x + 0.006, y - 0.05), (x + 0.024, y - 0.034)])], rgb("#223056"), Brush(0.007, 1, pickup=0.0)
    )
    canvas.dab(np.array([(x + 0.026, y - 0.026), (x + 0.026, y - 0.026)]), 1.57, rgb("#ffdf75"),
               Brush(0.011, 1.5, body=1, dry=0.0, pickup=0.0))  # fmt: skip


def _poppies(canvas: Canvas) -> None:
    """Red where the corner wants it, in drifts, each flower two or three touches."""
    rng = canvas.rng
    heart = np.array([(1.28, 0.90), (1.40, 0.86), (1.47, 0.94), (0.50, 0.93), (0.40, 0.97), (1.18, 0.96), (1.53, 0.82)])
    at = heart[rng.integers(0, len(heart), 85)] + rng.normal(0, 1, (85, 2)) * [0.055, 0.025]
    at = at[np.argsort(at[:, 1])]
    size = 0.45 + (at[:, 1] - 0.78) * 4.0 * rng.uniform(0.7, 1.2, len(at))
    size = np.clip(size, 0.35, 1.5)
    brush = Brush(0.014, 1.8, tint=0.03, body=1.0, dry=0.15, pickup=0.03)
    dark, light = rgb("#a5201c"), rgb("#ee4a2b")
    canvas.dab(np.add(at, (0.004, 0.004)), rng.uniform(-0.4, 0.4, len(at)), dark, brush, bend=-1.0, widths=size)
    canvas.dab(at, rng.uniform(-0.6, 0.3, len(at)), light, brush, bend=1.2, widths=size * 0.85)
    canvas.dab(at, 0.2, rgb("#2a1420"), Brush(0.005, 1.5, body=0.8, pickup=0.0), widths=size)
