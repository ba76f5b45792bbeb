"""Harbour at dusk: the sun leaves, boats come home. Broad level strokes, violet against orange."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.sketch import Array, Sketch, curve, drift, mix, rgb

_HORIZON = 0.47
_SUN = (1.06, 0.405)
_SKY = (
    (0.0, "#23315f"), (0.12, "#3d4a80"), (0.23, "#7b6a99"), (0.32, "#c98a8f"),
    (0.40, "#f0a668"), (0.46, "#f7bd6a"), (0.50, "#e79a63"),
)  # fmt: skip
_SEA = ((0.47, "#d98f6a"), (0.52, "#a97a88"), (0.62, "#6a6592"), (0.78, "#3a477b"), (1.0, "#1b2850"))


def paint(size: tuple[int, int], seed: int) -> npt.NDArray[np.uint8]:
    """Paint the harbour at a size (width, height) pixels: (H, W, 3) uint8 sRGB."""
    canvas = Canvas(size, rgb("#8a4f3d"), seed)
    sketch = Sketch(size, rgb("#c98a8f"))
    _air_and_water(sketch, canvas.rng)
    canvas.lay(sketch, Brush(0.075, 7, tint=0.03, body=0.35, dry=0.35), error=0.0)
    canvas.lay(sketch, Brush(0.036, 7, tint=0.025, hue=0.02, body=0.5, dry=0.4), error=0.03)
    _town(sketch)
    canvas.lay(sketch, Brush(0.017, 6, tint=0.02, body=0.55), error=0.06)
    canvas.lay(sketch, Brush(0.008, 6, tint=0.015, body=0.5), error=0.10, detail=0.4)
    _ripples(canvas, sketch)
    _glitter(canvas)
    _sun(canvas)
    for boat in _BOATS:
        _boat(canvas, *boat)
    _rowing_boat(canvas)
    _gulls(canvas)
    return canvas.finish(1.0)


def _air_and_water(sketch: Sketch, rng: np.random.Generator) -> None:
    """The sky, its clouds lit from below, and the sea that carries them."""
    u, v = sketch.u, sketch.v
    sketch.colour = sketch.ramp(_SKY)
    shape = (sketch.height, sketch.width)
    bands = drift(shape, 0.30, rng)
    stretched = np.sin((v + 0.10 * bands + 0.05 * np.sin(u * 3.1 + 1.0)) * 52.0)
    cloud = np.clip(stretched * 1.3 - 0.35 + 0.4 * bands, 0, 1) * np.clip(1.3 - np.abs(v - 0.20) * 4.6, 0, 1)
    near = np.exp(-((u - _SUN[0]) ** 2) / 0.30).astype(np.float32)
    lit = mix(mix(rgb("#5b5287"), rgb("#d9788a"), near * 0.9), rgb("#ffc07a"), np.clip((v - 0.16) * 5, 0, 1) * near)
    sketch.colour = mix(sketch.colour, lit, cloud * 0.85)
    sketch.glow(_SUN, 0.42, "#ffb35c", 0.55, 1.3)
    sketch.glow(_SUN, 0.12, "#ffd98f", 0.65, 1.5)
    slope = 0.16 * np.sin(u * 2.3 + v * 5) + 0.12 * bands
    sketch.flow = np.stack([np.cos(slope), np.sin(slope)], -1).astype(np.float32)
    sea = (v > _HORIZON).astype(np.float32)
    water = sketch.ramp(_SEA)
    path = np.exp(-(((u - _SUN[0]) / (0.05 + (v - _HORIZON) * 0.30)) ** 2)) * np.clip(1.25 - (v - _HORIZON) * 1.7, 0, 1)
    water = mix(water, rgb("#f2a061"), path * 0.75)
    sketch.wash(sea, water, angle=0.03 * np.sin(u * 9 + v * 30))


def _town(sketch: Sketch) -> None:
    """The far shore: a hill, roofs, a tower, cranes; blue with distance, warm at the edge towards the sun."""
    aspect = sketch.aspect
    hill = [(-0.1, 0.43), (0.10, 0.385), (0.30, 0.375), (0.52, 0.405), (0.70, 0.44), (0.86, 0.466), (0.86, 0.475)]
    far = sketch.polygon(np.concatenate([curve(hill, 40), [(-0.1, 0.475)]]), 0.002)
    sketch.wash(far, sketch.ramp([(0.36, "#6d5f90"), (0.47, "#96708c")]), angle=0.15, detail=0.5)
    rng = np.random.default_rng(5)
    roofs = []
    for x in np.arange(0.0, 0.62, 0.022):
        top = 0.448 - rng.uniform(0.0, 0.035) * (1 - x)
        wide = rng.uniform(0.014, 0.03)
        roofs.append([(x, 0.475), (x, top), (x + wide / 2, top - 0.012), (x + wide, top), (x + wide, 0.475)])
    roofs.append([(0.262, 0.47), (0.264, 0.352), (0.272, 0.318), (0.280, 0.352), (0.282, 0.47)])
    sketch.wash(sketch.polygons(roofs), sketch.ramp([(0.32, "#4a4673"), (0.47, "#5d4f7a")]), angle=1.57, detail=0.9)
    spit = curve([(aspect + 0.1, 0.425), (1.50, 0.437), (1.38, 0.455), (1.26, 0.466), (1.20, 0.474)], 30)
    sketch.wash(
        sketch.polygon(np.concatenate([spit, [(aspect + 0.1, 0.475)]]), 0.001), "#7a5a80", angle=0.1, detail=0.6
    )


def _ripples(canvas: Canvas, sketch: Sketch) -> None:
    """Level strokes that grow towards us, each in the colour of the sky it mirrors."""
    rng = canvas.rng
    n = 1500
    depth = rng.random(n) ** 1.4
    depth.sort()
    v = _HORIZON + 0.008 + depth * (1 - _HORIZON)
    u = rng.random(n) * sketch.aspect
    size = 0.25 + 1.5 * depth
    mirror = np.stack([np.interp(2 * _HORIZON - v + rng.normal(0, 0.04, n), *_stops(c)) for c in range(3)], 1)
    deep = np.array([rgb("#223160"), rgb("#32427c"), rgb("#544f86")])[rng.integers(0, 3, n)]
    near = np.exp(-(((u - _SUN[0]) / 0.55) ** 2))[:, None]
    share = np.clip(0.28 + 0.45 * near - 0.25 * depth[:, None] + rng.normal(0, 0.16, (n, 1)), 0, 0.9)
    tilt = rng.normal(0, 0.05, n)
    brush = Brush(0.013, 8, tint=0.02, hue=0.02, body=0.6, dry=0.5)
    canvas.dab(np.stack([u, v], 1), tilt, (deep * (1 - share) + mirror * share).astype(np.float32), brush, widths=size,
               bend=rng.normal(0, 0.25, n))  # fmt: skip


def _stops(channel: int) -> tuple[list[float], list[float]]:
    return [place for place, _ in _SKY], [float(rgb(code)[channel]) for _, code in _SKY]


def _glitter(canvas: Canvas) -> None:
    """The sun's road: short thick strokes, close and thin far away, broken and wide near us."""
    rng = canvas.rng
    n = 620
    depth = np.sort(rng.random(n) ** 1.25)
    v = _HORIZON + 0.006 + depth * 0.50
    u = _SUN[0] + rng.normal(0, 1, n) * (0.018 + 0.085 * depth)
    size = (0.30 + 1.25 * depth) * rng.uniform(0.6, 1.2, n)
    warm = np.array([rgb("#ffdf9a"), rgb("#ffc76e"), rgb("#ff9f55"), rgb("#f27a4c")])
    centre = np.exp(-(((u - _SUN[0]) / (0.02 + 0.09 * depth)) ** 2))
    pick = np.clip((1 - centre) * 3 + rng.normal(0, 0.6, n) + depth * 0.8, 0, 3).astype(int)
    brush = Brush(0.011, 5.5, tint=0.02, streak=0.03, body=1.0, dry=0.35, pickup=0.04)
    canvas.dab(np.stack([u, v], 1), rng.normal(0, 0.06, n), warm[pick], brush, widths=size, bend=rng.normal(0, 0.4, n))


