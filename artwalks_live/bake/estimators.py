"""Flow estimators by name: `film`, `dis`, a flow model as an ONNX file, or one of your own as `module:callable`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, cast

from artwalks_live.bake.dis import DisFlow
from artwalks_live.bake.film import FilmFlow
from artwalks_live.bake.flows import Flow
from artwalks_live.core.errors import UsageError, choices

NAMES = ("film", "dis")


def flow_named(name: str) -> Flow:
    """Find an estimator. Raises UsageError with the valid names, ModelError for a file that is no flow model."""
    if name == "film":
        return FilmFlow.shipped()
    if name == "dis":
        return DisFlow()
    if name.endswith(".onnx"):
        return FilmFlow.of(Path(name))
    if ":" in name:
        return cast(Flow, own(name, "--flow"))
    raise UsageError(f"--flow {choices(name, NAMES)}, or a flow model FILE.onnx")


def own(name: str, option: str) -> Any:
    """Make what `module:callable` names. Raises UsageError when it cannot be loaded."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"{option} {name}: cannot be loaded ({error}): write module:callable") from None
