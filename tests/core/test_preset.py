from __future__ import annotations

import random
from pathlib import Path

import pytest

from artwalks_live.core.control import SOURCES
from artwalks_live.core.errors import PresetError
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.preset import load, load_folder, parse
from artwalks_live.core.routes import Route
from artwalks_live.core.show import PARAMS, Show, Start
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import presets_dir, shaders_dir

TABLE = ParamTable(
    (
        Param("flow.strength", "float", 0, 2, 1),
        Param("flow.push", "float", 0, 1, 0),
        Param("grain.on", "bool", 0, 1, 0),
        Param("beat.hold_beats", "int", 0, 16, 4),
    )
)
GOOD = """\
title = "Good"
mode = "beat"
end = "stop"
key = 3

[values]
flow.strength = 1.5
grain.on = true

[[route]]
source = "bass"
target = "flow.push"
amount = 0.5

[[route]]
source = "lfo"
target = "flow.strength"
amount = -1
period_s = 4
curve = "square"
"""


def test_a_preset_is_read_as_written() -> None:
    preset = parse(GOOD, "good", TABLE)
    assert (preset.name, preset.title, preset.mode, preset.end, preset.key) == ("good", "Good", "beat", "stop", 3)
    assert preset.values == {"flow.strength": 1.5, "grain.on": 1.0}
    assert preset.routes == (
        Route("bass", "flow.push", 0.5),
        Route("lfo", "flow.strength", -1.0, "square", period_s=4.0),
    )
    assert preset.text == GOOD


MORE = """\
mode = "beat"
fade_beats = 8

[[route]]
source = "input"
input = "midi/cc/1/74"
target = "flow.push"
amount = 1
low = 0.1
high = 0.9
quantise = "2 bars"
take_over = "replace"
priority = 2
pickup = true

[[route]]
source = "lfo"
shape = "steps"
period_bars = 2
phase = 0.25
target = "flow.push"
amount = 4
take_over = "multiply"

[[route]]
source = "random"
target = "flow.push"
amount = 0.1
"""


