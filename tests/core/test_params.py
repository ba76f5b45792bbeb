"""Parameters: one declaration, three names, clear refusals."""

from __future__ import annotations

import math

import pytest

from artwalks_live.core.errors import PresetError
from artwalks_live.core.params import Param, ParamTable, parse_param

LINE = "//!PARAM flow.strength | float | 0 .. 2 | 1 | x | 0.05 | how far pixels follow the flow"


def test_one_line_gives_all_three_names() -> None:
    param = parse_param(LINE, "walk.frag:3")
    assert param == Param("flow.strength", "float", 0, 2, 1, "x", 0.05, "how far pixels follow the flow")
    assert (param.uniform, param.address) == ("u_flow_strength", "/flow/strength")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("//!PARAM flow.strength | float | 0 .. 2 | 1", "expected 7"),
        (LINE.replace("flow.strength", "Flow"), "parameter name 'Flow'"),
        (LINE.replace("float", "flaot"), "nearest: float"),
        (LINE.replace("0 .. 2", "0 - 2"), "low .. high"),
        (LINE.replace("| 1 |", "| one |"), "'one' is not a number"),
        (LINE.replace("| 1 |", "| 3 |"), "must lie inside"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(line: str, message: str) -> None:
    with pytest.raises(PresetError, match=r"walk\.frag:3") as error:
        parse_param(line, "walk.frag:3")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_clamp_rounds_whole_numbers_and_survives_nan() -> None:
    count = Param("beat.segments", "int", 1, 8, 4)
    assert [count.clamp(v) for v in (-3, 2.6, 99, math.nan, math.inf)] == [1, 3, 8, 4, 8]


def test_the_table_knows_names_addresses_and_the_nearest_spelling() -> None:
    table = ParamTable([parse_param(LINE, "x")])
    assert table.by_address["/flow/strength"].name == "flow.strength"
    with pytest.raises(PresetError, match=r"nearest: flow\.strength"):
        table.lookup("flow.strenght", "vj.toml")
    with pytest.raises(PresetError, match="declared twice"):
        ParamTable([*table.values(), *table.values()])
