from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from artwalks_live.core import cues
from artwalks_live.core.cued import SOURCES, Cued
from artwalks_live.core.errors import CueError
from tests.songs import BAR_S, made_cues


def altered(**fields: object) -> str:
    table = json.loads(cues.text_of(made_cues()))
    table.update(fields)
    return json.dumps(table)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = replace(made_cues(sha256="ab" * 32), stems={"drums": bytes(len(made_cues().curves))}, title="Für Élise")
    cues.write(tmp_path / "song.cues", made)
    assert cues.read(tmp_path / "song.cues") == made
    assert [path.name for path in tmp_path.iterdir()] == ["song.cues"]
    assert cues.text_of(made) == cues.text_of(cues.parse(cues.text_of(made), "again"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"format": 2}, "cues of format 2, this program reads 1: listen again"),
        ({"what": "a poem"}, "no cues: give the .cues file"),
        ({"beats": [0.0, 1.0, 1.0]}, r"beats\[2\] = 1 is not above beats\[1\] = 1"),
        ({"beats": [0.0, "one"]}, r"beats\[1\] is missing or no number"),
        ({"beats": [0.0, 1e6]}, r"beats\[1\] = 1e\+06 s is outside the song, 0 .. 48 s"),
        ({"downbeats": [0.25]}, "downbeat 0.25 s is no beat"),
        ({"downbeats": []}, "too few"),
        ({"duration_s": 47.0}, "outside the song"),
        ({"duration_s": True}, "duration_s is missing or no number"),
        ({"meter": 0}, "meter = 0 is not 1 .. 16"),
        ({"sha256": "xyz"}, "sha256 = 'xyz' is none"),
        ({"tempo": []}, "tempo is empty"),
        ({"tempo": [[0.0, 5000.0]]}, r"tempo\[0\] = 5000 bpm is not 10 .. 500"),
        ({"tempo": [3]}, r"tempo\[0\] is no pair"),
        ({"sections": []}, "the sections end at 0 s, the song at 48 s"),
        ({"sections": [{"start_s": 0, "end_s": 48, "label": "A", "kind": "dorp", "energy": 1}]}, "nearest: drop"),
        ({"sections": [{"start_s": 1, "end_s": 48, "label": "", "kind": "drop", "energy": 1}]}, "expected to begin"),
        ({"sections": [{"start_s": 0, "end_s": 48, "label": "", "kind": "drop", "energy": 2}]}, "energy = 2 is not 0"),
        ({"sections": [7]}, r"sections\[0\].start_s is missing"),
        ({"moments": [{"time_s": 1, "kind": "?", "strength": 1}]}, r"moments\[0\].kind"),
        ({"curves": {"hop_s": 0.1, "energy": "A", "chroma": "", "onset": ""}}, "curves.energy is damaged"),
        ({"curves": {"hop_s": 0.1, "energy": "", "chroma": "", "onset": ""}}, "curves.energy has 0 rows, expected 480"),
        ({"stems": {"drums": "AAAA"}}, "stems.drums has 3 values, expected 480"),
        ({"title": 3}, "title is missing or of the wrong type"),
    ],
)  # fmt: skip
def test_damaged_cues_say_in_one_line_what_is_wrong(fields: dict[str, object], says: str) -> None:
    with pytest.raises(CueError, match=says) as caught:
        cues.parse(altered(**fields), "song.cues")
    assert str(caught.value).startswith("song.cues: ") and "\n" not in str(caught.value)


def test_files_that_are_no_cues(tmp_path: Path) -> None:
    with pytest.raises(CueError, match=r"cannot be read .*make it with `artwalks listen`"):
        cues.read(tmp_path / "none.cues")
    (tmp_path / "torn.cues").write_text(cues.text_of(made_cues())[:200])
    with pytest.raises(CueError, match=r"torn.cues, line \d: no cues, or damaged ones: listen again"):
        cues.read(tmp_path / "torn.cues")
    (tmp_path / "sound.cues").write_bytes(b"\xff\xfe\x00RIFF")
    with pytest.raises(CueError, match="no cues"):
        cues.read(tmp_path / "sound.cues")
    with pytest.raises(CueError, match=r"cannot be written .*name another with -o"):
        cues.write(tmp_path / "missing" / "song.cues", made_cues())


def test_what_cues_say_at_an_instant() -> None:
    said = Cued(made_cues())
    drop_s = 16 * BAR_S
    assert len(said.at(0.0)) == len(SOURCES) and said.at(0.0)[:3] == (0.3, 0.0, 0.0)
    assert said.at(drop_s - 2 * BAR_S)[:3] == (0.3, 0.5, 0.0)
    assert said.at(drop_s - 1e-6)[1] == pytest.approx(1.0, abs=1e-5)
    assert said.at(drop_s)[:3] == (0.9, 0.0, 1.0)
    assert said.at(drop_s + 2.0)[2] == pytest.approx(0.368, abs=1e-3)
    assert said.at(-1.0) == said.at(1e3) == (0.0,) * len(SOURCES)


def test_the_parts_of_a_separated_song_are_sources() -> None:
    made = made_cues()
    rows = len(made.curves)
    said = Cued(replace(made, stems={"bass": bytes([0, 255] * (rows // 2)), "vocals": bytes([51] * rows)}))
    drums, bassline, vocals, other = said.at(1.0)[3:]
    assert (drums, other) == (0.0, 0.0) and bassline == pytest.approx(0.5) and vocals == pytest.approx(0.2)
    assert said.at(1.05)[4] == pytest.approx(0.0, abs=1e-9) and said.at(1.15)[4] == pytest.approx(1.0)
