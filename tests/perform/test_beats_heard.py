"""The whole ear, network and all, follows music."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.audio import AudioClip
from artwalks_live.perform.listening import open_clip, open_sense
from tools.beats.metrics import score
from tools.evaluate_beats import listen, read_times
from tools.make_music import Options, make
from tools.music.sound import RATE_HZ

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "beats"


def test_the_network_is_there() -> None:
    assert open_sense()[1] == ""


# Not every piece is followed so well: tools.evaluate_beats tells how many are. These show that the whole way works.
@pytest.mark.parametrize(("style", "seed"), [("rock", 1), ("waltz", 6)])
def test_made_music_is_followed_and_told_in_time(style: str, seed: int) -> None:
    piece, samples = make(seed, Options(style, clean=True, kind="plain"))
    heard = listen(AudioClip(samples[: 40 * RATE_HZ, None], RATE_HZ))
    judged = score(piece.beats_s[piece.beats_s < 40], heard.ahead, skip_s=10.0)
    assert judged.f_best > 0.8
    assert len(heard.ahead) == len(heard.beats)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
@pytest.mark.parametrize("piece", ["d_map06", "d_e2m1"])
def test_music_is_followed(piece: str) -> None:
    clip = open_clip(SHARED / f"{piece}.ogg")
    heard = listen(AudioClip(clip.samples[: 40 * clip.sample_rate_hz], clip.sample_rate_hz))
    truth = read_times(SHARED / f"{piece}.beats")
    judged = score(truth[truth < 40], heard.ahead, skip_s=10.0)
    assert judged.f_best > 0.8
    assert abs(np.nan_to_num(judged.offset_s, nan=1.0)) < 0.03
