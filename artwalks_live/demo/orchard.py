"""An orchard in bloom: noon in April, a white dress, a parasol. Small broken touches, high and light in every tone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.figures import umbrella
from artwalks_live.demo.sketch import Point, Sketch, curve, drift, grade, mix, palette, rgb

_MEADOW = 0.525
_TREES = (
    # foot, height, and how far the crown leans; far ones first
    ((1.195, 0.550), 0.13, 0.00),
    ((0.640, 0.552), 0.14, 0.01),
    ((0.820, 0.566), 0.19, -0.02),
    ((1.075, 0.580), 0.24, 0.02),
    ((1.420, 0.665), 0.50, -0.05),
    ((0.270, 0.850), 0.84, 0.10),
)


def paint(size: tuple[int, int], seed: int) -> npt.NDArray[np.uint8]:
    """Paint the orchard at a size (width, height) pixels: (H, W, 3) uint8 sRGB."""
    canvas = Canvas(size, rgb("#d9b48a"), seed)
    sketch = Sketch(size, rgb("#a9d3ea"))
    _sky(sketch, canvas.rng)
    _hills(sketch)
    _meadow(sketch, canvas.rng)
    canvas.lay(sketch, Brush(0.050, 4.5, tint=0.025, body=0.4), error=0.0)
    canvas.lay(sketch, Brush(0.024, 4.5, tint=0.03, hue=0.02, body=0.7, dry=0.35), error=0.02)
    canvas.lay(sketch, Brush(0.012, 4, tint=0.025, hue=0.015, body=0.8), error=0.07)
    canvas.lay(sketch, Brush(0.006, 4, tint=0.015, body=0.7), error=0.09, detail=0.5)
    _grass(canvas, sketch)
    for foot, tall, lean in _TREES[:-1]:
        _tree(canvas, foot, tall, lean)
    _child(canvas, (1.235, 0.835), 0.135)
    _lady(canvas, (1.015, 0.880), 0.330)
    _tree(canvas, *_TREES[-1])
    _flowers(canvas)
    _falling(canvas)
    return canvas.finish(1.15)


def _sky(sketch: Sketch, rng: np.random.Generator) -> None:
    """Washed blue, cream low down, and two soft towers of cloud."""
    u, v = sketch.u, sketch.v
    cloudy = drift((sketch.height, sketch.width), 0.20, rng)
    sketch.colour = sketch.ramp([(0.0, "#5aa6dc"), (0.2, "#8cc5e8"), (0.4, "#c9e3e6"), (0.53, "#f6ead0")])
    for x, y, wide, tall in ((0.92, 0.25, 0.34, 0.13), (1.50, 0.16, 0.30, 0.12), (0.66, 0.40, 0.26, 0.05)):
        form = 1.25 - np.hypot((u - x) / wide, (v - y) / np.where(v > y, tall * 0.55, tall)) + 0.42 * cloudy
        light = np.clip((y - v) / tall + (x - u) / wide * 0.5 + 0.4 + 0.3 * cloudy, 0, 1)
        sketch.colour = mix(sketch.colour, mix(rgb("#b3bfe0"), rgb("#fffaf0"), light), np.clip(form * 1.6, 0, 1) * 0.92)
    turn = -0.25 + 0.8 * cloudy
    sketch.flow = np.stack([np.cos(turn), np.sin(turn)], -1).astype(np.float32)


def _hills(sketch: Sketch) -> None:
    """Lavender distance, a village with its spire, a hedge of poplars."""
    aspect = sketch.aspect
    for heights, top, foot in (
        ((0.455, 0.43, 0.462, 0.435, 0.40, 0.43), "#8fa6d6", "#b9c3dc"),
        ((0.495, 0.505, 0.480, 0.492, 0.475, 0.455), "#7f9fb8", "#a9c0a6"),
    ):
        ridge = curve(np.stack([np.linspace(-0.1, 1.75, 6), heights], 1), 50)
        land = np.concatenate([ridge, [(aspect + 0.1, 0.6), (-0.1, 0.6)]])
        sketch.wash(sketch.polygon(land), sketch.ramp([(0.42, top), (0.53, foot)]), angle=-0.1, detail=0.3)
    walls = [[(x, 0.502), (x, 0.482 - h), (x + 0.011, 0.470 - h), (x + 0.022, 0.482 - h), (x + 0.022, 0.502)]
             for x, h in ((0.900, 0.0), (0.930, 0.006), (0.962, 0.002), (0.985, 0.004))]  # fmt: skip
    sketch.wash(sketch.polygons(walls), "#f3dcc0", angle=np.pi / 2, detail=0.9)
    roofs = [[(x - 0.003, 0.483 - h), (x + 0.011, 0.466 - h), (x + 0.025, 0.483 - h)]
             for x, h in ((0.900, 0.0), (0.930, 0.006), (0.962, 0.002), (0.985, 0.004))]  # fmt: skip
    sketch.wash(sketch.polygons(roofs), "#c9785e", angle=0.0, detail=0.9)
    spire = [(0.948, 0.485), (0.949, 0.440), (0.955, 0.405), (0.961, 0.440), (0.962, 0.485)]
    sketch.wash(sketch.polygon(spire), "#7a86b8", angle=np.pi / 2, detail=0.9)


def _meadow(sketch: Sketch, rng: np.random.Generator) -> None:
    """Grass in sun and in the cool shade of the trees, and the path."""
    u, v = sketch.u, sketch.v
    cloudy = drift((sketch.height, sketch.width), 0.25, rng)
    grass = sketch.ramp([(0.52, "#c3d68a"), (0.62, "#a9cc6a"), (0.78, "#7fb552"), (1.0, "#4d8a44")])
    grass = mix(grass, rgb("#f0e48a"), np.clip(0.35 * np.sin(u * 6 + v * 34 + 1.5 * cloudy), 0, 1))
    sketch.wash((v > _MEADOW).astype(np.float32), grass, angle=-0.08 + 0.25 * cloudy, detail=0.0)
    left = curve([(0.78, 1.02), (0.90, 0.90), (0.93, 0.80), (0.80, 0.69), (0.78, 0.61), (0.86, 0.545)], 40)
    right = curve([(0.875, 0.545), (0.835, 0.61), (0.93, 0.69), (1.15, 0.80), (1.22, 0.90), (1.20, 1.02)], 40)
    sketch.wash(
        sketch.polygon(np.concatenate([left, right]), 0.003),
        sketch.ramp([(0.54, "#f4e3c2"), (0.75, "#eccfae"), (1.0, "#d0a594")]),
        angle=0.05,
        detail=0.2,
    )
    for (x, y), tall, _ in _TREES:
        pool = sketch.ellipse((x + 0.22 * tall, y + 0.035 * tall), (0.42 * tall, 0.070 * tall), 0.04, 0.012 * tall)
        cool = mix(sketch.colour, rgb("#5a6fae"), 0.62)
        sketch.wash(pool, cool, angle=0.0)


def _grass(canvas: Canvas, sketch: Sketch) -> None:
    """Blades, short far away and long at our feet, each the colour of the ground it stands on, warmer or cooler."""
    rng = canvas.rng
    n = 2600
    depth = np.sort(rng.random(n))
    at = np.stack([rng.random(n) * sketch.aspect, _MEADOW + 0.015 + depth * 0.47], 1)
    row = (at[:, 1] * canvas.height).astype(int).clip(0, canvas.height - 1)
    ground = sketch.colour[row, (at[:, 0] * canvas.height).astype(int).clip(0, canvas.width - 1)]
    green = ground[:, 1] > ground[:, 0] + 0.02
    accent = palette("#e9ee9a", "#3f8a52", "#8fd07a", "#4f78a8", "#cfe08a")[rng.integers(0, 5, n)]
    tints = ground * 0.62 + accent * 0.38
    touch = Brush(0.0075, 4.5, tint=0.03, hue=0.02, streak=0.05, body=0.8, dry=0.4, pickup=0.05)
    lean = -np.pi / 2 + rng.normal(0.1, 0.35, n)
    canvas.dab(
        at[green], lean[green], tints[green].astype(np.float32), touch, bend=0.5, widths=(0.4 + 1.1 * depth)[green]
    )


def _tree(canvas: Canvas, foot: Point, tall: float, lean: float) -> None:
    """An old almond: a violet trunk that twists and forks, and a crown of touches from lilac shade to white light."""
    x, y = foot
    crown = (x + lean, y - tall * 0.68)
    trunk = curve([(x, y), (x + 0.03 * tall, y - 0.18 * tall), (x - 0.02 * tall, y - 0.32 * tall),
                   (x + lean * 0.5, y - 0.52 * tall)], 20)  # fmt: skip
    boughs = [trunk]
    for start, turn, reach in (
        (13, -2.25, 0.36), (14, -0.85, 0.40), (16, -1.9, 0.36), (17, -1.2, 0.38), (12, -2.55, 0.30), (13, -0.62, 0.32),
    ):  # fmt: skip
        root = trunk[start]
        tip = root + np.array([np.cos(turn), np.sin(turn)]) * reach * tall
        boughs.append(curve(np.stack([root, (root + tip) / 2 + np.array([0.0, -0.03]) * tall, tip]), 12))
    widths = [1.0, 0.45, 0.42, 0.4, 0.4, 0.32, 0.32]
    bark = Brush(0.060 * tall, 1.0, tint=0.02, streak=0.06, body=0.9, dry=0.12, pickup=0.0)
    canvas.draw(boughs, rgb("#4a3c5c"), bark, widths)
    lights = [trunk + np.array([-0.016 * tall, 0.0]), boughs[1] + np.array([-0.004, -0.006]) * tall]
    canvas.draw(lights, palette("#b59aa8", "#c9a8a4"), Brush(0.016 * tall, 1.0, body=1.0, dry=0.5, pickup=0.1))
    _blossom(canvas, crown, tall)


def _blossom(canvas: Canvas, crown: Point, tall: float) -> None:
    """The crown: clusters, each dark below and right, light above and left, with sky between them."""
    rng = canvas.rng
    m = 18
    turn = np.arange(m) * 2.4 + rng.uniform(0, 2 * np.pi)  # the golden angle fills a disc without crowding
    far = np.sqrt((np.arange(m) + 0.6) / m) * rng.uniform(0.9, 1.08, m)
    hearts = np.stack([crown[0] + np.cos(turn) * far * 0.43 * tall, crown[1] + np.sin(turn) * far * 0.27 * tall], 1)
    touch = 0.0075 + 0.0065 * tall
    for count, tones, shift, size in (
        (20, ("#8f7fb8", "#a98cbc", "#7a86b0"), (0.018, 0.022), 1.15),
        (30, ("#d994b4", "#e8a8c0", "#c99ac8"), (0.006, 0.008), 1.05),
        (40, ("#f6c3cf", "#fbd6d8", "#f3b4c4"), (-0.008, -0.008), 1.0),
        (34, ("#fff1ec", "#ffe6e2", "#fffaf0"), (-0.018, -0.020), 0.85),
        (2, ("#a9c878", "#8fb56a"), (0.004, 0.004), 0.75),
        (8, ("#fffdf2", "#fff6e4"), (-0.020, -0.024), 0.7),
    ):
        n = int(m * count * (0.55 + 0.75 * tall))
        spread = np.array([0.078, 0.058]) * tall
        at = hearts[rng.integers(0, m, n)] + rng.normal(0, 1, (n, 2)) * spread + np.array(shift) * tall
        below = (at - crown) @ np.array([0.45, 0.89]) / tall + rng.normal(0, 0.10, n)
        at = at[below < 0.13] if shift[1] < 0 else at  # the sun does not reach the underside
        n = len(at)
        tints = palette(*tones)[rng.integers(0, len(tones), n)]
        brush = Brush(touch, 1.8, tint=0.025, streak=0.04, body=1.0, dry=0.15, pickup=0.03)
        canvas.dab(
            at,
            rng.uniform(-0.8, 0.8, n),
            tints,
            brush,
            bend=rng.normal(0.5, 0.5, n),
            widths=size * rng.uniform(0.6, 1.15, n),
        )


def _lady(canvas: Canvas, foot: Point, tall: float) -> None:
    """A woman in white: warm where the sun is, lilac and blue where it is not, a sash, a hat, a coral parasol."""
    x, y = foot
    shade = np.array([(x + 0.09, y + 0.006), (x + 0.15, y + 0.014), (x + 0.20, y + 0.018), (x + 0.12, y + 0.016)])
    canvas.dab(shade, 0.06, rgb("#6a72ac"), Brush(0.020, 5, body=0.5, dry=0.3, pickup=0.25))
    fold = np.linspace(-1, 1, 15)
    tones = palette("#fff6dc", "#fffaf0", "#f4ecec", "#cfd0ea", "#a9b0de", "#8f98d0")
    tints = grade(tones, (fold + 1) / 2)
    skirt = [curve(np.array([(0.045 * s, -0.56), (0.075 * s + 0.012, -0.36), (0.155 * s + 0.03, -0.10),
                             (0.205 * s + 0.045, 0.010 * (1 - s * s))]) * tall + foot) for s in fold]  # fmt: skip
    cloth = Brush(0.046 * tall, 1.0, tint=0.03, streak=0.05, body=1.0, dry=0.06, pickup=0.0)
    canvas.draw(skirt, tints, cloth)
    bodice = [np.array([(0.045 * s, -0.55), (0.062 * s - 0.005, -0.78)]) * tall + foot for s in fold[::2]]
    canvas.draw(bodice, tints[::2], cloth)
    sash = [np.array([(-0.055, -0.565 + k), (0.055, -0.555 + k)]) * tall + foot for k in (0.0, 0.02)]
    canvas.draw(
        [*sash, curve(np.array([(0.05, -0.55), (0.10, -0.40), (0.12, -0.22)]) * tall + foot)],
        palette("#3f66b8", "#5a86d0", "#3f66b8"),
        Brush(0.030 * tall, 1.0, body=1.0, dry=0.1, pickup=0.0),
    )
    arm = [curve(np.array([(-0.055, -0.74), (-0.12, -0.66), (-0.085, -0.60)]) * tall + foot)]
    canvas.draw(arm, rgb("#fff4e0"), Brush(0.044 * tall, 1.0, body=1.0, dry=0.0, pickup=0.0))
    head = np.array([(0.004, -0.845)]) * tall + foot
    canvas.dab(head, 1.5, rgb("#e3ab8a"), Brush(0.080 * tall, 1.25, tint=0.0, dry=0.0, pickup=0.0))
    canvas.dab(
        head + np.array([(0.016, 0.004)]) * tall, 1.3, rgb("#5a3434"), Brush(0.060 * tall, 1.5, dry=0.0, pickup=0.0)
    )
    hat = np.array([(0.0, -0.885), (0.006, -0.912)]) * tall + foot
    canvas.dab(hat, -0.08, palette("#f0cf7a", "#fbe6a4"), Brush(0.044 * tall, 4.2, body=1.0, dry=0.0, pickup=0.0),
               widths=np.array([1.0, 0.6]))  # fmt: skip
    _parasol(canvas, (x - 0.10 * tall, y - 0.92 * tall), tall)


def _parasol(canvas: Canvas, at: Point, tall: float) -> None:
    """Silk with the sun in it: yellow and coral on the lit side, rose in the shade."""
    stick = np.array([(0.015, 0.38), (0.0, -0.26)]) * tall + at
    canvas.draw([stick], rgb("#8a5a48"), Brush(0.014 * tall, 1.0, dry=0.0, pickup=0.0))
    silk = palette("#ffd98a", "#ffb07a", "#ff8f78", "#ee6f74", "#c9587e")
    umbrella(
        canvas, (at[0] - 0.015 * tall, at[1] - 0.22 * tall), 0.34 * tall, silk, palette("#ffb4a0", "#ffc9a8", "#fff3cf")
    )


def _child(canvas: Canvas, foot: Point, tall: float) -> None:
    """A child running ahead, in blue with a straw hat, arms full of blossom."""
    shade = np.array([foot]) + np.array([(0.05, 0.004), (0.08, 0.008)])
    canvas.dab(shade, 0.05, rgb("#6a72ac"), Brush(0.014, 5, body=0.5, dry=0.3, pickup=0.25))
    legs = [
        np.array([(-0.06, -0.28), (-0.16, -0.02)]) * tall + foot,
        np.array([(0.05, -0.28), (0.11, 0.0)]) * tall + foot,
    ]
    canvas.draw(legs, rgb("#d99a7a"), Brush(0.075 * tall, 1.0, dry=0.0, pickup=0.0))
    frock = [np.array([(0.06 * s - 0.02, -0.70), (0.20 * s, -0.24)]) * tall + foot for s in np.linspace(-1, 1, 6)]
    canvas.draw(frock, palette("#9cc0ee", "#86aee6", "#6f98dc", "#5a82cc", "#4a70bc", "#3f62ac"),
                Brush(0.100 * tall, 1.0, tint=0.02, body=1.0, dry=0.04, pickup=0.0))  # fmt: skip
    arms = [curve(np.array([(-0.06, -0.66), (-0.20, -0.66), (-0.27, -0.76)]) * tall + foot)]
    canvas.draw(arms, rgb("#e3ab8a"), Brush(0.07 * tall, 1.0, dry=0.0, pickup=0.0))
    canvas.dab(
        np.array([(-0.02, -0.80)]) * tall + foot, 1.5, rgb("#d99a7a"), Brush(0.17 * tall, 1.2, dry=0.0, pickup=0.0)
    )
    hat = np.array([(-0.02, -0.87), (-0.015, -0.93)]) * tall + foot
    canvas.dab(hat, -0.05, palette("#e8bf5e", "#f9df94"), Brush(0.085 * tall, 4.2, body=1.0, dry=0.0, pickup=0.0),
               widths=np.array([1.0, 0.6]))  # fmt: skip
    bunch = np.array([(-0.29, -0.80)]) * tall + foot + canvas.rng.normal(0, 0.09 * tall, (16, 2))
    canvas.dab(
        bunch,
        0.4,
        palette("#fff4f0", "#f3b4c4")[canvas.rng.integers(0, 2, 16)],
        Brush(0.008, 1.6, body=1.0, pickup=0.0),
    )


def _flowers(canvas: Canvas) -> None:
    """Meadow flowers in drifts at our feet: dandelion, daisy, cornflower, a little red."""
    rng = canvas.rng
    n = 520
    at = np.stack([rng.uniform(0.0, 1.62, n), 1.0 - 0.34 * rng.random(n) ** 1.7], 1)
    drifted = np.sin(at[:, 0] * 9 + 1) + np.sin(at[:, 0] * 4.3 + at[:, 1] * 12)
    clear = (np.abs(at[:, 0] - 1.02) > 0.19) & (drifted + rng.normal(0, 0.7, n) > -0.3)
    at = at[clear][np.argsort(at[clear][:, 1])]
    tones = palette("#fff6c9", "#ffd94a", "#fffdf4", "#5f7fe0", "#f6a8c0", "#e8503a")
    pick = rng.choice(6, len(at), p=[0.2, 0.26, 0.24, 0.14, 0.11, 0.05])
    size = np.clip(0.35 + (at[:, 1] - 0.66) * 3.0, 0.3, 1.4) * rng.uniform(0.6, 1.1, len(at))
    brush = Brush(0.0105, 1.7, tint=0.03, body=1.0, dry=0.1, pickup=0.03)
    canvas.dab(at, rng.uniform(-0.6, 0.6, len(at)), tones[pick], brush, bend=0.8, widths=size)


def _falling(canvas: Canvas) -> None:
    """Petals on the wind and on the path."""
    rng = canvas.rng
    n = 110
    air = np.stack([rng.uniform(0.45, 1.30, n // 2), rng.uniform(0.30, 0.80, n // 2)], 1)
    path = np.stack([rng.normal(1.0, 0.12, n // 2), rng.uniform(0.80, 0.99, n // 2)], 1)
    at = np.concatenate([air, path])
    canvas.dab(
        at,
        rng.uniform(-0.8, 0.8, len(at)),
        palette("#fff4f0", "#fbd6d8", "#f6c3cf")[rng.integers(0, 3, len(at))],
        Brush(0.006, 2.0, tint=0.02, body=1.0, dry=0.0, pickup=0.0),
        bend=0.8,
        widths=rng.uniform(0.6, 1.2, len(at)),
    )
