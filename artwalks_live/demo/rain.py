"""A street in the rain: lamps, umbrellas, and every light twice. Upright knife strokes below, dark houses above."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.sketch import Array, Sketch, curve, drift, mix, palette, rgb

_VANISH = (0.86, 0.555)  # where the street ends
_LAMPS = (
    # foot of the post, its height; far ones first
    ((0.735, 0.585), 0.12), ((0.985, 0.585), 0.12), ((0.640, 0.615), 0.21), ((1.085, 0.615), 0.21),
    ((0.470, 0.675), 0.36), ((1.265, 0.675), 0.36), ((0.150, 0.790), 0.66), ((1.535, 0.780), 0.64),
)  # fmt: skip
_WALKERS = (
    # feet, height, colour of the umbrella and of its lit side; far ones first
    ((0.930, 0.625), 0.080, "#3d4a86", "#7f92d8"), ((0.765, 0.635), 0.090, "#8a5a20", "#e0a040"),
    ((1.120, 0.690), 0.135, "#1f6a6a", "#52b8a8"), ((0.590, 0.720), 0.160, "#5a2f7a", "#a878d0"),
    ((1.360, 0.850), 0.270, "#20406a", "#5a8fd0"), ((0.820, 0.880), 0.320, "#a01822", "#f0483a"),
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
    for walker in _WALKERS:
        _walker(canvas, *walker)
    _fallen_leaves(canvas)
    return canvas.finish(1.25)


def _night(sketch: Sketch, rng: np.random.Generator) -> None:
    """Low cloud that the town lights from below."""
    cloudy = drift((sketch.height, sketch.width), 0.22, rng)
    sketch.colour = sketch.ramp(
        [(0.0, "#131a3a"), (0.2, "#22315e"), (0.38, "#4a4a7a"), (0.52, "#b07a5c"), (0.6, "#e8a85a")]
    )
    sketch.colour = np.clip(sketch.colour + 0.045 * cloudy[..., None], 0, 1)
    sketch.glow(_VANISH, 0.30, "#ffb050", 0.75, 1.2)
    turn = np.pi / 2 + 0.7 + 0.6 * cloudy
    sketch.flow = np.stack([np.cos(turn), np.sin(turn)], -1).astype(np.float32)


def _houses(sketch: Sketch) -> None:
    """Two rows of fronts that run towards the light; roofs step down, far fronts turn warm."""
    rng = np.random.default_rng(11)
    tones = palette("#20264a", "#2b2440", "#1b2e4a", "#33283f", "#262350")
    x_far = {-1: _VANISH[0] - 0.10, 1: _VANISH[0] + 0.10}
    for side in (-1, 1):
        edges = np.array([0.06, 0.14, 0.23, 0.35, 0.50, 0.70, 0.95])
        for near in range(len(edges) - 2, -1, -1):
            near_x, far_x = (x_far[side] + side * edges[i + near] for i in (1, 0))
            grow = edges[near + 1]
            roof = 0.50 - grow * 0.66 - rng.uniform(-0.02, 0.05)
            step = (near_x - far_x) * 0.55
            front = [
                (near_x, 0.62 + grow * 0.25),
                (near_x, roof - 0.03 * grow),
                (near_x - step * 0.2, roof - 0.12 * grow),
                (near_x - step, roof - 0.10 * grow),
                (far_x, roof + 0.14 * grow),
                (far_x, 0.60 + grow * 0.16),
            ]
            warm = mix(tones[rng.integers(0, 5)], rgb("#c07a48"), 0.75 * np.exp(-edges[near] * 5.0))
            sketch.wash(sketch.polygon(front), warm, angle=np.pi / 2, detail=0.3)


def _lamplight(sketch: Sketch) -> None:
    """Each lamp lights the wet air round it."""
    for (x, y), tall in _LAMPS:
        head = (x, y - tall)
        sketch.glow(head, 0.32 * tall + 0.02, "#ff9a3c", 0.50, 1.1)
        sketch.glow(head, 0.12 * tall + 0.01, "#ffd27a", 0.70, 1.4)


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
    """Lit panes in perspective, and shop windows at the foot of the fronts."""
    rng = canvas.rng
    places, tints, sizes = [], [], []
    for side in (-1, 1):
        for run in (0.12, 0.19, 0.285, 0.33, 0.41, 0.46, 0.57, 0.64, 0.78, 0.86):
            top = 0.50 - run * 0.52
            for floor in range(4):
                if rng.random() < 0.52:
                    continue
                places.append((_VANISH[0] + side * (0.10 + run), top + (floor + 0.35) * run * 0.21))
                tints.append(palette("#ffcf70", "#ffb24a", "#f79a3c", "#ffe2a0", "#8fc0d0")[rng.integers(0, 5)])
                sizes.append(0.22 + 1.15 * run)
    pane = Brush(0.026, 1.9, tint=0.04, streak=0.06, body=1.0, dry=0.15, pickup=0.1)
    canvas.dab(np.array(places), np.pi / 2, np.array(tints), pane, widths=np.array(sizes))
    shops = [(_VANISH[0] + s * (0.10 + r), 0.60 + r * 0.035) for s in (-1, 1) for r in np.arange(0.08, 0.72, 0.035)]
    glow = palette("#ffb850", "#ff8f3e", "#ffd98a", "#e86a4a", "#5fb0b0", "#ffc060")[rng.integers(0, 6, len(shops))]
    far = np.array([abs(x - _VANISH[0]) for x, _ in shops])
    canvas.dab(
        np.array(shops),
        np.pi / 2,
        glow,
        Brush(0.030, 1.7, tint=0.05, streak=0.07, body=0.95, dry=0.25),
        widths=0.3 + 1.5 * far,
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


def _lamp(canvas: Canvas, foot: tuple[float, float], tall: float) -> None:
    """An iron post with one lantern; the glass is the thickest paint."""
    x, y = foot
    post = Brush(0.018 * tall + 0.002, 1.0, tint=0.01, body=0.8, dry=0.0, pickup=0.0)
    iron = mix(rgb("#5a4040"), rgb("#10121f"), min(tall * 2.2, 1.0))
    canvas.draw(
        [np.array([(x, y), (x, y - tall * 0.93)]), np.array([(x - 0.05 * tall, y), (x + 0.05 * tall, y)])], iron, post
    )
    head = np.array([(x, y - tall)])
    rays = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    ring = head + np.stack([np.cos(rays), np.sin(rays)], 1) * (0.105 * tall)
    canvas.dab(
        ring,
        rays + np.pi / 2,
        rgb("#f7a23e"),
        Brush(0.040 * tall, 2.6, tint=0.05, body=0.8, dry=0.5, pickup=0.45),
        bend=0.6,
    )
    ring = head + np.stack([np.cos(rays), np.sin(rays)], 1) * (0.062 * tall)
    canvas.dab(
        ring[::2],
        rays[::2] + np.pi / 2,
        rgb("#ffd27a"),
        Brush(0.046 * tall, 2.0, tint=0.03, body=1.0, dry=0.2, pickup=0.15),
        bend=0.9,
    )
    glass = head + np.array([(-0.016, 0.0), (0.016, 0.0), (0.0, 0.0)]) * tall
    canvas.dab(
        glass, 1.57, palette("#ffe9ac", "#ffe9ac", "#fffbea"), Brush(0.050 * tall, 1.7, body=1.0, dry=0.0, pickup=0.0)
    )
    cap = head - np.array([(0.0, 0.055 * tall)])
    canvas.dab(cap, 0.0, iron, Brush(0.026 * tall, 3.6, tint=0.01, body=0.9, dry=0.0, pickup=0.0))


def _walker(canvas: Canvas, foot: tuple[float, float], tall: float, dark: str, light: str) -> None:
    """Someone under an umbrella, dark against the street, with a warm edge and a mirror image below."""
    x, y = foot
    coat, rim = mix(rgb("#5a4658"), rgb("#12142a"), min(tall * 4, 1.0)), rgb("#ffb45c")
    wide = tall * 0.13
    _mirrored(canvas, foot, tall, coat, rgb(dark))
    cloth = Brush(tall * 0.075, 1.0, tint=0.015, streak=0.035, body=0.85, dry=0.03, pickup=0.0)
    legs = [
        np.array([(x - wide * 0.40, y), (x - wide * 0.25, y - tall * 0.30)]),
        np.array([(x + wide * 0.55, y - tall * 0.02), (x + wide * 0.2, y - tall * 0.30)]),
    ]
    canvas.draw(legs, coat, cloth)
    body = [
        np.array([(x + wide * s * 1.05, y - tall * 0.20), (x + wide * s * 0.55, y - tall * 0.68)])
        for s in (-0.8, -0.4, 0.0, 0.4, 0.8)
    ]
    canvas.draw(body, coat, cloth)
    canvas.dab(
        np.array([(x + wide * 0.05, y - tall * 0.745)]),
        1.57,
        mix(coat, rgb("#b07050"), 0.5),
        Brush(tall * 0.085, 1.3, dry=0.0, pickup=0.0),
    )
    edge = [np.array([(x + wide * 1.05, y - tall * 0.22), (x + wide * 0.62, y - tall * 0.64)])]
    canvas.draw(edge, rim, Brush(tall * 0.018 + 0.001, 1.0, body=1.0, dry=0.4, pickup=0.1))
    top, span = y - tall * 1.02, tall * 0.36
    canvas.draw(
        [np.array([(x + wide * 0.3, y - tall * 0.5), (x + wide * 0.15, top)])],
        coat,
        Brush(tall * 0.016 + 0.001, 1, dry=0.0, pickup=0.0),
    )
    ribs = np.linspace(-1, 1, 11)
    panels = [curve([(x + 0.02 * tall, top - 0.005 * tall), (x + span * r * 0.62, top + tall * (0.03 + 0.05 * r * r)),
                     (x + span * r, top + tall * (0.205 - 0.045 * np.cos(r * 9)))]) for r in ribs]  # fmt: skip
    shares = np.clip(0.5 + 0.75 * ribs - 0.3 * np.abs(ribs), 0, 1)
    tints = np.stack([mix(rgb(dark), rgb(light), s) for s in shares])
    canvas.draw(panels, tints, Brush(tall * 0.115, 1.0, tint=0.02, streak=0.04, body=1.0, dry=0.04, pickup=0.0))
    shine = [panels[8] + [0, -0.01 * tall], panels[7] + [0, -0.012 * tall]]
    canvas.draw(shine, mix(rgb(light), rgb("#ffe2b0"), 0.55), Brush(tall * 0.028, 1.0, body=1.0, dry=0.6, pickup=0.0))


def _mirrored(canvas: Canvas, foot: tuple[float, float], tall: float, coat: Array, umbrella: Array) -> None:
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
