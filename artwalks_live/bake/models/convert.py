"""Turn a Real-ESRGAN checkpoint into ONNX, once, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.model import load_runtime

SUFFIXES = (".pth", ".safetensors")
TOOLS = ("torch", "onnx")
INSTALL = "pip install 'artwalks-live[upscale]'"


def check_tools() -> None:
    """Raise ModelError when what converts is not installed: before anything is downloaded."""
    load_runtime()
    for library in TOOLS:
        if importlib.util.find_spec(library) is None:
            raise ModelError(f"a Real-ESRGAN checkpoint is converted once with {library}, which is missing: {INSTALL}")


def convert(checkpoint: Path, target: Path) -> None:
    """Write the ONNX file of a checkpoint.

    checkpoint  .pth or .safetensors, with the names that Real-ESRGAN gives its parameters

    Raises ModelError when it holds anything but tensors, is of an unknown layout, or does not come out as it should.
    Whatever the file is, nothing in it runs here.
    """
    check_tools()
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path or os.getcwd() for path in sys.path))
    environment.setdefault("OMP_NUM_THREADS", "1")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "artwalks_live.bake.models.converting", str(checkpoint), str(target)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    answer = _last_line(done.stdout)
    if "error" in answer:
        raise ModelError(str(answer["error"]))
    if done.returncode or not answer:
        why = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1][:200]
        raise ModelError(f"{checkpoint.name} could not be converted ({why}): download it again")


def _last_line(text: str) -> dict[str, object]:
    try:
        answer = json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}
