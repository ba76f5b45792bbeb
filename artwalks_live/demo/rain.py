"""A street in the rain: lamps, umbrellas, and every light twice. Upright knife strokes below, dark houses above."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.figures import umbrella, walker
from artwalks_live.demo.sketch import Array, Point, Sketch, curve, drift, mix, palette, rgb

_VANISH = (0.86, 0.555)  # where the street ends
_FRONTS = (0.0, 0.05, 0.11, 0.19, 0.29, 0.42, 0.58, 0.90)  # where one house ends and the next begins
_LAMPS = (
    # foot of the post, its height; far ones first
    ((0.735, 0.585), 0.12), ((0.985, 0.585), 0.12), ((0.640, 0.615), 0.21), ((1.085, 0.615), 0.21),
    ((0.470, 0.675), 0.36), ((1.265, 0.675), 0.36), ((0.150, 0.790), 0.66), ((1.535, 0.780), 0.64),
)  # fmt: skip
_WALKERS = (
    # feet, height, colour of the umbrella and of its lit side; far ones first
    ((0.930, 0.625), 0.080, "#3d4a86", "#7f92d8"), ((0.790, 0.640), 0.085, "#8a5a20", "#e0a040"),
    ((1.120, 0.690), 0.135, "#1f6a6a", "#52b8a8"), ((0.565, 0.700), 0.140, "#5a2f7a", "#a878d0"),
    ((1.360, 0.850), 0.270, "#20406a", "#5a8fd0"), ((0.690, 0.890), 0.330, "#a01822", "#f0483a"),
)  # fmt: skip


def paint(size: tuple[int, int], seed: int) -> npt.NDArray[np.uint8]:
    """Paint the street at a size (width, height) pixels: (H, W, 3) uint8 sRGB."""
    canvas = Canvas(size, rgb("#3a2530"), seed)
    sketch = Sketch(size, rgb("#1c2446"))
    _night(sketch, canvas.rng)
    _houses(sketch)
    _lamplight(sketch)
    _wet_street(sketch)
    canvas.lay(sketch, Brush(0.055, 4, tint=0.03, body=0.4), error=0.0)
    canvas.lay(sketch, Brush(0.026, 5, tint=0.03, hue=0.03, streak=0.05, body=0.65, dry=0.4), error=0.04)
    canvas.lay(sketch, Brush(0.012, 4, tint=0.03, hue=0.02, body=0.75), error=0.08)
    canvas.lay(sketch, Brush(0.007, 4, tint=0.02, body=0.7), error=0.10, detail=0.5)
    _windows(canvas)
    _mirror_streaks(canvas)
    _tram(canvas)
    _trees(canvas)
    for foot, tall in _LAMPS:
        _lamp(canvas, foot, tall)
    for someone in _WALKERS:
        _walker(canvas, *someone)
    _fallen_leaves(canvas)
    return canvas.finish(1.25)


def _night(sketch: Sketch, rng: np.random.Generator) -> None:
    """Low cloud that the town lights from below."""
    cloudy = drift((sketch.height, sketch.width), 0.22, rng)
    sketch.colour = sketch.ramp(
        [
            (0.0, "#101a4c"),
            (0.18, "#1f3480"),
            (0.34, "#4b4f98"),
            (0.46, "#a5688a"),
            (0.54, "#e58f58"),
            (0.61, "#ffc468"),
        ]
    )
    sketch.colour = np.clip(sketch.colour + 0.045 * cloudy[..., None], 0, 1)
    sketch.glow(_VANISH, 0.17, "#ffb050", 0.70, 1.3)
    turn = np.pi / 2 + 0.7 + 0.6 * cloudy
    sketch.flow = np.stack([np.cos(turn), np.sin(turn)], -1).astype(np.float32)


def _houses(sketch: Sketch) -> None:
    """Two rows of fronts that run towards the light; roofs step down, far fronts turn warm, ground floors glow."""
    rng = np.random.default_rng(11)
    tones = palette("#1a2350", "#2c1f48", "#142b50", "#37233e", "#1f2256")
    for side in (-1, 1):
        for far, near in reversed(list(pairwise(_FRONTS))):
            body = mix(tones[rng.integers(0, 5)], rgb("#b5713f"), 0.75 * np.exp(-far * 6.0))
            high = rng.uniform(-0.04, 0.06)
            roof = [_front(side, near, 1.0 + high), _front(side, near - 0.25 * (near - far), 1.16 + high),
                    _front(side, far + 0.2 * (near - far), 1.15 + high), _front(side, far, 1.0 + high)]  # fmt: skip
            sketch.wash(sketch.polygon(roof), mix(body, rgb("#12142c"), 0.55), angle=0.35 * side, detail=0.6)
            wall = [_front(side, near, 0.0), *roof[::3], _front(side, far, 0.0)]
            sketch.wash(sketch.polygon(wall), body, angle=np.pi / 2, detail=0.6)
            corner = [_front(side, near, 0.0), _front(side, near, 1.0 + high), _front(side, near - 0.012, 1.0 + high),
                      _front(side, near - 0.012, 0.0)]  # fmt: skip
            sketch.wash(sketch.polygon(corner), mix(body, rgb("#f0a860"), 0.30), angle=np.pi / 2, detail=0.6)


def _front(side: int, run: float, up: float) -> Point:
    """A place on the fronts of one side: how far from the end of the street, how high (0 pavement, 1 eaves)."""
    grow = 0.06 + run
    foot = 0.603 + 0.13 * run
    return _VANISH[0] + side * (0.09 + run), foot - up * (0.10 + 0.78 * grow) * (0.72 if side < 0 else 0.66)


def _lamplight(sketch: Sketch) -> None:
    """Each lamp lights the wet air round it."""
    for (x, y), tall in _LAMPS:
        head = (x, y - tall)
        sketch.glow(head, 0.30 * tall + 0.02, "#ff8a30", 0.30, 1.2)
        sketch.glow(head, 0.13 * tall + 0.01, "#ffb95a", 0.60, 1.5)


def _wet_street(sketch: Sketch) -> None:
    """The street shows the picture above it upside down, drawn out and darker; its strokes hang straight down."""
    line = int(0.605 * sketch.height)
    rows = np.arange(sketch.height - line)
    above = np.clip(line - 1 - (rows * 1.15).astype(int), 0, None)
    mirror = sketch.colour[above]
    deep = sketch.ramp([(0.6, "#6a5068"), (0.75, "#2c3560"), (1.0, "#141c3c")])[line:]
    sketch.colour[line:] = mix(deep, mirror, 0.62)
    middle = np.exp(-(((sketch.u - _VANISH[0]) / (0.07 + 0.35 * np.maximum(sketch.v - 0.6, 0))) ** 2))
    road = (sketch.v > 0.605) * middle * np.clip(1.15 - (sketch.v - 0.6) * 2.4, 0, 1)
    sketch.colour = mix(sketch.colour, rgb("#f5b45c"), road * 0.8)
    sketch.flow[line:] = (0.0, 1.0)
    sketch.detail[line:] = 0.0


def _windows(canvas: Canvas) -> None:
    """Lit panes in perspective, dark ones between them, and shop windows under awnings at the foot of the fronts."""
    rng = canvas.rng
    panes: list[tuple[tuple[float, float], float, bool]] = []
    shops: list[tuple[tuple[float, float], float]] = []
    for side in (-1, 1):
        for far, near in pairwise(_FRONTS):
            columns = 3 if near - far > 0.09 else 2
            for run in far + (near - far) * (np.arange(columns) + 0.5) / columns:
                size = 0.16 + 1.0 * run
                panes += [(_front(side, run, up), size, rng.random() < 0.42) for up in (0.40, 0.60, 0.80)]
                shops.append((_front(side, run, 0.13), size))
    places, sizes = np.array([pane[0] for pane in panes]), np.array([pane[1] for pane in panes])
    lit = np.array([pane[2] for pane in panes])
    warm = palette("#ffcf70", "#ffb24a", "#f79a3c", "#ffe2a0", "#a9c8cf")[rng.integers(0, 5, len(panes))]
    tints = np.where(lit[:, None], warm, rgb("#161a38"))
    canvas.dab(places, np.pi / 2, tints, Brush(0.036, 2.0, tint=0.04, streak=0.06, body=0.9, dry=0.15, pickup=0.12),
               widths=sizes)  # fmt: skip
    glow = palette("#ffb850", "#ff9a46", "#ffd98a", "#d8603a", "#6fb0b0", "#2a2a58", "#3a2a50")[
        rng.integers(0, 7, len(shops))
    ]
    at, size = np.array([shop[0] for shop in shops]), np.array([shop[1] for shop in shops])
    for dx in (-0.35, 0.35):
        shifted = at + np.stack([dx * size * 0.06, np.zeros(len(at))], 1)
        canvas.dab(
            shifted,
            np.pi / 2,
            glow,
            Brush(0.052, 1.7, tint=0.05, streak=0.08, body=0.95, dry=0.25, pickup=0.1),
            widths=size,
        )
    awning = palette("#7a2030", "#1f4a55", "#6a4a20", "#3a2a5a")[rng.integers(0, 4, len(shops))]
    above = at - np.stack([np.zeros(len(at)), 0.052 * size], 1)
    canvas.dab(
        above, 0.0, awning, Brush(0.024, 4.6, tint=0.03, streak=0.05, body=0.9, dry=0.1, pickup=0.0), widths=size
    )


def _mirror_streaks(canvas: Canvas) -> None:
    """Long drops of light under every lamp and shop, broken across by the ripple of the rain."""
    rng = canvas.rng
    heads = [(x, y, tall) for (x, y), tall in _LAMPS]
    for x, y, tall in heads:
        n = int(40 + 140 * tall)
        down = np.sort(rng.random(n) ** 1.2)
        at = np.stack(
            [x + rng.normal(0, 0.007 + 0.035 * tall, n) * (0.5 + down), y + 0.01 + down * (0.12 + 0.55 * tall)], 1
        )
        tints = palette("#ffe6a8", "#ffc765", "#ff9f45", "#e8743a")[
            np.clip(rng.normal(1.2 + down, 0.7), 0, 3).astype(int)
        ]
        canvas.dab(
            at,
            np.pi / 2,
            tints,
            Brush(0.010, 5, tint=0.03, body=0.95, dry=0.5, pickup=0.15),
            widths=0.5 + 1.2 * tall * (0.6 + down),
        )
    n = 520
    depth = rng.random(n) ** 0.8
    at = np.stack([rng.random(n) * canvas.width / canvas.height, 0.635 + depth * 0.37], 1)
    away = np.abs(at[:, 0] - _VANISH[0])
    tones = palette("#31508f", "#4a6fb0", "#7a4f86", "#d06a4a", "#f0a050", "#2f8088", "#c04858", "#1d2850")
    share = rng.random(n)
    pick = np.where(share < np.exp(-away * 2.2), rng.integers(3, 5, n), rng.integers(0, 8, n))
    canvas.dab(
        at,
        np.pi / 2,
        tones[pick],
        Brush(0.011, 6, tint=0.03, body=0.85, dry=0.55, pickup=0.35),
        widths=0.4 + 1.0 * depth,
    )
    n = 420
    depth = np.sort(rng.random(n))
    at = np.stack([rng.random(n) * canvas.width / canvas.height, 0.62 + depth * 0.38], 1)
    cool = palette("#8fa6d8", "#232c58", "#c9b0b8", "#1a2348")[rng.integers(0, 4, n)]
    canvas.dab(
        at, rng.normal(0, 0.04, n), cool, Brush(0.0055, 7, body=0.7, dry=0.6, pickup=0.45), widths=0.4 + 0.9 * depth
    )


def _tram(canvas: Canvas) -> None:
    """The last tram comes out of the light."""
    x, y = _VANISH[0] + 0.012, 0.617
    flat = Brush(0.014, 1.0, tint=0.02, body=0.8, dry=0.04, pickup=0.0)
    canvas.draw(
        [np.array([(x + dx, y), (x + dx, y - 0.088)]) for dx in np.linspace(-0.033, 0.033, 7)], rgb("#7a2a26"), flat
    )
    canvas.draw([np.array([(x - 0.034, y - 0.092), (x + 0.034, y - 0.092)])], rgb("#3a2030"), flat)
    panes = np.array([(x - 0.021, y - 0.064), (x, y - 0.064), (x + 0.021, y - 0.064)])
    canvas.dab(panes, 1.57, rgb("#ffe6a0"), Brush(0.016, 1.8, body=1.0, dry=0.0, pickup=0.0))
    lights = np.array([(x - 0.020, y - 0.022), (x + 0.020, y - 0.022), (x, y - 0.098)])
    canvas.dab(lights, 0.8, rgb("#fff3cc"), Brush(0.013, 1.3, body=1.0, dry=0.0, pickup=0.0))
    below = np.repeat(lights[:2], 9, axis=0) + np.stack(
        [canvas.rng.normal(0, 0.003, 18), np.tile(np.linspace(0.035, 0.13, 9), 2)], 1
    )
    canvas.dab(below, 1.57, rgb("#ffe9b0"), Brush(0.007, 4, body=1.0, dry=0.5, pickup=0.15))


def _trees(canvas: Canvas) -> None:
    """Two trees lean in from the sides; their leaves burn where a lamp stands behind them."""
    rng = canvas.rng
    bark = Brush(0.026, 1.0, tint=0.02, streak=0.04, body=0.9, dry=0.1, pickup=0.0)
    trunks = [
        curve([(0.035, 0.84), (0.055, 0.55), (0.03, 0.28), (0.09, 0.05)]),
        curve([(0.05, 0.42), (0.16, 0.24), (0.30, 0.14)]),
        curve([(0.045, 0.33), (0.10, 0.15), (0.20, 0.02)]),
        curve([(1.625, 0.82), (1.575, 0.52), (1.60, 0.26), (1.53, 0.03)]),
        curve([(1.585, 0.40), (1.49, 0.24), (1.36, 0.15)]),
        curve([(1.595, 0.30), (1.50, 0.12), (1.42, 0.02)]),
    ]
    canvas.draw(trunks, rgb("#151428"), bark, [1.5, 0.6, 0.5, 1.4, 0.6, 0.5])
    hearts = np.array([(0.10, 0.10), (0.25, 0.13), (0.18, 0.02), (0.05, 0.22), (0.34, 0.05), (1.52, 0.10), (1.40, 0.12),
                       (1.45, 0.02), (1.57, 0.22), (1.30, 0.04)])  # fmt: skip
    for n, tones, size in (
        (560, ("#2a1a26", "#4a2422", "#5a3420"), 1.1), (560, ("#a04a1e", "#c4661f", "#7a3a24"), 1.0),
        (330, ("#f0992c", "#ffbe48", "#e86f2a"), 0.9), (90, ("#ffe08a", "#ffd060"), 0.7),
    ):  # fmt: skip
        at = hearts[rng.integers(0, len(hearts), n)] + rng.normal(0, 1, (n, 2)) * [0.065, 0.060]
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        canvas.dab(
            at,
            rng.uniform(-0.9, 0.9, n) + 0.6,
            tints,
            Brush(0.015, 1.9, tint=0.03, streak=0.05, body=1.0, dry=0.2),
            bend=rng.normal(0, 0.5, n),
            widths=size * rng.uniform(0.6, 1.15, n),
        )


def _lamp(canvas: Canvas, foot: Point, tall: float) -> None:
    """An iron post with one lantern; its light is loose touches that thin out into the rain, the glass thick paint."""
    rng = canvas.rng
    x, y = foot
    iron = mix(rgb("#5a4040"), rgb("#10121f"), min(tall * 2.2, 1.0))
    head = np.array([(x, y - tall)])
    n = 70
    turn, far = rng.uniform(0, 2 * np.pi, n), np.sort(rng.random(n) ** 0.7)[::-1]
    halo = head + np.stack([np.cos(turn), np.sin(turn)], 1) * (0.03 + 0.17 * far[:, None]) * tall
    tones = palette("#ffe3a0", "#ffc663", "#f39c3f", "#b8693c")[
        np.clip(far * 3.6 + rng.normal(0, 0.4, n), 0, 3).astype(int)
    ]
    touch = Brush(0.030 * tall, 3.0, tint=0.03, streak=0.05, body=0.9, dry=0.5, pickup=0.15)
    canvas.dab(halo, turn + np.pi / 2, tones, touch, bend=0.9, widths=1.1 - 0.45 * far)
    post = Brush(0.018 * tall + 0.002, 1.0, tint=0.01, body=0.8, dry=0.0, pickup=0.0)
    spread = [(-0.035, -0.02), (0.035, -0.02)]
    base = np.array([(x + dx * tall, y + dy * tall * 0.2) for dx, dy in spread])
    canvas.draw([np.array([(x, y), (x, y - tall * 0.94)]), base, base - np.array([0, 0.02 * tall])], iron, post)
    glass = head + np.array([(-0.014, 0.0), (0.014, 0.0), (0.0, 0.0)]) * tall
    canvas.dab(glass, 1.57, palette("#ffe9ac", "#ffe9ac", "#fffbea"),
               Brush(0.040 * tall, 1.9, body=1.0, dry=0.0, pickup=0.0))  # fmt: skip
    roof = head - np.array([(0.0, 0.050 * tall)])
    canvas.dab(roof, 0.0, iron, Brush(0.018 * tall, 4.0, tint=0.01, body=0.9, dry=0.0, pickup=0.0))
    canvas.dab(
        head + np.array([(0.0, 0.047 * tall)]), 0.0, iron, Brush(0.012 * tall, 4.0, body=0.9, dry=0.0, pickup=0.0)
    )


def _walker(canvas: Canvas, foot: Point, tall: float, dark: str, light: str) -> None:
    """Someone under an umbrella, dark against the street, mirrored below; the nearest one is two."""
    x, y = foot
    coat = mix(rgb("#5a4658"), rgb("#12142a"), min(tall * 4, 1.0))
    _mirrored(canvas, foot, tall, coat, rgb(dark))
    middle = x
    if tall > 0.3:
        middle = x + 0.05 * tall
        walker(canvas, (x + 0.17 * tall, y - 0.01 * tall), tall * 0.92, rgb("#4a1a34"), rgb("#f08a4a"))
        walker(canvas, (x - 0.06 * tall, y), tall, coat, rgb("#8a6a80"))
    else:
        walker(canvas, foot, tall, coat, rgb("#ffb45c"))
    stick = np.array([(middle + 0.035 * tall, y - tall * 0.5), (middle + 0.02 * tall, y - tall * 1.05)])
    canvas.draw([stick], coat, Brush(tall * 0.014 + 0.001, 1, dry=0.0, pickup=0.0))
    deep, bright = rgb(dark), rgb(light)
    tones = np.stack([mix(deep, bright, share) for share in (0.0, 0.15, 0.5, 0.8, 0.95)])
    shine = np.stack([mix(bright, rgb("#ffe2b0"), share) for share in (0.6, 0.5, 0.3)])
    umbrella(canvas, (middle + 0.02 * tall, y - tall * 1.03), 0.36 * tall, tones, shine)


def _mirrored(canvas: Canvas, foot: Point, tall: float, coat: Array, umbrella: Array) -> None:
    """What the wet stones give back: coat first, then the umbrella, torn by the rain."""
    rng = canvas.rng
    n = int(50 + 200 * tall)
    down = rng.random(n)
    spread = np.where(down < 0.62, tall * 0.075, tall * 0.20)
    at = np.stack([foot[0] + rng.normal(0, 1, n) * spread, foot[1] + 0.005 + down * tall * 0.8], 1)
    tints = np.where((down < 0.62)[:, None], coat, mix(umbrella, rgb("#141c3c"), 0.25))
    canvas.dab(at, np.pi / 2, tints, Brush(0.042 * tall + 0.002, 4, tint=0.02, body=0.6, dry=0.5, pickup=0.35))


def _fallen_leaves(canvas: Canvas) -> None:
    """A few leaves on the stones: warm points that lead the eye in from the corners."""
    rng = canvas.rng
    at = np.stack(
        [np.concatenate([rng.normal(0.22, 0.17, 45), rng.normal(1.45, 0.15, 40)]), rng.uniform(0.80, 0.99, 85)], 1
    )
    tints = palette("#f0992c", "#c4501f", "#ffbe48", "#a03a24")[rng.integers(0, 4, 85)]
    canvas.dab(at, rng.uniform(-0.4, 0.4, 85), tints, Brush(0.010, 2.0, body=1.0, dry=0.1, pickup=0.05), bend=0.8,
               widths=0.3 + (at[:, 1] - 0.75) * 4)  # fmt: skip
