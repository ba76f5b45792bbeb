"""Harbour at dusk: the sun leaves, boats come home. Broad level strokes, violet against orange."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.sketch import Array, Sketch, curve, drift, grade, mix, palette, rgb

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
    _clouds(canvas)
    _ripples(canvas, sketch)
    _town_lights(canvas)
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


def _clouds(canvas: Canvas) -> None:
    """Three banks of cloud: violet above, coral and gold along the edge that the sun still reaches."""
    rng = canvas.rng
    for x, y, wide, tall, n in (
        (0.62, 0.145, 0.42, 0.030, 90),
        (1.36, 0.205, 0.30, 0.022, 60),
        (0.30, 0.235, 0.24, 0.016, 42),
    ):
        at = rng.normal(0, 0.42, (n, 2)) * [wide, tall]
        order = np.argsort(at[:, 1])
        at = at[order] + np.stack([np.full(n, x), y + 0.10 * (at[order, 0] - 0.1) ** 2], 1)
        low = np.linspace(0, 1, n) + rng.normal(0, 0.15, n) - 0.25 * np.abs(at[:, 0] - _SUN[0])
        tones = palette("#4a4a80", "#6a5a8e", "#a06c92", "#dd8288", "#f8a878")[np.clip(low * 5, 0, 4).astype(int)]
        brush = Brush(0.019, 6.5, tint=0.02, streak=0.04, body=0.75, dry=0.45, pickup=0.2)
        canvas.dab(
            at,
            rng.normal(-0.06, 0.10, n),
            tones,
            brush,
            bend=rng.normal(0.15, 0.2, n),
            widths=rng.uniform(0.5, 1.15, n),
        )


def _glitter(canvas: Canvas) -> None:
    """The sun's road: short thick strokes, close and thin far away, broken and wide near us."""
    rng = canvas.rng
    n = 540
    depth = np.sort(rng.random(n) ** 1.55)
    v = _HORIZON + 0.006 + depth * 0.47
    sway = 0.020 * np.sin(depth * 21) * depth
    u = _SUN[0] + sway + rng.normal(0, 1, n) * (0.014 + 0.075 * depth) * np.where(rng.random(n) < 0.12, 2.2, 1.0)
    size = (0.26 + 0.95 * depth) * rng.uniform(0.55, 1.25, n)
    warm = palette("#fff0bd", "#ffd888", "#ffb25e", "#f7864e", "#d9655a")
    off = np.abs(u - _SUN[0] - sway) / (0.02 + 0.085 * depth)
    pick = np.clip(off * 1.7 + rng.normal(0, 0.55, n) + depth * 1.1, 0, 4).astype(int)
    brush = Brush(0.011, 6.0, tint=0.02, streak=0.03, body=1.0, dry=0.4, pickup=0.05)
    canvas.dab(np.stack([u, v], 1), rng.normal(0, 0.06, n), warm[pick], brush, widths=size, bend=rng.normal(0, 0.4, n))


def _sun(canvas: Canvas) -> None:
    """The disc itself, the thickest paint of the picture, laid round and round without an outline."""
    rng = canvas.rng
    for radius, colour, n in (
        (0.040, "#fbdc92", 34),
        (0.031, "#ffe4a4", 30),
        (0.020, "#ffedba", 22),
        (0.008, "#fffae6", 10),
    ):
        turn = np.sort(rng.uniform(0, 2 * np.pi, n))
        ring = np.stack([_SUN[0] + radius * np.cos(turn), _SUN[1] + radius * np.sin(turn)], 1)
        brush = Brush(0.016, 2.6, tint=0.02, body=0.35, dry=0.25, pickup=0.0)
        canvas.dab(ring, turn + np.pi / 2, rgb(colour), brush, bend=0.9)


