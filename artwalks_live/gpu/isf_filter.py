"""An ISF filter as it lies on the disk: a `.fs` file, a `.vs` beside it, the pictures that it brings along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.params import Param
from artwalks_live.gpu.isf_header import PICTURE, Header, filter_name, parse_header

ReadImage = Callable[[Path], npt.NDArray[np.uint8]]
"""A picture's file → (H, W, 3 or 4) uint8, row 0 on top; raises ArtwalksError."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One ISF filter, its header read.

    name, file   in parameters and addresses; where it was read
    mix          the parameter that turns it on; all the others follow it in `params`
    images       the pictures that it brings along, by their names in the shader
    text, vertex   of its .fs, and of the .vs beside it ("" without)
    """

    name: str
    file: Path
    header: Header
    mix: Param
    images: Mapping[str, npt.NDArray[np.uint8]]
    text: str
    vertex: str

    @property
    def params(self) -> tuple[Param, ...]:
        """Every parameter of the filter."""
        return (self.mix, *self.header.params)

    @property
    def copies(self) -> bool:
        """Whether its last pass writes a buffer, so that one more draw brings the result to the picture."""
        return bool(self.header.passes[-1].target)

    @property
    def generates(self) -> bool:
        """Whether it makes a picture of its own, which is laid over the walk by its alpha."""
        return all(each.name != PICTURE for each in self.header.inputs)


def read_filter(file: Path, on: bool, read_image: ReadImage) -> Filter:
    """Read a `.fs` file, and the `.vs` beside it if there is one.

    on           whether it is on when the show begins: its `mix` then stands at 1
    read_image   reads the pictures that it brings along
    Raises GraphicsError with file:line, and what read_image raises.
    """
    text, vertex = _read(file), file.with_suffix(".vs")
    name = filter_name(file)
    help_text = "how much of the filter is seen: 0 does not draw it"
    mix = Param(f"{name}.mix", "float", 0, 1, float(on), "", 0.05, help_text)
    header = parse_header(text, file)
    if any(param.name == mix.name for param in header.params):
        mix = Param(f"{name}.filter_mix", "float", 0, 1, float(on), "", 0.05, help_text)
    images = {name: read_image(path) for name, path in header.imported}
    return Filter(name, file, header, mix, images, text, _read(vertex) if vertex.is_file() else "")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise GraphicsError(f"{file}: it is not UTF-8 text: is it a shader?") from None
    except OSError as error:
        raise GraphicsError(f"{file}: cannot be read ({error.strerror})") from None
