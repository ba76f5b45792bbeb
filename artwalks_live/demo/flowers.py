"""Flowers in a blue jar: thick paint, every petal one loaded stroke, warm blossoms out of a dark green room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.sketch import Sketch, curve, drift, grade, mix, palette, rgb

_TABLE = 0.815
_JAR = 0.43  # the jar's middle
_PEONY = (("#7a1630", "#a8203f"), ("#d13a55", "#e2586a"), ("#f08a8c", "#f7aaa0"), ("#fcd0bb", "#fde3cf"))
_WHITE = (("#7f8a9a", "#a99a9a"), ("#c9bfb4", "#d9d2c2"), ("#efe6d2", "#f7eedb"), ("#fffaec", "#fff3cf"))
_CORAL = (("#8e2a17", "#b5391c"), ("#dc5a2a", "#e9703a"), ("#f7924f", "#fba865"), ("#ffc98a", "#ffdca6"))
_ROSES = (
    # where, how large, in which colours; those behind come first
    ((0.26, 0.30), 0.070, _CORAL), ((0.57, 0.245), 0.068, _WHITE), ((0.40, 0.20), 0.062, _PEONY),
    ((0.20, 0.44), 0.070, _WHITE), ((0.66, 0.40), 0.078, _CORAL), ((0.47, 0.31), 0.078, _CORAL),
    ((0.33, 0.40), 0.094, _PEONY), ((0.56, 0.45), 0.100, _WHITE), ((0.43, 0.53), 0.092, _PEONY),
    ((0.27, 0.545), 0.066, _CORAL), ((0.615, 0.575), 0.058, _PEONY),
)  # fmt: skip
_SUNS = (((0.145, 0.335), 0.066), ((0.70, 0.275), 0.064), ((0.50, 0.145), 0.056), ((0.335, 0.135), 0.046))


def paint(size: tuple[int, int], seed: int) -> npt.NDArray[np.uint8]:
    """Paint the flowers at a size (width, height) pixels, meant to be upright: (H, W, 3) uint8 sRGB."""
    canvas = Canvas(size, rgb("#5c3a22"), seed)
    sketch = Sketch(size, rgb("#16332f"))
    _room(sketch, canvas.rng)
    canvas.lay(sketch, Brush(0.055, 5, tint=0.03, body=0.45), error=0.0)
    canvas.lay(sketch, Brush(0.028, 5, tint=0.03, hue=0.02, body=0.6, dry=0.4), error=0.03)
    canvas.lay(sketch, Brush(0.013, 5, tint=0.02, body=0.65), error=0.06, detail=0.3)
    canvas.lay(sketch, Brush(0.007, 5, tint=0.015, body=0.6), error=0.08, detail=0.7)
    _jar(canvas)
    _leaves(canvas)
    _spikes(canvas)
    for at, radius in _SUNS:
        _sunflower(canvas, at, radius)
    for at, radius, tones in _ROSES:
        _rose(canvas, at, radius, tones)
    _sprigs(canvas)
    _table_things(canvas)
    return canvas.finish(1.35)


def _room(sketch: Sketch, rng: np.random.Generator) -> None:
    """A dark wall, lighter where the window's light falls, and a table's cloth."""
    u, v, aspect = sketch.u, sketch.v, sketch.aspect
    cloudy = drift((sketch.height, sketch.width), 0.3, rng)
    light = np.exp(-(((u - 0.10) / 0.55) ** 2 + ((v - 0.42) / 0.50) ** 2)) + 0.08 * cloudy
    sketch.colour = mix(rgb("#0d1f24"), rgb("#3f7468"), np.clip(light, 0, 1))
    sketch.colour = mix(sketch.colour, rgb("#8a7a4a"), np.clip(light - 0.72, 0, 1) * 1.2)
    turn = 2.2 + 0.9 * cloudy
    sketch.flow = np.stack([np.cos(turn), np.sin(turn)], -1).astype(np.float32)
    edge = curve([(-0.1, _TABLE - 0.01), (aspect / 2, _TABLE + 0.004), (aspect + 0.1, _TABLE - 0.012)], 20)
    table = sketch.polygon(np.concatenate([edge, [(aspect + 0.1, 1.1), (-0.1, 1.1)]]), 0.002)
    cloth = mix(
        sketch.ramp([(_TABLE, "#b98a5c"), (0.90, "#c99b6a"), (1.0, "#7d4f3a")]),
        rgb("#5a3340"),
        np.clip(u / aspect - 0.35, 0, 1),
    )
    sketch.wash(table, cloth, angle=-0.06 + 0.12 * cloudy, detail=0.2)


_PROFILE = ((0.102, 0.60), (0.088, 0.645), (0.135, 0.72), (0.162, 0.79), (0.140, 0.87), (0.088, 0.928))


def _jar(canvas: Canvas) -> None:
    """A glazed jar: its shadow on the cloth, the round of its body in upright strokes, then few sure lights."""
    shade = canvas.rng.normal(0, 1, (70, 2)) * np.array([0.085, 0.011]) + np.array([_JAR + 0.135, 0.918])
    canvas.dab(shade, -0.03, palette("#3a2233", "#4a2c36")[canvas.rng.integers(0, 2, 70)],
               Brush(0.020, 4.5, tint=0.02, body=0.4, dry=0.4, pickup=0.2))  # fmt: skip
    side = curve(_PROFILE, 24)
    across = np.linspace(-1, 1, 34)
    lines = [np.stack([_JAR + s * side[:, 0] * 0.95, side[:, 1] + 0.012 * (1 - s * s)], 1) for s in across]
    stops = palette("#14296a", "#3568bb", "#6fa3e0", "#2f63bd", "#1d4396", "#152f76", "#0f2156", "#2b3468", "#5b5170")
    tones = grade(stops, (across + 1) / 2)
    order = np.argsort(-np.abs(across))
    glaze = Brush(0.016, 1.0, tint=0.02, streak=0.04, body=0.8, dry=0.02, pickup=0.0)
    canvas.draw([lines[i] for i in order], tones[order], glaze)
    foot = [np.stack([_JAR + across * side[-1 - k, 0], side[-1 - k, 1] + 0.012 * (1 - across**2)], 1) for k in (0, 1)]
    canvas.draw(foot, palette("#2a1e3c", "#8a6a58"), Brush(0.009, 1.0, body=0.7, dry=0.2, pickup=0.1))
    for k, tone, width in ((11, "#e2cf98", 0.009), (13, "#9fb9dc", 0.006)):
        bow = np.linspace(-0.93, 0.93, 24)
        ring = np.stack([_JAR + bow * side[k, 0], side[k, 1] + 0.030 * (1 - bow**2)], 1)
        dim = mix(rgb(tone), rgb("#152f76"), 0.55)
        canvas.draw([ring], dim, Brush(width, 1.0, tint=0.02, body=0.9, dry=0.1, pickup=0.1))
        canvas.draw([ring[2:14]], rgb(tone), Brush(width * 0.8, 1.0, tint=0.02, body=1.0, dry=0.4, pickup=0.0))
    for x, y, size in ((-0.088, 0.745, 1.0), (-0.078, 0.742, 0.8), (-0.094, 0.778, 0.9)):
        pane = np.array([(_JAR + x, y)])
        canvas.dab(pane, 1.45, rgb("#eef5f6"), Brush(0.011, 2.6, body=1.0, dry=0.2, pickup=0.08), bend=-0.3,
                   widths=np.array([size]))  # fmt: skip
    glow = np.array([(_JAR + 0.095, 0.865), (_JAR + 0.075, 0.885)])
    canvas.dab(glow, 2.2, rgb("#b98a6a"), Brush(0.009, 5, body=0.7, dry=0.5, pickup=0.3), bend=-0.4)


def _leaves(canvas: Canvas) -> None:
    """A mass of green behind the flowers: darks first, cool lights on top, some leaves that hang."""
    rng = canvas.rng
    heart = np.array([0.43, 0.40])
    for n, tones, reach, size in (
        (330, ("#0c2420", "#12352a", "#0f2c33"), 1.0, 1.25),
        (200, ("#1f5038", "#2f6a3f", "#20585a"), 1.04, 1.0),
        (90, ("#5f9150", "#86ab58", "#4f8f80"), 1.08, 0.75),
    ):  # fmt: skip
        turn = rng.uniform(0, 2 * np.pi, n)
        far = np.sqrt(rng.random(n)) * reach
        at = heart + np.stack([np.cos(turn) * far * 0.315, np.sin(turn) * far * 0.275], 1)
        outward = np.arctan2(at[:, 1] - heart[1] - 0.15, at[:, 0] - heart[0]) + rng.normal(0, 0.45, n)
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        canvas.dab(at, outward, tints, Brush(0.021, 4.2, tint=0.03, streak=0.06, body=0.8, dry=0.12),
                   bend=rng.normal(0, 0.6, n), widths=size * rng.uniform(0.7, 1.15, n))  # fmt: skip
    hanging = np.array([(0.255, 0.665), (0.60, 0.665), (0.66, 0.60), (0.19, 0.61), (0.51, 0.665), (0.345, 0.665)])
    angles = np.array([2.1, 1.0, 0.75, 2.5, 1.45, 1.8])
    for tone, brush in (("#1b4a35", Brush(0.030, 4.0, streak=0.06, body=0.9, dry=0.1)),
                        ("#7faa58", Brush(0.010, 8.0, streak=0.05, body=1.0, dry=0.4))):  # fmt: skip
        canvas.dab(hanging, angles, rgb(tone), brush, bend=0.5)


def _spikes(canvas: Canvas) -> None:
    """Delphiniums: blue above the warm crowd, two touches a floret."""
    rng = canvas.rng
    for x, y, lean, tall in (
        (0.20, 0.30, -0.35, 0.25),
        (0.60, 0.22, 0.26, 0.19),
        (0.43, 0.19, -0.04, 0.15),
        (0.74, 0.42, 0.62, 0.2),
        (0.11, 0.47, -0.85, 0.17),
    ):
        stem = np.array([(x, y), (x + np.sin(lean) * tall, y - np.cos(lean) * tall)])
        canvas.draw([stem], rgb("#2d5a3c"), Brush(0.006, 1.0, body=0.7, pickup=0.0))
        n = int(190 * tall)
        up = np.sort(rng.random(n))[::-1]
        at = stem[0] + (stem[1] - stem[0]) * up[:, None] + rng.normal(0, 1, (n, 2)) * (0.016 * (1.15 - up))[:, None]
        for tones, size in (
            (("#1c2a78", "#3a2f86"), 1.0),
            (("#4763c8", "#6f7fe0", "#8a78d0"), 0.75),
            (("#b9c6f4",), 0.4),
        ):
            tints = palette(*tones)[rng.integers(0, len(tones), n)]
            canvas.dab(
                at + rng.normal(0, 0.003, (n, 2)),
                rng.uniform(0, 3.1, n),
                tints,
                Brush(0.012, 1.7, tint=0.03, body=1.0, dry=0.1, pickup=0.05),
                bend=0.9,
                widths=size * (1.2 - 0.5 * up),
            )


def _rose(canvas: Canvas, at: tuple[float, float], radius: float, tones: tuple[tuple[str, str], ...]) -> None:
    """A full blossom: rings of petals from the outside in, each ring lighter towards the window."""
    rng = canvas.rng
    x, y = at
    under = rng.normal(0, 0.42, (26, 2)) * radius + [x + radius * 0.10, y + radius * 0.12]
    canvas.dab(
        under, rng.uniform(0, 3, 26), rgb(tones[0][0]), Brush(radius * 0.55, 1.6, tint=0.02, body=0.6, pickup=0.1)
    )
    for ring, n in ((1.0, 13), (0.80, 12), (0.60, 10), (0.42, 8), (0.24, 6), (0.10, 3)):
        turn = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.uniform(0, 2) + rng.normal(0, 0.16, n)
        far = radius * ring * rng.uniform(0.90, 1.10, n)
        middle = np.stack([x + np.cos(turn) * far - radius * 0.10 * (1 - ring), y + np.sin(turn) * far * 0.88], 1)
        facing = np.cos(turn - 3.9)  # 1 on the side of the window, upper left
        level = np.clip(1.55 + 1.15 * facing + rng.normal(0, 0.35, n) - 0.9 * (ring < 0.3), 0, 3)
        deep = palette(*[tone[0] for tone in tones])[np.maximum(level - 1, 0).astype(int)]
        lit = palette(*[tone[1] for tone in tones])[np.rint(level).astype(int)]
        order = np.argsort(facing)
        petal = Brush(
            radius * (0.36 if ring > 0.3 else 0.24), 2.4, tint=0.03, streak=0.045, body=1.0, dry=0.1, pickup=0.06
        )
        inner = middle + (np.array([x, y]) - middle) * 0.16
        canvas.dab(inner[order], (turn + np.pi / 2)[order], deep[order], petal, bend=1.3)
        canvas.dab(middle[order], (turn + np.pi / 2)[order], lit[order], petal, bend=1.5, widths=np.full(n, 0.85))


def _sunflower(canvas: Canvas, at: tuple[float, float], radius: float) -> None:
    """Rays in two rows, ochre below lemon, round a brown heart of stippled paint."""
    rng = canvas.rng
    for n, reach, tones in (
        (22, 0.82, ("#a85a12", "#c9781a")),
        (19, 0.70, ("#f2b320", "#ffcb3d", "#e89a1c")),
        (9, 0.66, ("#ffe27a",)),
    ):
        turn = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.normal(0, 0.16, n)
        middle = np.stack([at[0] + np.cos(turn) * radius * reach, at[1] + np.sin(turn) * radius * reach * 0.92], 1)
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        ray = Brush(radius * 0.27, 2.9, tint=0.03, streak=0.05, body=1.0, dry=0.15, pickup=0.05)
        canvas.dab(
            middle,
            turn + rng.normal(0, 0.12, n),
            tints,
            ray,
            bend=rng.normal(0, 0.35, n),
            widths=rng.uniform(0.75, 1.1, n),
        )
    for n, spread, tone in ((46, 0.21, "#3a1d10"), (24, 0.17, "#6b3716"), (12, 0.14, "#b06a24")):
        dots = rng.normal(0, spread, (n, 2)) * radius + np.array(at) - [0, 0.02 * radius]
        canvas.dab(dots, rng.uniform(0, 3, n), rgb(tone), Brush(radius * 0.13, 1.3, body=1.0, dry=0.0, pickup=0.0))


def _sprigs(canvas: Canvas) -> None:
    """Small white stars scattered over the darks: the last lights."""
    rng = canvas.rng
    heart = np.array(
        [
            (0.30, 0.225),
            (0.145, 0.40),
            (0.70, 0.50),
            (0.485, 0.40),
            (0.38, 0.30),
            (0.63, 0.32),
            (0.33, 0.61),
            (0.24, 0.20),
        ]
    )
    at = np.concatenate([h + rng.normal(0, 0.020, (11, 2)) for h in heart])
    for petal in range(4):
        turn = petal * np.pi / 2 + rng.normal(0, 0.3, len(at))
        tip = at + np.stack([np.cos(turn), np.sin(turn)], 1) * 0.0055
        canvas.dab(tip, turn, rgb("#f4f0da"), Brush(0.0055, 1.8, tint=0.03, body=1.0, dry=0.0, pickup=0.05))
    canvas.dab(at, 0.4, rgb("#e6b23a"), Brush(0.0045, 1.3, body=1.0, dry=0.0, pickup=0.0))


def _table_things(canvas: Canvas) -> None:
    """Two lemons and fallen petals: light, half tone and shadow on each round thing, and its own shade on the cloth."""
    rng = canvas.rng
    for x, y, r in ((0.115, 0.895, 0.043), (0.205, 0.925, 0.040)):
        spot = np.array([(x + r * 0.9, y + r * 0.75), (x + r * 0.3, y + r * 0.85)])
        canvas.dab(spot, -0.03, rgb("#4a2a34"), Brush(r * 0.55, 3.6, body=0.4, pickup=0.2))
        for size, dx, dy, tone in (
            (1.0, 0.0, 0.0, "#8f6414"), (0.86, -0.10, -0.09, "#cf9a1d"), (0.66, -0.18, -0.20, "#efc63a"),
            (0.40, -0.26, -0.30, "#fbe474"), (0.14, -0.32, -0.40, "#fffbe0"),
        ):  # fmt: skip
            n = max(int(16 * size), 3)
            turn = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.uniform(0, 1)
            ring = np.stack([np.cos(turn) * r * size * 0.78, np.sin(turn) * r * size * 0.56], 1)
            middle = ring + np.array([x + dx * r, y + dy * r])
            canvas.dab(
                middle,
                turn + np.pi / 2,
                rgb(tone),
                Brush(r * (0.10 + 0.36 * size), 1.8, tint=0.02, body=1.0, dry=0.05, pickup=0.0),
                bend=1.2,
            )
            canvas.dab(middle[:4] * 0.3 + middle.mean(axis=0) * 0.7, 0.2, rgb(tone),
                       Brush(r * size * 0.6, 1.6, tint=0.02, body=1.0, dry=0.05, pickup=0.0))  # fmt: skip
    fallen = np.array([(0.62, 0.895), (0.67, 0.93), (0.33, 0.955), (0.71, 0.88), (0.52, 0.955), (0.045, 0.95)])
    canvas.dab(np.add(fallen, (0.008, 0.007)), 0.1, rgb("#3f2430"), Brush(0.018, 2.2, body=0.4, pickup=0.3), bend=0.8)
    canvas.dab(
        fallen,
        rng.uniform(-0.5, 0.5, 6),
        palette("#e2586a", "#f7aaa0", "#f7eedb", "#e9703a", "#fcd0bb", "#d13a55"),
        Brush(0.018, 2.0, streak=0.05, body=1.0, dry=0.05, pickup=0.0),
        bend=1.1,
    )