def _town_lights(canvas: Canvas) -> None:
    """First lamps on the quay, and what the water makes of them."""
    rng = canvas.rng
    x = np.array([0.045, 0.10, 0.145, 0.205, 0.245, 0.335, 0.385, 0.45, 0.52, 0.575, 0.61])
    lamps = np.stack([x, 0.462 - rng.uniform(0.0, 0.022, len(x))], 1)
    canvas.dab(lamps, 1.57, rgb("#ffd98a"), Brush(0.0055, 1.6, body=1.0, dry=0.0, pickup=0.0))
    canvas.dab(np.array([(0.272, 0.326)]), 1.57, rgb("#fff0c0"), Brush(0.009, 1.4, body=1.0, dry=0.0, pickup=0.0))
    for row in range(4):
        below = np.stack([x + rng.normal(0, 0.003, len(x)), 0.484 + 0.011 * row + rng.normal(0, 0.002, len(x))], 1)
        canvas.dab(
            below,
            0.0,
            rgb("#f0b878"),
            Brush(0.0042, 4, body=0.8, dry=0.4, pickup=0.25),
            widths=np.full(len(x), 1 - row * 0.17),
        )


_BOATS = (
    # where the hull's middle meets the water, length; far ones first
    ((0.790, 0.503), 0.075),
    ((1.345, 0.520), 0.105),
    ((0.300, 0.665), 0.360),
)


def _boat(canvas: Canvas, at: tuple[float, float], length: float) -> None:
    """A cutter against the light: its reflection first, then sails, hull, rigging, and the rim that the sun catches."""
    far = float(np.clip(1.25 - length * 3.5, 0.0, 0.55))  # distance takes the dark out of things
    dark, haze = rgb("#171a31"), rgb("#8a6488")
    shade = mix(dark, haze, far)
    _reflection(canvas, at, length, shade)
    _sails(canvas, at, length, far)

    def place(points: Sequence[tuple[float, float]]) -> npt.NDArray[np.float64]:
        return curve(np.array(points) * length + np.array(at))

    rows = np.linspace(0.0, 1.0, 11)
    hull = [place([(-0.50 + 0.05 * r, -0.115 + 0.125 * r), (-0.15, -0.075 + 0.10 * r), (0.22, -0.085 + 0.11 * r),
                   (0.56 - 0.14 * r, -0.165 + 0.17 * r)]) for r in rows]  # fmt: skip
    canvas.draw(
        hull, shade, Brush(0.042 * length + 0.002, 1.0, tint=0.012, streak=0.03, body=0.8, dry=0.03, pickup=0.0)
    )
    spar = Brush(0.020 * length + 0.0012, 1.0, tint=0.01, body=0.7, dry=0.0, pickup=0.0, bristles=3)
    rope = Brush(0.0055 * length + 0.0008, 1.0, tint=0.01, body=0.5, dry=0.0, pickup=0.0, bristles=1)
    canvas.draw([place([(0.06, -0.10), (0.065, -1.52)])], shade, spar)
    canvas.draw([place([(0.05, -0.27), (-0.56, -0.31)]), place([(0.05, -1.02), (-0.34, -1.40)]),
                 place([(0.45, -0.14), (0.80, -0.24)])], shade, spar, [0.7, 0.7, 0.8])  # fmt: skip
    canvas.draw([place([(0.065, -1.50), (0.80, -0.24)]), place([(0.065, -1.50), (-0.34, -1.40)])], shade, rope)
    rim = Brush(0.016 * length + 0.0015, 1.0, body=1.0, dry=0.5, pickup=0.0)
    canvas.draw([hull[0] + np.array([0.0, -0.012 * length])], mix(rgb("#ffb06a"), haze, far * 0.5), rim)
    if length > 0.2:
        _crew(canvas, place)


def _crew(canvas: Canvas, place: Callable[[Sequence[tuple[float, float]]], npt.NDArray[np.float64]]) -> None:
    """On the near boat: a man at the tiller, one in the bow, a lantern by the mast."""
    dark = rgb("#12152a")
    for x, tall in ((-0.36, 0.150), (0.30, 0.135)):
        body = [place([(x + w, -0.06), (x + w * 0.55, -0.06 - tall)]) for w in (-0.022, -0.008, 0.008, 0.022)]
        canvas.draw(body, dark, Brush(0.013, 1.0, tint=0.01, body=0.8, dry=0.02, pickup=0.0))
        head = place([(x, -0.085 - tall), (x, -0.092 - tall)])[:1]
        canvas.dab(head, 1.57, dark, Brush(0.014, 1.3, body=0.8, dry=0.0, pickup=0.0))
        edge = place([(x + 0.024, -0.09), (x + 0.016, -0.07 - tall)])
        canvas.draw([edge], rgb("#ffab66"), Brush(0.0035, 1.0, body=1.0, dry=0.3, pickup=0.0))
    lamp = place([(0.12, -0.16), (0.12, -0.168)])[[0, -1]]
    canvas.dab(lamp, 1.57, palette("#ff9f4a", "#ffe2a0"), Brush(0.012, 1.3, body=1.0, dry=0.0, pickup=0.0),
               widths=np.array([1.35, 0.8]))  # fmt: skip


