"""What `artwalks calibrate` found out about this machine: a small TOML file in the user's configuration folder."""

from __future__ import annotations

import math
import os
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from artwalks_live.core.errors import UsageError

LONGEST_S = 1.0
_HEAD = "# Written by `artwalks calibrate`; seconds.\n"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Seconds; 0 where nothing was measured.

    display_s       from a frame being handed to the window to its being seen
    sound_loop_s    from the output's samples to the input's, through cable or air
    sound_spread_s  how much that varied from click to click
    """

    display_s: float = 0.0
    sound_loop_s: float = 0.0
    sound_spread_s: float = 0.0


def read(path: Path) -> Calibration:
    """Read the file; nothing measured where there is none. Raises UsageError when it holds something else."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Calibration()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}): remove it, and run `artwalks calibrate`") from None
    known = {entry.name: table.get(entry.name, 0.0) for entry in fields(Calibration)}
    for name, value in known.items():
        if not isinstance(value, (int, float)) or not math.isfinite(value) or not -LONGEST_S <= value <= LONGEST_S:
            raise UsageError(f"{path}: {name} = {value!r}: give seconds between -1 and 1, or run `artwalks calibrate`")
    return Calibration(**{name: float(value) for name, value in known.items()})


def save(path: Path, **found: float) -> Calibration:
    """Put what was found beside what is known already, in one step. Raises UsageError when it cannot be written."""
    calibration = replace(read(path), **found)
    lines = [f"{name} = {value:.4f}\n" for name, value in asdict(calibration).items()]
    unfinished = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(_HEAD + "".join(lines), encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None
    return calibration
