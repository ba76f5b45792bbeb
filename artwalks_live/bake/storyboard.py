"""Storyboards: a story told in prompts, whose paintings are yet to be painted.

    {"title": "…", "text": "…", "content_prompts": ["…", …], "style_prompts": ["…"]}        as JSON or TOML

Each content prompt is one painting; the style is one for all, or one for each. Who paints is a seam: anything that
makes a picture of a prompt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artwalks_live.bake.estimators import own
from artwalks_live.bake.story import read_toml
from artwalks_live.core.errors import ModelError, StoryError, UsageError

SUFFIXES = (".json", ".toml")
Doing = Callable[[float, str], None]
PAINTERS = ("kandinsky", "sd")
_MOST_PROMPTS, _MOST_CHARACTERS = 1000, 2000


@dataclass(frozen=True)
class Storyboard:
    """A story in prompts, one a painting: (title of the painting, prompt) each."""

    title: str
    text: str
    prompts: tuple[tuple[str, str], ...]


class Painter(Protocol):
    """Makes pictures of prompts."""

    def paint(self, prompt: str, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
        """A picture, (H, W, 3) uint8 sRGB, of about that (width, height); the same for the same seed."""


def read(path: Path) -> Storyboard:
    """Read a storyboard. Raises StoryError with what is missing or wrong."""
    values = read_toml(path)
    title = values.get("title", path.stem)
    text = values.get("text", values.get("story", ""))
    for key, value in (("title", title), ("text", text)):
        if not isinstance(value, str):
            raise StoryError(f"{path}: {key} is {value!r}, expected text")
    content = _prompts(path, values, "content_prompts")
    style = _prompts(path, values, "style_prompts") if values.get("style_prompts") else [""]
    if len(content) < 2:
        raise StoryError(f"{path}: content_prompts has {len(content)} entry: a walk needs at least two paintings")
    if len(style) not in (1, len(content)):
        raise StoryError(
            f"{path}: {len(style)} style_prompts for {len(content)} content_prompts: give one for all, or one for each"
        )
    styles = style * len(content) if len(style) == 1 else style
    full = [f"{what}, {how}" if how else what for what, how in zip(content, styles, strict=True)]
    return Storyboard(title, text, tuple(zip(content, full, strict=True)))


def _prompts(path: Path, values: dict[str, Any], key: str) -> list[str]:
    given = values.get(key)
    entries = [given] if isinstance(given, str) else given
    if not isinstance(entries, list) or not all(isinstance(entry, str) and entry.strip() for entry in entries):
        raise StoryError(f'{path}: {key} is missing or not a list of texts: write {key} = ["…", "…"]')
    if len(entries) > _MOST_PROMPTS:
        raise StoryError(f"{path}: {len(entries)} {key}, more than {_MOST_PROMPTS}: make several stories of it")
    long = [entry for entry in entries if len(entry) > _MOST_CHARACTERS]
    if long:
        what = f"a prompt of {len(long[0])} characters ({long[0][:30]}…)"
        raise StoryError(f"{path}: {what}: use {_MOST_CHARACTERS} at most")
    return [" ".join(entry.split()) for entry in entries]


def painter_named(name: str) -> Painter:
    """A painter: `kandinsky` or `sd`, a folder with a pipeline, or one of your own as `module:callable`.

    Raises UsageError, ModelError when the model or the libraries are not here.
    """
    if ":" in name and not Path(name).exists():
        return cast(Painter, own(name, "--painter"))
    if name not in PAINTERS and not Path(name).is_dir():
        raise UsageError(f"--painter {name!r} is unknown: use {', '.join(PAINTERS)}, a folder, or module:callable")
    from artwalks_live.bake.painter import DiffusionPainter

    return DiffusionPainter.of(name)


def paint(board: Storyboard, paint_one: Callable[[str, int], object], folder: Path, doing: Doing) -> list[Path]:
    """Paint every prompt into a folder, as PNG. Raises ModelError when a painter gives something else than a picture.

    paint_one   makes the picture of a prompt and its number
    doing       told how many are done, and what comes next
    """
    made = []
    for number, (title, prompt) in enumerate(board.prompts):
        doing(number, title)
        pixels = paint_one(prompt, number)
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[2:] != (3,):
            raise ModelError(f"the painter made no picture of {title[:40]!r}: expected uint8 (H, W, 3)")
        path = folder / str(number) / f"{_file_name(title)}.png"  # two prompts may begin alike
        path.parent.mkdir()
        Image.fromarray(pixels).save(path)
        made.append(path)
    return made


def _file_name(title: str) -> str:
    """A prompt as a file's name."""
    words = "".join(character if character.isalnum() else " " for character in title.lower()).split()
    return "-".join(words)[:60].rstrip("-") or "painting"
