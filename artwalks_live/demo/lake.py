"""A mountain lake in October: birches, gold leaves, snow that the water repeats. Knife planes, clear morning light."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.mountain import Peak, raise_peak
from artwalks_live.demo.sketch import Sketch, curve, drift, mix, palette, rgb

_SHORE = 0.575
_PEAKS = (
    Peak((1.36, 0.245), 0.52, _SHORE, "#f3d9c8", "#8fa3cf", "#c9a08f", "#6b78ab"),
    Peak((0.34, 0.215), 0.60, _SHORE, "#f6d9c4", "#8b9ccc", "#c79a88", "#6672a8"),
    Peak((0.90, 0.085), 0.74, _SHORE, "#fff1dc", "#7d9bd6", "#c98f78", "#4c5f9e"),
)
_BIRCHES = (
    # foot, how far it leans at the top, width
    ((0.395, 0.93), 0.035, 0.026), ((1.405, 0.94), -0.030, 0.030), ((0.105, 0.99), -0.03, 0.050),
    ((1.520, 1.01), 0.045, 0.046), ((0.235, 1.02), 0.055, 0.058),
)  # fmt: skip


def paint(size: tuple[int, int], seed: int) -> npt.NDArray[np.uint8]:
    """Paint the lake at a size (width, height) pixels: (H, W, 3) uint8 sRGB."""
    canvas = Canvas(size, rgb("#b0714a"), seed)
    sketch = Sketch(size, rgb("#9cc4dc"))
    _sky(sketch, canvas.rng)
    for peak in _PEAKS:
        raise_peak(sketch, canvas.rng, peak)
    _forest(sketch)
    _water(sketch)
    canvas.lay(sketch, Brush(0.055, 4.5, tint=0.025, body=0.4), error=0.0)
    canvas.lay(sketch, Brush(0.026, 4.5, tint=0.025, hue=0.015, body=0.75, dry=0.3), error=0.03)
    canvas.lay(sketch, Brush(0.013, 4, tint=0.02, hue=0.01, body=0.8), error=0.07)
    canvas.lay(sketch, Brush(0.007, 4, tint=0.015, body=0.7), error=0.09, detail=0.4)
    _larches(canvas)
    _shimmer(canvas, sketch)
    _canoe(canvas)
    _bank(canvas)
    for birch in _BIRCHES:
        _birch(canvas, *birch)
    _leaves(canvas)
    return canvas.finish(1.15)


def _sky(sketch: Sketch, rng: np.random.Generator) -> None:
    """Cold blue that warms towards the peaks, and a few clouds laid with the flat of the knife."""
    cloudy = drift((sketch.height, sketch.width), 0.32, rng)
    sketch.colour = sketch.ramp([(0.0, "#4f92c9"), (0.2, "#86bbdd"), (0.38, "#d6e2dc"), (0.55, "#f6e3c4")])
    veil = np.sin((sketch.v + 0.16 * sketch.u) * 34 + 2.2 * cloudy)
    cloud = np.clip(0.9 * veil - 0.15 + 0.5 * cloudy, 0, 1) * np.clip(1.25 - sketch.v * 2.4, 0, 1)
    sketch.colour = mix(sketch.colour, rgb("#fbf3e6"), cloud * 0.85)
    turn = -0.16 + 0.22 * cloudy
    sketch.flow = np.stack([np.cos(turn), np.sin(turn)], -1).astype(np.float32)


def _forest(sketch: Sketch) -> None:
    """The far shore: blue spruces, gold larches, a strip of sunlit grass at the water."""
    rng = np.random.default_rng(3)
    for top, tones, wide in (
        (0.475, ("#6f8aa0", "#7f93a0"), 0.018), (0.505, ("#3c6468", "#29485a", "#2f5560"), 0.022),
    ):  # fmt: skip
        x = np.arange(-0.02, sketch.aspect + 0.03, wide * 0.55)
        swell = 0.055 * np.cos((x / sketch.aspect - 0.5) * np.pi) ** 2
        tip = top + swell - 0.02 + rng.uniform(-0.022, 0.030, len(x))
        for kind, tone in enumerate(tones):
            stand = [[(x[i] - wide / 2, _SHORE), (x[i], tip[i]), (x[i] + wide / 2, _SHORE)]
                     for i in range(kind, len(x), len(tones))]  # fmt: skip
            sketch.wash(sketch.polygons(stand), tone, angle=np.pi / 2, detail=0.6)
    grass = sketch.polygon([(-0.1, _SHORE - 0.014), (0.6, _SHORE - 0.010), (sketch.aspect + 0.1, _SHORE - 0.014),
                            (sketch.aspect + 0.1, _SHORE + 0.004), (-0.1, _SHORE + 0.004)], 0.001)  # fmt: skip
    sketch.wash(grass, "#d9b45a", angle=0.0, detail=0.6)


def _water(sketch: Sketch) -> None:
    """The lake: the picture above upside down, greener and darker, with a bright line of wind."""
    line = int(_SHORE * sketch.height)
    rows = np.arange(sketch.height - line)
    shown = np.clip(line - 1 - (rows * 1.05).astype(int), 0, None)
    sway = (3 * np.sin(rows * 0.35) * (1 + rows / max(len(rows), 1) * 3) * sketch.height / 1000).astype(int)
    columns = np.clip(np.arange(sketch.width)[None] + sway[:, None], 0, sketch.width - 1)
    mirror = sketch.colour[shown[:, None], columns]
    deep = sketch.ramp([(0.57, "#4fb3b8"), (0.72, "#128a9c"), (1.0, "#07506e")])[line:]
    sketch.colour[line:] = mix(
        mirror * np.array([0.90, 0.97, 1.0], np.float32),
        deep,
        np.linspace(0.15, 0.72, len(rows))[:, None] * np.ones((1, sketch.width)),
    )
    sketch.flow[line:] = (1.0, 0.0)
    sketch.detail[line:] = 0.0
    wind = np.exp(-(((sketch.v - 0.600) / 0.006) ** 2)) * np.clip(np.sin(sketch.u * 4 + 0.5) + 0.6, 0, 1)
    sketch.colour = mix(sketch.colour, rgb("#dcebe6"), wind * 0.8)


def _larches(canvas: Canvas) -> None:
    """Gold among the spruces, each with its light in the water."""
    rng = canvas.rng
    n = 62
    x = np.sort(np.concatenate([rng.uniform(0.0, 0.62, 30), rng.uniform(1.0, 1.62, 32)]))
    tall = rng.uniform(0.035, 0.085, n) * (0.75 + 0.5 * np.abs(x - 0.8))
    for row in range(7):
        t = row / 6
        at = np.stack([x + rng.normal(0, 0.0045, n) * (1.2 - t), _SHORE - 0.010 - tall * t], 1)
        tints = palette("#c9791f", "#e5a02c", "#f4c84a", "#b8621f", "#ffdf7a")[rng.integers(0, 4 + (row > 2), n)]
        canvas.dab(
            at,
            np.pi / 2 + rng.normal(0, 0.25, n),
            tints,
            Brush(0.0125, 2.6, tint=0.03, body=0.9, dry=0.2, pickup=0.05),
            widths=1.15 - 0.72 * t + 0 * x,
        )
        below = np.stack([x + rng.normal(0, 0.006, n), 2 * _SHORE - at[:, 1] + 0.006], 1)
        canvas.dab(
            below,
            0.0,
            tints * 0.86,
            Brush(0.008, 3.4, tint=0.02, body=0.6, dry=0.4, pickup=0.4),
            widths=1.2 - 0.6 * t + 0 * x,
        )


def _shimmer(canvas: Canvas, sketch: Sketch) -> None:
    """Level touches on the water: sky in the troughs, gold from the trees, deep green near us."""
    rng = canvas.rng
    n = 900
    depth = np.sort(rng.random(n) ** 1.2)
    at = np.stack([rng.random(n) * sketch.aspect, _SHORE + 0.02 + depth * 0.40], 1)
    row = (at[:, 1] * canvas.height).astype(int).clip(0, canvas.height - 1)
    under = sketch.colour[row, (at[:, 0] * canvas.height).astype(int).clip(0, canvas.width - 1)]
    accent = palette("#c9ebe8", "#1f9fae", "#0a5a78", "#f6dcb8", "#eaa83c", "#6fcfcb")[
        rng.choice(6, n, p=[0.2, 0.24, 0.26, 0.1, 0.06, 0.14])
    ]
    share = rng.uniform(0.15, 0.75, n)[:, None]
    canvas.dab(
        at,
        rng.normal(0, 0.03, n),
        (under * (1 - share) + accent * share).astype(np.float32),
        Brush(0.0085, 8, tint=0.02, body=0.7, dry=0.5, pickup=0.2),
        bend=rng.normal(0, 0.2, n),
        widths=0.35 + 1.3 * depth,
    )


def _canoe(canvas: Canvas) -> None:
    """A red canoe with one paddler, where the peak's reflection is brightest."""
    rng = canvas.rng
    x, y = 0.985, 0.715
    down = rng.random(90)
    at = np.stack([x + rng.normal(0, 0.042, 90) * (1.2 - 0.5 * down), y + 0.012 + down * 0.055], 1)
    tints = np.where((down < 0.4)[:, None], rgb("#8a2a2a"), rgb("#3a5560"))
    canvas.dab(at, 0.0, tints, Brush(0.006, 6, tint=0.02, body=0.6, dry=0.4, pickup=0.25))
    hull = Brush(0.0105, 1.0, tint=0.02, body=1.0, dry=0.02, pickup=0.0)
    lines = [
        curve(
            [
                (x - 0.098 + r * 1.5, y - 0.020 + r),
                (x - 0.05, y - 0.004 + r),
                (x + 0.05, y - 0.004 + r),
                (x + 0.098 - r * 1.5, y - 0.021 + r),
            ]
        )
        for r in (0.0, 0.006, 0.012)
    ]
    canvas.draw(lines, palette("#d8341f", "#c0261c", "#8a1a1c"), hull)
    canvas.draw([lines[0] + [0, -0.004]], rgb("#ffb27a"), Brush(0.004, 1.0, body=1.0, dry=0.2, pickup=0.0))
    for w in (-0.007, 0.0, 0.007):
        canvas.draw(
            [np.array([(x - 0.02 + w, y - 0.006), (x - 0.017 + w * 0.6, y - 0.050)])],
            rgb("#2a3f6a"),
            Brush(0.011, 1, dry=0.0, body=0.8, pickup=0.0),
        )
    canvas.dab(np.array([(x - 0.016, y - 0.059)]), 1.57, rgb("#d79a6a"), Brush(0.012, 1.3, dry=0.0, pickup=0.0))
    canvas.dab(
        np.array([(x - 0.016, y - 0.067), (x - 0.016, y - 0.070)]),
        0.0,
        rgb("#e8c060"),
        Brush(0.007, 3.2, body=1, pickup=0.0),
    )
    canvas.draw(
        [np.array([(x - 0.030, y - 0.046), (x + 0.040, y + 0.018)])],
        rgb("#5a3420"),
        Brush(0.004, 1, dry=0.0, pickup=0.0),
    )


