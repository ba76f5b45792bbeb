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
    _eddies(canvas)
    _moonlight(canvas)
    _cottage(canvas)
    for x, foot, tall, seed_of in ((0.120, 0.72, 0.36, 3), (0.345, 0.735, 0.46, 2), (0.240, 0.79, 0.76, 1)):
        _cypress(canvas, x, foot, tall, seed_of)
    _wheat(canvas, sketch)
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


def _eddies(canvas: Canvas) -> None:
    """The eyes of the eddies: short arcs that wind in to a light point."""
    rng = canvas.rng
    for (x, y), wide, turn in _EDDIES:
        if (x, y) == _MOON:
            continue
        n = 46
        inward = np.linspace(1.0, 0.0, n)
        angle = turn * inward * 11.0 + rng.normal(0, 0.15, n)
        far = 0.34 * wide * inward**0.8
        at = np.stack([x + np.cos(angle) * far, y + np.sin(angle) * far * 0.9], 1)
        tones = palette("#1f6a93", "#4f9fb0", "#a9cdb4", "#f0e2ae")[
            np.clip(rng.normal(3.1 - 2.6 * inward, 0.7), 0, 3).astype(int)
        ]
        brush = Brush(0.013, 4.5, tint=0.03, streak=0.05, body=0.95, dry=0.3, pickup=0.0)
        bend = np.minimum(0.05 / (far + 0.012), 2.2) * turn
        canvas.dab(at, angle + turn * np.pi / 2, tones, brush, bend=bend, widths=0.6 + 0.5 * inward)


def _moonlight(canvas: Canvas) -> None:
    """The moon: rings of light in the air, then thick paint wound from the rim inwards."""
    rng = canvas.rng
    for radius, tones, n, body in (
        (0.222, ("#2f7c98", "#4f97a6"), 44, 0.6),
        (0.190, ("#86b9aa", "#5fa3ac"), 46, 0.7),
        (0.160, ("#c3d4a2", "#8fbfac"), 46, 0.7),
        (0.131, ("#dcd99a", "#b4cfa4"), 48, 0.8),
        (0.106, ("#eebf55", "#f2c964"), 54, 0.9),
        (0.088, ("#fbe8a8", "#f9df92"), 50, 1.0),
        (0.068, ("#fdf0c2", "#fbe9ae"), 42, 1.0),
        (0.048, ("#fff5d6", "#fdf0c2"), 34, 1.0),
        (0.028, ("#fffae8", "#fff5d6"), 22, 1.0),
        (0.009, ("#fffdf4", "#fffae8"), 10, 1.0),
    ):
        turn = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.normal(0, 0.08, n)
        far = radius + rng.normal(0, 0.005 if radius > 0.1 else 0.001, n)
        ring = np.stack([_MOON[0] + far * np.cos(turn), _MOON[1] + far * np.sin(turn)], 1)
        tints = palette(*tones)[rng.integers(0, 2, n)]
        length = 4.5 if radius > 0.1 else 3.0
        brush = Brush(
            0.018, length, tint=0.025, streak=0.04, body=body, dry=0.35, pickup=0.10 if radius > 0.15 else 0.0
        )
        canvas.dab(ring, turn + np.pi / 2, tints, brush, bend=min(0.018 * length / radius, 1.6))


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
    tree = (np.abs(u - 0.23) < 0.17) & (v < 0.755 - 0.25 * np.abs(u - 0.24))
    free &= ~tree
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
        girth = 0.098 * tall**0.75 * np.sin(np.pi * up**0.66 * 0.985) ** 0.75 * spread + 0.003
        side = rng.uniform(-1, 1, n) if size > 0.6 else rng.uniform(-0.2, 1, n)
        sway = 0.022 * np.sin(up * 7 + seed)
        u, v = x + side * girth + sway, foot - up * tall * 0.97
        angle = -np.pi / 2 - side * 0.30 + 0.35 * np.cos(up * 9 + seed) + rng.normal(0, 0.10, n)
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        brush = Brush(0.020 * size * (0.6 + 0.5 * tall), 6.0, tint=0.02, streak=0.05, body=0.9, dry=0.4, pickup=0.02)
        canvas.dab(
            np.stack([u, v], 1), angle, tints, brush, bend=0.9 * np.sin(up * 11 + side * 2), widths=1.1 - 0.45 * up
        )


