"""A preset that is played and saved, and that the next evening begins with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artwalks_live.core.events import Event
from artwalks_live.core.preset import load
from artwalks_live.core.show import Show, Start
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.paths import presets_dir, user_presets_dir
from artwalks_live.perform.saving import as_it_stands, place, save_preset
from artwalks_live.perform.stage import Tables

SHAPE = WalkShape(8, (0, 4, 8))


def played(name: str, tables: Tables) -> Show:
    """A show in which something was set by hand."""
    show = Show(SHAPE, tables.params, tables.presets, Start(name))
    for address, value in (("/bloom/amount", 0.625), ("/flow/strength", 1.25), ("/route/2/amount", 0.125)):
        assert show.send(Event(address, (value,))) is None
    show.frame(1, 0.1, 0.1)
    return show


@pytest.mark.parametrize("name", ["vj", "techno", "gallery"])
def test_every_comment_of_a_shipped_preset_survives(name: str) -> None:
    tables = Tables.load()
    text, changes = as_it_stands(played(name, tables).edits(), tables.params)
    was = (presets_dir() / f"{name}.toml").read_text(encoding="utf-8")
    assert [line for line in was.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    same = set(was.splitlines()) & set(text.splitlines())
    assert changes == 3 and len(same) >= len(set(was.splitlines())) - 3


def test_a_preset_of_ones_own_is_saved_where_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((presets_dir() / "vj.toml").read_text(encoding="utf-8"), encoding="utf-8")
    tables, name = Tables.load().with_preset(str(path))
    show = played(name, tables)
    assert save_preset(show, tables.files) == f"preset mine saved with 3 changes: {path}"
    again = load(path, tables.params)
    assert again.values["bloom.amount"] == 0.625 and again.routes[1].amount == 0.125
    before = show.frame(2, 0.2, 0.1).values
    assert show.frame(9, 2.0, 0.1).values["bloom.amount"] == pytest.approx(before["bloom.amount"], abs=0.3)
    assert show.edits().preset.values == again.values and save_preset(show, tables.files).startswith(
        "preset mine saved with 0 changes"
    )


def test_a_shipped_preset_is_saved_as_the_users_copy() -> None:
    assert place(presets_dir() / "vj.toml", "vj") == place(None, "vj") == user_presets_dir() / "vj.toml"
    assert user_presets_dir({"ARTWALKS_CONFIG": "/somewhere"}) == Path("/somewhere/presets")


def test_what_cannot_be_written_is_told_and_the_show_goes_on(tmp_path: Path) -> None:
    tables = Tables.load()
    (tmp_path / "file").write_text("")
    told = save_preset(played("vj", tables), {"vj": tmp_path / "file" / "vj.toml"})
    assert told.startswith("preset ") and "cannot be written" in told and "\n" not in told


def test_the_users_presets_stand_before_the_shipped(tmp_path: Path) -> None:
    (tmp_path / "vj.toml").write_text('mode = "beat"\nkey = 1\n')
    (tmp_path / "own.toml").write_text('mode = "clock"\n')
    tables = Tables.load(tmp_path)
    assert tables.presets["vj"].mode == "beat" and next(iter(tables.presets)) == "vj"
    assert tables.presets["own"].mode == "clock" and tables.files["vj"] == tmp_path / "vj.toml"
    assert set(Tables.load(tmp_path / "none").presets) == {path.stem for path in presets_dir().glob("*.toml")}
    assert os.fspath(tables.files["techno"]) == os.fspath(presets_dir() / "techno.toml")