def _sails(canvas: Canvas, at: tuple[float, float], length: float, far: float) -> None:
    """Mainsail and jib, strokes from foot to head; rust where they are thick, amber where the light comes through."""
    n = 13
    t = np.linspace(0, 1, n)[:, None]
    for foot, head, tones in (
        (((0.03, -0.30), (-0.54, -0.34)), ((0.045, -1.05), (-0.32, -1.38)), ("#c8683f", "#a04a3c", "#71384a")),
        (((0.15, -0.27), (0.72, -0.26)), ((0.085, -1.36), (0.10, -1.38)), ("#e08a4c", "#cf6d44", "#f2a660")),
    ):
        low = np.array(foot[0]) * (1 - t) + np.array(foot[1]) * t
        high = np.array(head[0]) * (1 - t) + np.array(head[1]) * t
        belly = (low + high) / 2 + np.array([-0.05, 0.02]) * np.sin(np.pi * t)
        lines = [curve(np.stack([a, b, c]) * length + np.array(at)) for a, b, c in zip(low, belly, high, strict=True)]
        colours = grade(palette(*tones), np.linspace(0, 1, n))
        cloth = Brush(length * 0.085, 1.0, tint=0.03, streak=0.045, body=0.75, dry=0.03, pickup=0.04)
        canvas.draw(lines, mix(colours, rgb("#c98a86"), far * 0.6), cloth)


def _reflection(canvas: Canvas, at: tuple[float, float], length: float, shade: Array) -> None:
    """Level strokes that thin out and sway: the hull's dark, then the sails' rust, both torn by the ripples."""
    rng = canvas.rng
    n = int(60 + 620 * length)
    down = np.sort(rng.random(n) ** 1.2)[::-1]
    sail = down > 0.16
    reach = min(length * 1.1, 0.99 - at[1])
    spread = np.where(sail, length * 0.46 * (1.15 - down), length * 0.40)
    u = at[0] + rng.normal(0, 0.5, n) * spread + np.where(sail, 0.02 * length, 0) + 0.03 * length * np.sin(down * 22)
    v = at[1] + 0.008 * length + down * reach
    rust = palette("#7a4452", "#8f5048", "#4a3358", "#2c2f5c")[
        np.clip(rng.normal(1.2 + down * 1.4, 0.9), 0, 3).astype(int)
    ]
    tints = np.where(sail[:, None], rust, shade)
    brush = Brush(0.030 * length + 0.0015, 6.5, tint=0.02, body=0.55, dry=0.45, pickup=0.25)
    canvas.dab(np.stack([u, v], 1), rng.normal(0, 0.05, n), tints, brush, widths=1.15 - 0.45 * down)


def _rowing_boat(canvas: Canvas) -> None:
    """Two people in a small boat near the sun's road: the dark accent next to the brightest light."""
    x, y = 0.93, 0.70
    dark = rgb("#171a30")
    _reflection(canvas, (x, y), 0.10, rgb("#1d2242"))
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
    for x, y, s in (
        (0.60, 0.27, 1.0),
        (0.665, 0.235, 0.75),
        (0.73, 0.30, 0.85),
        (1.24, 0.25, 0.8),
        (0.535, 0.325, 0.6),
    ):
        places = np.array([(x - 0.012 * s, y), (x + 0.012 * s, y - 0.002)])
        wing = Brush(0.0036 * s, 7.5, tint=0.02, body=0.8, dry=0.0, pickup=0.0, bristles=2)
        canvas.dab(places, np.array([-0.35, 0.25]), rgb("#2f2c4e"), wing, bend=np.array([0.9, 0.9]))