def _sun(canvas: Canvas) -> None:
    """The disc itself, the thickest paint of the picture, laid round and round."""
    rng = canvas.rng
    for radius, colour, n in ((0.034, "#ff8d4a", 30), (0.024, "#ffb35e", 26), (0.012, "#ffe2a0", 18)):
        turn = np.sort(rng.uniform(0, 2 * np.pi, n))
        ring = np.stack([_SUN[0] + radius * np.cos(turn), _SUN[1] + radius * np.sin(turn)], 1)
        brush = Brush(0.014, 2.6, tint=0.015, body=1.0, dry=0.1, pickup=0.0)
        canvas.dab(ring, turn + np.pi / 2, rgb(colour), brush, bend=0.9)


_BOATS = (
    # where the hull's middle meets the water, length, height of the mast, sails set
    ((0.80, 0.505), 0.075, 0.13, True),
    ((1.345, 0.515), 0.10, 0.17, True),
    ((0.30, 0.66), 0.34, 0.56, False),
)


def _boat(canvas: Canvas, at: tuple[float, float], length: float, mast: float, sails: bool) -> None:
    """A boat against the light: its reflection first, then hull, rigging, and the rim that the sun catches."""
    x, y = at
    near = length / 0.34
    dark, rim = rgb("#1c2038"), rgb("#ffab66")
    shade = mix(rgb("#4a456f"), rgb("#1b1f38"), min(near * 1.2, 1.0))
    _reflection(canvas, at, length, mast, shade)
    fine = Brush(0.018 * near + 0.004, 1.0, tint=0.012, streak=0.03, body=0.8, dry=0.04, pickup=0.0)
    rows = np.linspace(-0.11, 0.0, 9)
    hull = [
        curve([(x - length * (0.52 + r * 0.9), y + r * length - 0.06 * length), (x, y + r * length * 0.7),
               (x + length * (0.55 - r * 1.1), y + r * length - 0.09 * length)])
        for r in rows
    ]  # fmt: skip
    canvas.draw(hull, mix(shade, dark, 0.5), fine)
    thin = Brush(0.0032 + 0.006 * near, 1.0, tint=0.01, body=0.7, dry=0.02, pickup=0.0, bristles=3)
    rope = Brush(0.0014 + 0.0016 * near, 1.0, tint=0.01, body=0.5, dry=0.0, pickup=0.0, bristles=1)
    foot, top = (x - 0.02 * length, y - 0.05 * length), (x - 0.005 * length, y - mast)
    if sails:
        _sails(canvas, at, length, mast)
    else:
        _furled(canvas, at, length, mast)
    canvas.draw([np.array([foot, top])], shade, thin)
    ends = [(x - 0.50 * length, y - 0.10 * length), (x + 0.62 * length, y - 0.18 * length)]
    canvas.draw([curve([top, ((top[0] + e[0]) / 2, (top[1] + e[1]) / 2 + 0.01), e]) for e in ends], shade, rope)
    canvas.draw([hull[0] + [0, -0.014 * length]], rim, Brush(0.003 + 0.005 * near, 1.0, body=1.0, dry=0.5, pickup=0.0))


