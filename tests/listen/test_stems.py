from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.audio import AudioClip
from artwalks_live.core.errors import UsageError
from artwalks_live.listen.stems import find_stems, with_stems
from tests.songs import made_cues

CUES = made_cues(bars=8)


def part(seconds: float, sounding: tuple[float, float], rate_hz: int = 8000) -> AudioClip:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    sound = 0.2 * np.sin(2 * np.pi * 220 * t) * ((t >= sounding[0]) & (t < sounding[1]))
    return AudioClip(sound.astype(np.float32)[:, None], rate_hz)


def test_each_part_is_loud_where_it_sounds(tmp_path: Path) -> None:
    for name in ("drums.wav", "vocals.flac", "cover.jpg"):
        (tmp_path / name).touch()
    paths = find_stems(tmp_path)
    assert {name: path.name for name, path in paths.items()} == {"drums": "drums.wav", "vocals": "vocals.flac"}
    clips = {"drums.wav": part(16.0, (0.0, 4.0)), "vocals.flac": part(16.0, (8.0, 16.0))}
    made = with_stems(CUES, paths, lambda path: clips[path.name])
    assert set(made.stems) == {"drums", "vocals"}
    drums, vocals = (np.frombuffer(made.stems[name], np.uint8) for name in ("drums", "vocals"))
    assert len(drums) == len(CUES.curves)
    assert drums[:39].min() > 240 and drums[41:].max() == 0
    assert vocals[:79].max() == 0 and vocals[81:159].min() > 240


def test_what_are_no_stems_of_this_song(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--stems .*none: is no folder: give the one that holds drums, bass"):
        find_stems(tmp_path / "none")
    with pytest.raises(UsageError, match=r"--stems .*: holds none of drums.wav, bass.wav, vocals.wav, other.wav"):
        find_stems(tmp_path)
    with pytest.raises(UsageError, match=r"bass.wav: lasts 3.0 s, made 16.0 s: separate this very file"):
        with_stems(CUES, {"bass": Path("bass.wav")}, lambda path: part(3.0, (0.0, 1.0)))
