"""torchvision beside a CPU build of torch.

Its PyPI build expects two operators of CUDA's and cannot be imported without; and where it lies, open_clip,
transformers and diffusers import it. Nothing here calls these operators: it is enough that they are declared.
"""

from __future__ import annotations

import importlib.util
from typing import Any

_kept: list[Any] = []  # an operator goes when its library does


def declare() -> None:
    """Let torchvision be imported, where it is installed and torch knows no CUDA. Again and again does no harm."""
    if _kept or importlib.util.find_spec("torchvision") is None or importlib.util.find_spec("torch") is None:
        return
    import torch

    if torch.version.cuda is not None or hasattr(torch.ops.torchvision, "nms"):
        return
    made: Any = torch.library.Library
    library = made("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)
