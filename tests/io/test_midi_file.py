"""Mapping files: read with their lines, written without touching what people wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from artwalks_live.core.errors import ControlError
from artwalks_live.core.midi_map import Binding
from artwalks_live.core.midi_message import Control
from artwalks_live.io.midi_file import file_name, read, read_folder, save

WRITTEN = """\
# my controller, the one with the tape on it
device = "nano MIDI 1"

[[control]]  # far left
control = "cc/1/0"
target = "/flow/strength"
low = 0.5     # never quite still
high = 1.5
pickup = true # as it is anyway

# the big button
[[control]]
control = "note/1/36"
target = "/walk/next"
"""
FADER, BUTTON = Control("cc", 1, 0), Control("note", 1, 36)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "nano.toml"
    path.write_text(WRITTEN)
    return path


def test_a_file_is_read(written: Path) -> None:
    file = read(written)
    assert file.device == "nano MIDI 1"
    assert file.bindings == (Binding(FADER, "/flow/strength", low=0.5, high=1.5), Binding(BUTTON, "/walk/next"))
    assert read_folder(written.parent) == {"nano MIDI 1": file}
    assert read_folder(written.parent / "none") == {}


def test_saving_what_was_read_changes_nothing(written: Path) -> None:
    save(written, "nano MIDI 1", read(written).bindings)
    assert written.read_text() == WRITTEN
    assert [path.name for path in written.parent.iterdir()] == ["nano.toml"]


def test_learning_keeps_comments_order_and_what_it_does_not_touch(written: Path) -> None:
    moved = Binding(FADER, "/walk/speed")
    new = Binding(Control("cc", 1, 3), "/grain/amount", bits=14, touch=Control("note", 1, 104))
    save(written, "nano MIDI 1", (moved, Binding(BUTTON, "/walk/next"), new))
    text = written.read_text()
    assert text.startswith("# my controller, the one with the tape on it\ndevice")
    assert "# far left" in text and "# the big button" in text and "never quite still" not in text
    assert text.index("/walk/speed") < text.index("/walk/next") < text.index("/grain/amount")
    assert read(written).bindings == (moved, Binding(BUTTON, "/walk/next"), new)


def test_forgetting_takes_a_table_out(written: Path) -> None:
    save(written, "nano MIDI 1", (Binding(BUTTON, "/walk/next"),))
    assert read(written).bindings == (Binding(BUTTON, "/walk/next"),)
    save(written, "nano MIDI 1", ())
    assert read(written).bindings == ()


def test_two_things_by_one_control_stay_two(written: Path) -> None:
    both = (Binding(FADER, "/flow/strength", low=0.5, high=1.5), Binding(FADER, "/walk/speed"))
    save(written, "nano MIDI 1", both)
    assert read(written).bindings == both


def test_a_new_device_gets_a_file_that_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "midi" / file_name('My "Knobs" #2', [])
    assert path.name == "my-knobs-2.toml" and file_name("my knobs 2", [path]) == "my-knobs-2-.toml"
    assert file_name("日本", []) == "device.toml"
    save(path, 'My "Knobs" #2', (Binding(FADER, "/flow/strength"),))
    assert path.read_text() == (
        "# What the controls of this MIDI device do: learned with L, and yours to edit (docs/midi.md).\n"
        'device = "My \\"Knobs\\" #2"\n\n[[control]]\ncontrol = "cc/1/0"\ntarget = "/flow/strength"\n'
    )
    assert read(path).device == 'My "Knobs" #2'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("device = ", "nano.toml: not valid TOML:"),
        ("", 'nano.toml: no device: add a line like device = "nanoKONTROL2"'),
        ('device = "x"\nspeed = 3', "nano.toml: key 'speed' is unknown: there are device and [[control]] tables"),
        ('device = "x"\n[control]\na = 1', "nano.toml: write controls as [[control]] tables"),
        ('device = "x"\n\n[[control]]\ncontrol = "cc/1/1"', "nano.toml:3: target None: write an address"),
        (WRITTEN + '[[control]]\ncontrol="cc/17/1"\ntarget="/a/b"', "nano.toml:15: control 'cc/17/1': its channel"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "nano.toml"
    path.write_text(text)
    with pytest.raises(ControlError, match=re.escape(says)):
        read(path)


def test_what_cannot_be_read_or_written_is_said(written: Path) -> None:
    other = written.with_name("other.toml")
    other.write_text(WRITTEN)
    with pytest.raises(ControlError, match=r"other.toml: nano.toml is for 'nano MIDI 1' too: remove one of them"):
        read_folder(written.parent)
    other.write_bytes(b"\xff\xfe")
    with pytest.raises(ControlError, match=r"other.toml cannot be read \(it is not UTF-8 text\)"):
        read(other)
    with pytest.raises(ControlError, match="cannot be written"):
        save(written / "under-a-file.toml", "x", ())
