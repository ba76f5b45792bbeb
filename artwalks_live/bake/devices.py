"""The CUDA devices of this machine, by names that CUDA_VISIBLE_DEVICES takes; found without loading any library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

_DEVICE = re.compile(r"UUID: ((?:GPU|MIG)-[^)\s]+)\)")


def cuda_devices() -> list[str]:
    """The devices that a process started here may use; [] where there is none, or none can be told."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name for part in allowed.split(",") if (name := part.strip()) and name != "-1"]
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):  # a driver that hangs is none
        return []
    return listed_devices(listed.stdout)


def listed_devices(listing: str) -> list[str]:
    """What `nvidia-smi -L` lists: of a card that is divided its parts, for as a whole it cannot be used."""
    found: list[str] = []
    for name in _DEVICE.findall(listing):
        if name.startswith("MIG-") and found and found[-1].startswith("GPU-"):
            found.pop()
        found.append(name)
    return found