def _bank(canvas: Canvas) -> None:
    """The near shore: rust and gold grasses, blue in the shadows, rising into both corners."""
    rng = canvas.rng
    n = 3400
    u = np.concatenate([rng.uniform(-0.05, 0.86, n // 2), rng.uniform(0.90, 1.68, n - n // 2)])
    edge = 0.995 - 0.135 * np.clip((0.74 - u) / 0.74, 0, 1) ** 0.8 - 0.120 * np.clip((u - 1.0) / 0.6, 0, 1) ** 0.8
    depth = rng.random(n)
    v = edge + depth * (1.06 - edge)
    order = np.argsort(v)
    u, v, depth = u[order], v[order], depth[order]
    patch = np.sin(u * 13) + np.sin(u * 5.1 + 2)
    tones = palette("#5a2a2a", "#8f3f22", "#b8641f", "#d9912e", "#efc050", "#3a4468", "#6b6a34")
    pick = np.clip(rng.normal(2.2 + 0.5 * patch, 1.3, n), 0, 4).astype(int)
    pick = np.where(rng.random(n) < 0.2, rng.integers(5, 7, n), pick)
    canvas.dab(
        np.stack([u, v], 1),
        -np.pi / 2 + rng.normal(0.08, 0.33, n),
        tones[pick],
        Brush(0.010, 6, tint=0.03, streak=0.05, body=0.9, dry=0.4, pickup=0.05),
        bend=rng.normal(0.2, 0.4, n),
        widths=0.55 + 0.6 * depth,
    )


def _birch(canvas: Canvas, foot: tuple[float, float], lean: float, width: float) -> None:
    """A trunk: warm white on the side of the light, lilac and blue in shadow, black scars, boughs that fork."""
    rng = canvas.rng
    x, y = foot
    spine = curve([(x, y), (x + lean * 0.15, y * 0.66), (x + lean * 0.65, y * 0.33), (x + lean, -0.04)], 60)
    taper = np.linspace(1.0, 0.55, 60)[:, None]
    boughs = []
    for _ in range(6):
        fork = spine[rng.integers(22, 54)]
        side = rng.choice([-1, 1])
        reach = rng.uniform(0.06, 0.13)
        end = fork + np.array([side * reach, -reach * rng.uniform(0.6, 1.3)])
        boughs.append(curve(np.stack([fork, (fork + end) / 2 + [side * 0.004, -0.016], end]), 12))
    canvas.draw(boughs, rgb("#4a3a48"), Brush(width * 0.13, 1.0, tint=0.02, streak=0.04, body=0.8, dry=0.1, pickup=0.0))
    n = int(5200 * width)
    along = rng.random(n)
    i = (along * 59).astype(int)
    across = rng.uniform(-0.5, 0.5, n)
    at = spine[i] + np.stack([across * width * taper[i, 0], np.zeros(n)], 1)
    base = [np.stack([spine[:, 0] + s * width * taper[:, 0], spine[:, 1]], 1) for s in (-0.40, -0.2, 0.0, 0.2, 0.40)]
    canvas.draw(base, palette("#f7e6cc", "#fdf4e2", "#dcd2d8", "#aaa6c8", "#6f6f9c"),
                Brush(width * 0.30, 1.0, tint=0.01, streak=0.02, body=0.8, dry=0.0, pickup=0.0))  # fmt: skip
    lit = np.clip(0.5 - across + rng.normal(0, 0.14, n), 0, 0.999)
    tints = palette("#5f618f", "#9a98c0", "#cfc6d2", "#f3e6d0", "#fffaf0")[(lit * 5).astype(int)]
    canvas.dab(
        at,
        rng.normal(0.08, 0.16, n),
        tints,
        Brush(width * 0.17, 2.2, tint=0.025, streak=0.04, body=1.0, dry=0.25, pickup=0.1),
        bend=0.5,
        widths=taper[i, 0],
    )
    m = 26
    scar = spine[rng.integers(0, 60, m)] + np.stack(
        [rng.uniform(-0.36, 0.25, m) * width * 0.8, rng.normal(0, 0.006, m)], 1
    )
    canvas.dab(
        scar,
        rng.normal(0.05, 0.15, m),
        palette("#1f1a24", "#3a2c34")[rng.integers(0, 2, m)],
        Brush(width * 0.11, 4.0, tint=0.01, body=0.8, dry=0.5, pickup=0.0),
        bend=0.6,
        widths=rng.uniform(0.4, 1.15, m),
    )


def _leaves(canvas: Canvas) -> None:
    """Foliage in hanging clusters, darks first, then gold, then the few that the sun comes through; some fall."""
    rng = canvas.rng
    hearts = np.array(
        [
            (0.06, 0.10),
            (0.20, 0.06),
            (0.34, 0.09),
            (0.14, 0.22),
            (0.43, 0.16),
            (0.30, 0.20),
            (0.02, 0.30),
            (1.38, 0.08),
            (1.50, 0.10),
            (1.58, 0.20),
            (1.30, 0.05),
            (1.45, 0.22),
            (1.60, 0.34),
            (0.50, 0.05),
        ]
    )
    for n, tones, size, drop in (
        (420, ("#8a3f1c", "#a8561f", "#7a4a2a"), 1.0, 0.01), (640, ("#d88a22", "#e8a52e", "#c4701f"), 0.95, 0.0),
        (520, ("#f7c845", "#ffd95e", "#f0b030"), 0.85, -0.006), (160, ("#fff0a0", "#ffe478"), 0.7, -0.012),
    ):  # fmt: skip
        at = hearts[rng.integers(0, len(hearts), n)] + rng.normal(0, 1, (n, 2)) * [0.055, 0.048] + [drop, drop]
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        canvas.dab(
            at,
            rng.normal(1.1, 0.6, n),
            tints,
            Brush(0.0125, 1.9, tint=0.03, streak=0.05, body=1.0, dry=0.15, pickup=0.03),
            bend=rng.normal(0, 0.6, n),
            widths=size * rng.uniform(0.6, 1.2, n),
        )
    falling = np.stack([rng.uniform(0.0, 1.6, 46), rng.uniform(0.30, 0.97, 46)], 1)
    falling = falling[(np.abs(falling[:, 0] - 0.85) > 0.28) | (falling[:, 1] > 0.8)]
    canvas.dab(
        falling,
        rng.uniform(0, 3, len(falling)),
        palette("#f7c845", "#e8902a", "#ffe07a")[rng.integers(0, 3, len(falling))],
        Brush(0.010, 2.0, body=1.0, dry=0.0, pickup=0.0),
        bend=0.9,
    )