def test_all_that_a_route_can_say() -> None:
    preset = parse(MORE, "more", TABLE)
    hand, steps, walk = preset.routes
    assert hand == Route(
        "input", "flow.push", 1.0, input="midi/cc/1/74", low=0.1, high=0.9, quantise="2 bars", take_over="replace",
        priority=2, pickup=True,
    )  # fmt: skip
    assert steps == Route("lfo", "flow.push", 4.0, shape="steps", period_bars=2.0, phase=0.25, take_over="multiply")
    assert walk == Route("random", "flow.push", 0.1, period_s=4.0)
    assert preset.fade_beats == 8.0 and (hand.hears, steps.hears, walk.lfo.shape) == ("midi/cc/1/74", "", "wander")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("fade_beats = 8", "fade_beats = 8\nfade_s = 1", 2, "fade_s and fade_beats: give one of them"),
        ("fade_beats = 8", "fade_beats = 999", 2, "outside 0 .. 256"),
        ('input = "midi/cc/1/74"', "", 4, 'needs a name without spaces, as input = "midi/cc/1/74"'),
        ('input = "midi/cc/1/74"', 'input = "cc 74"', 6, "needs a name without spaces"),
        ('input = "midi/cc/1/74"', "input = 74", 6, "input must be text in quotes"),
        ('source = "random"', 'source = "bass"\ninput = "key/a"', 27, 'write source = "input"'),
        ("low = 0.1", "low = 0.9", 9, "low and high are both 0.9"),
        ("low = 0.1", "low = -1", 9, "outside 0 .. 1"),
        ('"2 bars"', '"2 bar"', 11, "nearest: 2 bars"),
        ('"replace"', '"replaces"', 12, "nearest: replace"),
        ("priority = 2", "priority = 10", 13, "outside 0 .. 9"),
        ("priority = 2", "priority = 1.5", 13, "must be a whole number, 0 .. 9"),
        ("pickup = true", "pickup = 1", 14, "pickup must be true or false, not 1"),
        ('take_over = "replace"', "", 14, 'pickup is for source = "input" with take_over = "replace"'),
        ('shape = "steps"', 'shape = "step"', 18, "nearest: steps"),
        ("period_bars = 2", "period_bars = 2\nperiod_s = 1", 16, "just one of them"),
        ("period_bars = 2", "period_bars = 0", 16, "above 0, just one of them"),
        ("phase = 0.25", "phase = 2", 20, "outside 0 .. 1"),
        ("amount = 4", "amount = 17", 22, "outside -16 .. 16"),
        ('source = "random"', 'source = "random"\nshape = "sine"', 27, "random takes no shape"),
        ('source = "random"', 'source = "day"\nphase = 0.5', 25, "source day takes no phase"),
    ],
)
def test_a_mistake_in_a_route_names_its_line(old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(PresetError) as error:
        parse(MORE.replace(old, new, 1), "more", TABLE, "more.toml")
    message = str(error.value)
    assert message.startswith(f"more.toml:{line}: ") and says in message and "\n" not in message


def test_quoted_names_and_tables_of_tables_mean_the_same() -> None:
    for values in ('[values]\n"flow.strength" = 1.5', "[values.flow]\nstrength = 1.5", "values.flow.strength = 1.5"):
        assert parse(f'mode = "beat"\n{values}\n', "p", TABLE).values == {"flow.strength": 1.5}


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("flow.strength = 1.5", "flow.strenght = 1.5", 7, "nearest: flow.strength"),
        ("flow.strength = 1.5", "flow.strength = 2.5", 7, "flow.strength = 2.5 is outside 0 .. 2"),
        ("flow.strength = 1.5", "flow.strength = nan", 7, "outside 0 .. 2"),
        ("flow.strength = 1.5", 'flow.strength = "much"', 7, "must be a number, not 'much'"),
        ('mode = "beat"', 'mode = "beet"', 2, "nearest: beat"),
        ('mode = "beat"', "mode = 3", 2, "clock, cues, music, position"),
        ('end = "stop"', 'end = "halt"', 3, "jump, pingpong, stop"),
        ("key = 3", "kee = 3", 4, "nearest: key"),
        ("key = 3", "key = 12", 4, "outside 0 .. 9"),
        ('title = "Good"', "title = 5", 1, "must be text"),
        ('source = "bass"', 'source = "base"', 11, "nearest: bass"),
        ('target = "flow.push"', 'target = "flow.pusch"', 12, "nearest: flow.push"),
        ("amount = 0.5", "amount = 1.5", 13, "outside -1 .. 1"),
        ("amount = 0.5", "amonut = 0.5", 13, "nearest: amount"),
        ("amount = 0.5", "", 10, "this route has no amount"),
        ("period_s = 4", "release_s = 4", 15, "lfo needs period_s"),
        ("amount = 0.5", "amount = 0.5\nperiod_s = 2", 10, "bass takes no period_s"),
        ('curve = "square"', 'curve = "sqare"', 20, "nearest: square"),
        ('curve = "square"', 'curve = ["square"]', 20, "unknown"),
        ("amount = -1", "amount = -1\nattack_s = -2", 19, "attack_s = -2 is outside 0 .. 3600"),
    ],
)
def test_a_mistake_names_file_line_and_what_would_do(old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(PresetError) as error:
        parse(GOOD.replace(old, new), "good", TABLE, "good.toml")
    message = str(error.value)
    assert message.startswith(f"good.toml:{line}: ") and says in message and "\n" not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mode = beat\n", "not valid TOML: .*line 1"),
        ("", "no mode"),
        ('mode = "beat"\nvalues = 3', "must be a table"),
        ('mode = "beat"\nroute = 3', "write routes as"),
        ('mode = "beat"\n[values.flow.strength]\nx = 1', "flow.strength.x"),
    ],
)
def test_a_file_of_the_wrong_form_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(PresetError, match=says) as error:
        parse(text, "p", TABLE, "p.toml")
    assert str(error.value).startswith("p.toml") and "\n" not in str(error.value)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_typed_is_a_preset_or_one_line(seed: int) -> None:
    rng, refused = random.Random(seed), 0
    words = [
        "=",
        "[",
        "]",
        '"',
        "#",
        "-",
        "1e999",
        "nan",
        "true",
        "{}",
        "[[route]]",
        "0x7",
        "1979-05-27",
        "'",
        "\n",
        "é",
        "\0",
    ]
    for _ in range(400):
        text = list(rng.choice((GOOD, MORE)))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text))
            text[at : at + rng.choice((0, 1, 4))] = rng.choice((*words, chr(rng.randrange(32, 127))))
        try:
            parse("".join(text), "typed", TABLE, "typed.toml")
        except PresetError as error:
            refused += 1
            assert str(error).startswith("typed.toml") and "\n" not in str(error)
    assert refused > 100


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PresetError, match=r"none.toml: cannot be read \(No such file"):
        load(tmp_path / "none.toml", TABLE)
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    with pytest.raises(PresetError, match="not UTF-8"):
        load(tmp_path / "latin.toml", TABLE)