def _furled(canvas: Canvas, at: tuple[float, float], length: float, mast: float) -> None:
    """Gaff and boom with the sails brailed up, a second mast, a cabin with a lamp, nets over the side."""
    x, y = at
    shade, cloth = rgb("#1d2038"), rgb("#6e3f46")
    spar = Brush(0.008, 1.0, tint=0.01, body=0.7, dry=0.02, pickup=0.0, bristles=3)
    heavy = Brush(0.026, 1.0, tint=0.03, streak=0.05, body=0.9, dry=0.15, pickup=0.0)
    canvas.draw([np.array([(x + 0.16, y - 0.05), (x + 0.175, y - mast * 0.62)])], shade, spar)
    boom = curve([(x - 0.005, y - 0.12), (x - 0.09, y - 0.135), (x - 0.20, y - 0.15)])
    gaff = curve([(x - 0.005, y - mast * 0.62), (x - 0.07, y - mast * 0.78), (x - 0.125, y - mast * 0.86)])
    canvas.draw([boom, gaff], shade, spar)
    sail = [
        curve([(x - 0.012 - 0.11 * t, y - mast * (0.62 + 0.23 * t)), (x - 0.016 - 0.05 * t, y - mast * 0.42),
               (x - 0.014 - 0.17 * t, y - 0.13 - 0.02 * t)])
        for t in np.linspace(0.02, 0.55, 9)
    ]  # fmt: skip
    canvas.draw(sail, np.stack([mix(cloth, rgb("#c9714f"), t) for t in np.linspace(0.75, 0.0, 9)]), heavy)
    cabin = [np.array([(x + 0.05, y - 0.045 - r), (x + 0.125, y - 0.05 - r)]) for r in np.linspace(0, 0.045, 5)]
    canvas.draw(cabin, rgb("#2a2a44"), Brush(0.014, 1.0, body=0.8, dry=0.05, pickup=0.0))
    lamp = np.array([(x + 0.085, y - 0.075), (x + 0.086, y - 0.078)])
    canvas.dab(lamp, 0.3, rgb("#ffd27a"), Brush(0.012, 1.3, body=1.0, dry=0.0, pickup=0.0))


