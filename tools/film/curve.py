"""What a training shows of itself: the curve of its log, and pictures of held-out scenes."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

WIDTH, HEIGHT, MARGIN = 960, 480, 50


def draw(log: Path, out: Path) -> None:
    """Draw PSNR (blue, dB) and end-point error (orange, px) of the held-out scenes over the hours."""
    with log.open() as file:
        rows = list(csv.DictReader(file))
    hours = np.array([float(row["hours"]) for row in rows])
    sheet = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    for name, colour, place in (("psnr", (190, 90, 30), 0), ("epe", (30, 120, 230), 1)):
        values = np.array([float(row[name]) for row in rows])
        low, high = values.min(), max(values.max(), values.min() + 1e-6)
        x = MARGIN + (WIDTH - 2 * MARGIN) * hours / max(hours.max(), 1e-6)
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (values - low) / (high - low)
        cv2.polylines(sheet, [np.stack([x, y], 1).astype(np.int32)], False, colour, 2, cv2.LINE_AA)
        text = f"{name} {low:.3g} .. {high:.3g}, now {values[-1]:.4g}"
        cv2.putText(sheet, text, (MARGIN + 420 * place, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, 1, cv2.LINE_AA)
    text = f"0 .. {hours.max():.2f} h, {rows[-1]['steps']} steps"
    cv2.putText(sheet, text, (MARGIN, HEIGHT - 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (90, 90, 90), 1, cv2.LINE_AA)
    cv2.imwrite(str(out), sheet)


def samples(out: Path, batch: dict[str, Tensor], shown: Tensor, flow: Tensor, count: int = 8) -> None:
    """Rows of: first end, what is shown at ½, the truth, last end, flow."""
    rows = []
    for i in range(count):
        pictures = [batch["first"][i], shown[i], batch["middle_a"][i], batch["last"][i]]
        size = (pictures[0].shape[-1], pictures[0].shape[-2])
        rows.append(np.hstack([*(_pixels(p) for p in pictures), cv2.resize(_wheel(flow[i, :2]), size)]))
    half = len(rows) // 2
    cv2.imwrite(str(out), np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])[..., ::-1])


def _pixels(picture: Tensor) -> NDArray[np.uint8]:
    array = picture.clamp(0, 1).permute(1, 2, 0).cpu().numpy()
    pixels: NDArray[np.uint8] = np.rint(array * 255).astype(np.uint8)
    return pixels


def _wheel(flow: Tensor) -> NDArray[np.uint8]:
    """Direction as hue, length as value."""
    x, y = flow.float().cpu().numpy()
    length = np.hypot(x, y)
    hue = (np.arctan2(y, x) / np.pi * 90 + 90).astype(np.uint8)
    value = np.clip(length / max(1.0, np.percentile(length, 98)) * 255, 0, 255).astype(np.uint8)
    wheel: NDArray[np.uint8] = cv2.cvtColor(np.dstack([hue, np.full_like(hue, 200), value]), cv2.COLOR_HSV2RGB)
    return wheel
