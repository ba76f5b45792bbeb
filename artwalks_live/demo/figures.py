"""People as a painter of crowds puts them down, from behind and in few strokes, and what they hold over themselves."""

from __future__ import annotations

import numpy as np

from artwalks_live.demo.brush import Brush, Canvas
from artwalks_live.demo.sketch import Array, Point, curve, grade, mix, rgb

_DARK = "#12142a"


def walker(canvas: Canvas, foot: Point, tall: float, coat: Array, rim: Array) -> None:
    """Someone walking away: striding legs, a coat drawn in at the waist, a head, the edge that a lamp finds."""
    size = np.array([tall * 0.13, tall])  # half the shoulders, the height
    cloth = Brush(tall * 0.060, 1.0, tint=0.015, streak=0.035, body=0.85, dry=0.03, pickup=0.0)
    legs = [np.array([(dx, dy), (dx * 0.35, -0.30)]) * size + foot for dx, dy in ((-0.55, 0.0), (0.75, -0.025))]
    canvas.draw(legs, mix(coat, rgb(_DARK), 0.6), cloth)
    folds = [
        curve(np.array([(s * 1.12, -0.20), (s * 0.60, -0.45), (s * 0.72, -0.62), (s * 0.40, -0.69)]) * size + foot)
        for s in np.linspace(-1.0, 1.0, 7)
    ]
    canvas.draw(folds, coat, cloth)
    head = np.array([(0.05, -0.755)]) * size + foot
    canvas.dab(head, 1.57, mix(coat, rgb("#b07050"), 0.30), Brush(tall * 0.080, 1.4, dry=0.0, pickup=0.0))
    edge = Brush(tall * 0.007 + 0.001, 1.0, body=1.0, dry=0.5, pickup=0.2)
    canvas.draw(
        [folds[-1] + np.array([0.10, 0.0]) * size, folds[-1] + np.array([-0.08, 0.06]) * size], rim, edge, [1.0, 0.6]
    )


def umbrella(canvas: Canvas, top: Point, span: float, tones: Array, shine: Array) -> None:
    """Panels that fall from the tip to a scalloped edge, graded through tones from left to right, lights put on last.

    top    the tip, span half the width, in picture heights
    tones  (N, 3) and shine (M, 3) sRGB [0,1]; as many lights as shine has colours
    """
    ribs = np.linspace(-1, 1, 15)
    panels = []
    for r in ribs:
        shoulder = (0.67 * r, 0.14 + 0.16 * r * r)
        edge = (r, 0.64 - 0.075 * np.cos(r * 11) + 0.04 * r)
        panels.append(curve(np.array([(0.0, 0.0), shoulder, edge]) * span + top))
    silk = Brush(span * 0.25, 1.0, tint=0.02, streak=0.045, body=1.0, dry=0.04, pickup=0.0)
    canvas.draw(panels, grade(tones, (ribs + 1) / 2), silk)
    wet = Brush(span * 0.062, 1.0, body=1.0, dry=0.6, pickup=0.0)
    lights = [panels[k] + np.array([-0.010, -0.026]) * span for k in (11, 9, 4)[: len(shine)]]
    canvas.draw(lights, shine, wet, [1.0, 0.8, 0.6][: len(shine)])
