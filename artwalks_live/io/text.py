"""Lines of text as a picture, for the overlay that only the performer's window shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

_INK = (238, 234, 224, 255)
_GROUND = (12, 13, 18, 190)


def text_panel(lines: Sequence[str], font_px: int = 18) -> npt.NDArray[np.uint8]:
    """Set lines of text on a dark, half clear panel.

    lines     the text; a tab splits a line into a name column and a value column
    font_px   height of the type in pixels
    returns   (H, W, 4) uint8, sRGB, straight alpha, top row first
    """
    font = ImageFont.load_default(font_px)
    rows = [line.split("\t") for line in lines]
    gap, pad, step = font_px, font_px, round(font_px * 1.45)
    columns = max(len(row) for row in rows)
    widths = [max((font.getlength(row[i]) for row in rows if i < len(row)), default=0.0) for i in range(columns)]
    size = (round(sum(widths) + gap * (columns - 1)) + 2 * pad, step * len(rows) + 2 * pad)
    panel = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius=font_px // 2, fill=_GROUND)
    for number, row in enumerate(rows):
        x = float(pad)
        for text, width in zip(row, widths, strict=False):
            draw.text((x, pad + number * step), text, font=font, fill=_INK)
            x += width + gap
    return np.asarray(panel)