def _sails(canvas: Canvas, at: tuple[float, float], length: float, mast: float) -> None:
    """A lugger's two sails, glowing where the sun is behind them."""
    x, y = at
    t = np.linspace(0.06, 1, 9)
    main = [
        np.array(
            [(x - 0.01 * length, y - mast * (0.98 - 0.86 * s)), (x - 0.62 * length * s, y - mast * 0.16 - 0.02 * s)]
        )
        for s in t
    ]
    jib = [
        np.array([(x + 0.03 * length, y - mast * (0.86 - 0.70 * s)), (x + 0.58 * length * s, y - mast * 0.15)])
        for s in t
    ]
    cloth = Brush(length * 0.16, 1.0, tint=0.02, streak=0.03, body=0.7, dry=0.06, pickup=0.05)
    canvas.draw(main, rgb("#8d4a4e"), cloth)
    canvas.draw(jib, rgb("#b9654f"), cloth)


def _reflection(canvas: Canvas, at: tuple[float, float], length: float, mast: float, shade: Array) -> None:
    """Level strokes that thin out and sway, darkest under the hull."""
    rng = canvas.rng
    n = int(70 + 330 * length)
    down = np.sort(rng.random(n) ** 1.5)[::-1]
    reach = min(mast * 0.8, 0.97 - at[1])
    spread = np.where(down < 0.25, length * 0.42, length * 0.10 * (1.4 - down))
    u = at[0] + rng.normal(0, 0.5, n) * spread + 0.02 * length * np.sin(down * 25)
    v = at[1] + 0.004 + down * reach
    brush = Brush(0.045 * length + 0.0015, 6, tint=0.02, body=0.5, dry=0.4, pickup=0.25)
    canvas.dab(np.stack([u, v], 1), rng.normal(0, 0.05, n), shade, brush, widths=1.15 - 0.5 * down)


def _rowing_boat(canvas: Canvas) -> None:
    """Two people in a small boat near the sun's road: the dark accent next to the brightest light."""
    x, y = 0.93, 0.70
    dark = rgb("#171a30")
    _reflection(canvas, (x, y), 0.13, 0.11, rgb("#1d2242"))
    body = Brush(0.010, 1.0, tint=0.01, body=0.9, dry=0.05, pickup=0.0)
    canvas.draw([curve([(x - 0.075 - r, y - 0.014 + r), (x, y + 0.004 + r), (x + 0.078 - r, y - 0.016 + r)])
                 for r in (0.0, 0.006, 0.012)], dark, body)  # fmt: skip
    oar = Brush(0.0035, 1.0, tint=0.01, body=0.7, dry=0.0, pickup=0.0, bristles=2)
    canvas.draw([np.array([(x - 0.02, y - 0.028), (x - 0.085, y + 0.030)]),
                 np.array([(x - 0.015, y - 0.026), (x + 0.060, y + 0.036)])], dark, oar)  # fmt: skip
    for dx, tall in ((-0.022, 0.050), (0.034, 0.042)):
        spine = [np.array([(x + dx + w, y - 0.004), (x + dx + w * 0.6, y - tall)]) for w in (-0.007, 0.0, 0.007)]
        canvas.draw(spine, dark, Brush(0.011, 1.0, tint=0.01, body=0.8, dry=0.02, pickup=0.0))
        head = np.array([(x + dx + 0.001, y - tall - 0.007)])
        canvas.dab(head, 1.57, dark, Brush(0.011, 1.3, body=0.8, dry=0.0, pickup=0.0))
        canvas.dab(
            np.add(head, (0.0055, 0.004)), 1.4, rgb("#ffb069"), Brush(0.0035, 3.0, body=1.0, dry=0.0, pickup=0.0)
        )


def _gulls(canvas: Canvas) -> None:
    """A few wings, two strokes each."""
    wing = Brush(0.004, 5, tint=0.02, body=0.8, dry=0.2, pickup=0.0, bristles=2)
    for x, y, s in ((0.62, 0.24, 1.0), (0.68, 0.215, 0.7), (0.74, 0.265, 0.8), (1.27, 0.20, 0.75), (0.55, 0.29, 0.6)):
        places = np.array([(x - 0.009 * s, y), (x + 0.009 * s, y - 0.001)])
        canvas.dab(
            places, np.array([0.45, -0.40]), rgb("#3b3557"), wing, bend=np.array([0.9, 0.9]), widths=np.full(2, s)
        )
