"""Where the last run stopped: kept beside the bundle, and never a reason not to begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from artwalks_live.core.show import Start
from artwalks_live.perform.resume import PlaceKeeper, load_place, place_file

PRESETS = {"vj": 1, "gallery": 2}
PLACE = {"preset": "gallery", "position": 3.25, "mode": "clock", "direction": -1}


def test_a_place_survives_the_end(tmp_path: Path) -> None:
    bundle = tmp_path / "show.walk"
    keeper = PlaceKeeper(bundle)
    keeper.keep({**PLACE, "position": 1.0}, 0.0)
    keeper.keep(PLACE, 0.1)
    keeper.close()
    assert keeper.fault == ""
    assert place_file(bundle) == tmp_path / "show.resume.json"
    start = load_place(bundle, PRESETS, Start("vj", seed=7))
    assert start == Start("gallery", 3.25, "clock", -1, 7)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"preset": "gone", "position": 1, "mode": "clock", "direction": 1}',
     '{"preset": "vj", "position": "NaN", "mode": "clock", "direction": 1}',
     '{"preset": "vj", "position": 1, "mode": "swim", "direction": 1}'],
)  # fmt: skip
def test_a_torn_or_stale_place_is_the_beginning(tmp_path: Path, text: str) -> None:
    bundle = tmp_path / "show.walk"
    place_file(bundle).write_text(text)
    assert load_place(bundle, PRESETS, Start("vj")) == Start("vj")
    assert load_place(tmp_path / "other.walk", PRESETS, Start("vj")) == Start("vj")


def test_a_folder_that_cannot_be_written_is_named_and_harmless(tmp_path: Path) -> None:
    keeper = PlaceKeeper(tmp_path / "missing" / "show.walk")
    keeper.keep(PLACE, 0.0)
    keeper.close()
    assert keeper.fault.startswith("place not kept")
