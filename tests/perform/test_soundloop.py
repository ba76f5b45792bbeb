"""The sound loop over ports in memory, whose delay is known."""

from __future__ import annotations

import numpy as np
import pytest

from artwalks_live.core.errors import AudioError
from artwalks_live.perform.soundloop import BEFORE_S, EVERY_S, SoundLoop
from tests.core.ports import ArrayPort

RATE_HZ = 48000
BLOCK = 480


def run(loop_s: float, gain: float, *, says_s: tuple[float, float] = (0.0, 0.0), clicks: int = 4) -> SoundLoop:
    """Let blocks go round: what is played comes in again loop_s later, over noise."""
    output, source = ArrayPort(RATE_HZ, 2, says_s[0]), ArrayPort(RATE_HZ, 1, says_s[1])
    loop = SoundLoop(output, source, clicks)
    loop.start()
    late, rng = round(loop_s * RATE_HZ), np.random.default_rng(1)
    cable = np.zeros(late, np.float32)
    for k in range(round((BEFORE_S + (clicks + 1) * EVERY_S) * RATE_HZ) // BLOCK):
        now_s = k * BLOCK / RATE_HZ
        played = output.play(BLOCK, now_s + says_s[0])
        cable = np.concatenate([cable, played[:, 0] * gain])
        coming, cable = cable[:BLOCK], cable[BLOCK:]
        noisy = coming + rng.normal(0, 0.003, BLOCK).astype(np.float32)
        source.capture(noisy[:, None].astype(np.float32), now_s - says_s[1])
    assert loop.wait(0)
    loop.close()
    assert output.closed and source.closed
    return loop


@pytest.mark.parametrize("says_s", [(0.0, 0.0), (0.035, 0.02)])
def test_the_delay_is_found_whatever_the_devices_say(says_s: tuple[float, float]) -> None:
    found = run(0.047, 0.3, says_s=says_s).result()
    assert found.median_s == pytest.approx(0.047, abs=2e-4) and found.spread_s < 1e-4
    assert len(found.delays_s) == found.played == 4


def test_without_a_loop_it_says_what_to_connect() -> None:
    with pytest.raises(AudioError, match="0 of 4 clicks were heard: connect the output to the input"):
        run(0.047, 0.0).result()