def _walker(canvas: Canvas) -> None:
    """Somebody going home, a lantern in hand, a pale hat that the moon finds, the shadow behind."""
    x, y = 1.012, 0.812
    shadow = np.array([(x - 0.030, y + 0.014), (x - 0.050, y + 0.024), (x - 0.070, y + 0.034)])
    canvas.dab(shadow, 2.7, rgb("#54406a"), Brush(0.015, 3.5, body=0.4, pickup=0.2))
    glow = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    lantern = np.array([(x + 0.034, y - 0.036)])
    ring = lantern + np.stack([np.cos(glow), np.sin(glow)], 1) * 0.022
    canvas.dab(ring, glow + np.pi / 2, rgb("#f7c65a"), Brush(0.011, 2.5, body=0.8, dry=0.5, pickup=0.3), bend=0.8)
    coat = [np.array([(x + w, y), (x + w * 0.40, y - 0.082)]) for w in (-0.018, -0.009, 0.0, 0.009, 0.018)]
    canvas.draw(coat, rgb("#1b2748"), Brush(0.013, 1, tint=0.02, body=0.9, dry=0.03, pickup=0.0))
    canvas.draw([coat[-1] + np.array([0.002, -0.004])], rgb("#7f93b8"), Brush(0.005, 1, body=1.0, dry=0.4, pickup=0.0))
    canvas.dab(np.array([(x, y - 0.093)]), 1.57, rgb("#8a5a48"), Brush(0.017, 1.3, dry=0.0, pickup=0.0))
    hat = np.array([(x, y - 0.102), (x + 0.001, y - 0.111)])
    canvas.dab(hat, 0.05, rgb("#f6efd2"), Brush(0.011, 3.6, body=1, dry=0.0, pickup=0.0), widths=np.array([1.1, 0.7]))
    canvas.draw(
        [np.array([(x + 0.008, y - 0.066), (x + 0.033, y - 0.048)])], rgb("#223056"), Brush(0.009, 1, pickup=0.0)
    )
    canvas.dab(np.repeat(lantern, 2, axis=0), 1.57, palette("#ffb640", "#fff2b8"),
               Brush(0.016, 1.4, body=1, dry=0.0, pickup=0.0), widths=np.array([1.0, 0.55]))  # fmt: skip


def _poppies(canvas: Canvas) -> None:
    """Red where the corners want it, in drifts among the stalks, each flower two or three touches."""
    rng = canvas.rng
    heart = np.array(
        [(1.28, 0.90), (1.42, 0.86), (1.50, 0.95), (0.47, 0.93), (0.36, 0.975), (1.16, 0.97), (1.54, 0.80)]
    )
    n = 120
    at = heart[rng.integers(0, len(heart), n)] + rng.normal(0, 1, (n, 2)) * np.array([0.065, 0.028])
    at = at[np.argsort(at[:, 1])]
    size = np.clip((0.35 + (at[:, 1] - 0.78) * 3.2) * rng.uniform(0.5, 1.15, n), 0.28, 1.1)
    petal = Brush(0.013, 1.9, tint=0.04, streak=0.05, body=1.0, dry=0.25, pickup=0.05)
    lean = rng.uniform(-0.5, 0.5, n)
    canvas.dab(np.add(at, (0.003, 0.004)), lean, rgb("#8f1a1e"), petal, bend=-1.1, widths=size)
    canvas.dab(
        np.add(at, (-0.003, 0.0)),
        lean + 0.3,
        palette("#d8301f", "#e8482a")[rng.integers(0, 2, n)],
        petal,
        bend=1.1,
        widths=size * 0.9,
    )
    lit = rng.random(n) < 0.6
    canvas.dab(np.add(at[lit], (-0.002, -0.003)), lean[lit], rgb("#ff8450"), petal, bend=1.3, widths=size[lit] * 0.5)
