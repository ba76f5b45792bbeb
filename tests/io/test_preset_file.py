from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from artwalks_live.core.errors import PresetError
from artwalks_live.io.preset_file import edited, write

TEXT = """\
# For Friday.
title = "Mine"   # a title
mode = "music"

[values] # what stands
music.gain = 0.8   # loud
"grain.size" = 2
flow.push = 1

[values.bloom]
amount = 0.5 # glow
on = true

[[route]] # the kick
source = "kick"
target = "flow.push"
amount = 0.8 # hard

[[route]]
amount = 3
source = "bass"
target = "zoom.angle"
"""


def test_numbers_change_and_all_else_stays() -> None:
    values = {"music.gain": 0.25, "grain.size": 3.0, "bloom.amount": 0.1 + 0.2, "bloom.on": 0.0}
    expected = (
        TEXT.replace("0.8   # loud", "0.25   # loud")
        .replace('"grain.size" = 2', '"grain.size" = 3')
        .replace("0.5 # glow", "0.3 # glow")
        .replace("on = true", "on = false")
        .replace("0.8 # hard", "-0.5 # hard")
    )
    assert edited(TEXT, values, {0: -0.5}) == expected


def test_a_new_value_gets_a_line_of_its_own() -> None:
    text = edited(TEXT, {"music.base": 0.1, "walk.speed": 2.0, "bloom.radius": 1 / 3}, {})
    values = tomllib.loads(text)["values"]
    assert values["music"] == {"gain": 0.8, "base": 0.1} and values["walk"] == {"speed": 2}
    assert values["bloom"]["radius"] == 0.333333 and "# glow" in text and text.count("\n") == TEXT.count("\n") + 3


@pytest.mark.parametrize("text", ['mode = "beat"', 'mode = "beat"\n[[route]]\nsource = "bass"\namount = 1\n'])
def test_a_preset_without_values_gets_some(text: str) -> None:
    table = tomllib.loads(edited(text, {"walk.speed": 0.5, "walk.glide_s": 2.0}, {}))
    assert table["values"] == {"walk": {"speed": 0.5, "glide_s": 2}} and table["mode"] == "beat"


def test_nothing_changed_is_the_same_text() -> None:
    assert edited(TEXT, {}, {}) == TEXT


def test_it_is_written_in_one_step_and_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    write(tmp_path / "new" / "a.toml", TEXT)
    write(tmp_path / "new" / "a.toml", TEXT + "# more")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.toml"]
    assert (tmp_path / "new" / "a.toml").read_text() == TEXT + "# more"
    (tmp_path / "file").write_text("")
    with pytest.raises(PresetError, match=r"preset .*a.toml cannot be written \("):
        write(tmp_path / "file" / "a.toml", TEXT)