def test_a_folder_is_in_the_order_of_its_keys(tmp_path: Path) -> None:
    for name, key in (("a", "key = 2\n"), ("b", ""), ("c", "key = 1\n")):
        (tmp_path / f"{name}.toml").write_text(key + 'mode = "beat"\n')
    assert list(load_folder(tmp_path, TABLE)) == ["c", "a", "b"]


# the presets that ship

REAL = ParamTable((*PARAMS, *ShaderLibrary.read(shaders_dir()).params.values()))
SHIPPED = load_folder(presets_dir(), REAL)


def test_the_shipped_presets_have_keys_of_their_own_and_something_to_say() -> None:
    assert {"vj", "gallery", "osc", "ableton", "touchdesigner", "classical"} <= set(SHIPPED)
    keys = [preset.key for preset in SHIPPED.values() if preset.key]
    assert len(set(keys)) == len(keys) == 9
    assert all(preset.title and 20 < len(preset.about) < 125 for preset in SHIPPED.values())


def test_gallery_goes_by_the_clock_and_listens_to_nothing_that_could_flash() -> None:
    gallery = SHIPPED["gallery"]
    assert gallery.mode == "clock" and {route.source for route in gallery.routes} <= {"lfo", "travel", "position"}
    assert (gallery.values["clock.segment_s"], gallery.values["clock.hold_s"]) == (10.0, 20.0)


def test_osc_changes_nothing_until_it_is_told() -> None:
    preset = SHIPPED["osc"]
    assert preset.mode == "position" and not preset.routes
    show = Show(WalkShape(8, (0, 4, 8)), REAL, SHIPPED, Start("osc", position=2.5))
    frames = [show.frame(n, n / 30, 1 / 30) for n in range(60)]
    assert len({frame.position for frame in frames}) == 1
    shader = set(REAL) - {param.name for param in PARAMS} - {"currents.amount"}
    assert frames[-1].values["currents.amount"] == 0.0  # on by default: it waits for its address here
    assert all(frames[-1].values[name] == REAL[name].default for name in shader)


@pytest.mark.parametrize("name", list(SHIPPED))
def test_no_two_presets_are_alike_and_every_source_exists(name: str) -> None:
    preset = SHIPPED[name]
    assert all(route.source in SOURCES for route in preset.routes)
    others = [other for other in SHIPPED.values() if other.name != name]
    assert all((other.mode, dict(other.values)) != (preset.mode, dict(preset.values)) for other in others)


def test_the_presets_readme_names_every_preset() -> None:
    text = (presets_dir() / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in SHIPPED)
    assert all(f"`{source}`" in text for source in SOURCES)
