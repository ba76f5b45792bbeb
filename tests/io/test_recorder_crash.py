"""A recording that is killed, or whose disk fills up, is named and plays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.io.pictures import boxes, look

CHILD = """
import sys
from fractions import Fraction
from pathlib import Path
from artwalks_live.core.video import plan_master
from artwalks_live.io.recorder import Recorder
from tests.io.pictures import clicks, numbered
spec = plan_master(Path(sys.argv[1]), (64, 48), Fraction(60), live=False, sample_rate_hz=48_000)
recorder = Recorder(spec)
recorder.write_audio(clicks(48_000, 1000.0), 0.0)
for index in range(1_000_000):
    recorder.write(index, numbered(spec, index))
    print(index, flush=True)
"""


@pytest.mark.parametrize("file", ["a.mp4", "a.h265.mp4", "a.mov", "a.mkv"])
def test_a_killed_recording_plays_up_to_the_last_second(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            if line == "200\n":
                child.kill()
                break
    child.wait()
    seen = look(path)
    whole = len(seen.frames) - 4  # the cut may leave a picture whose forward-predicted neighbour is missing
    assert seen.numbers[:whole] == [index % 50 for index in range(whole)]
    assert len(seen.frames) >= 200 - 60
    assert len(seen.sound) / 48_000 >= (200 - 60) / 60


FULL = """
import resource, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from artwalks_live.core.errors import RecordError
from artwalks_live.core.video import plan_master
from artwalks_live.io.recorder import Recorder
live = sys.argv[2] == "live"
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
spec = plan_master(Path(sys.argv[1]), (64, 48), Fraction(30), live=live)
noise = np.random.default_rng(0).integers(0, 255, (2, *spec.shape), dtype=np.uint8)
recorder = Recorder(spec)
try:
    for index in range(2000):
        recorder.write(index, noise[index % 2])
        if live and recorder.fault:
            break
    recorder.close()
except RecordError as error:
    print("raised", error)
print("fault", recorder.fault)
"""


@pytest.mark.parametrize("live", [True, False])
def test_a_full_disk_is_named_and_what_was_written_plays(tmp_path: Path, live: bool) -> None:
    """Filled here by a limit on the size of files: the same fault at the same place, without root."""
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", FULL, str(path), "live" if live else "offline"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert told[-1].startswith("fault record failed: file too large")
    assert len(told) == (1 if live else 2)
    assert live or told[0].startswith(f"raised {path}: file too large")
    assert path.stat().st_size <= 200_000
    assert len(look(path).frames) >= 8
    assert boxes(path)[-1] == "mdat"
