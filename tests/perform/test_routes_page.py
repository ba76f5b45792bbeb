"""docs/routes.md: what it shows must work, and what works must stand in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from artwalks_live.core.lfo import SHAPES
from artwalks_live.core.preset import parse
from artwalks_live.core.quantise import GRIDS
from artwalks_live.core.route_table import KEYS
from artwalks_live.core.routes import CURVES, TAKE_OVERS
from artwalks_live.perform.stage import Tables

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "routes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_a_route(block: str) -> None:
    head = "" if "[[route]]" in block else "[[route]]\n"
    missing = [line for key, line in (("target", 'target = "flow.push"'), ("amount", "amount = 1")) if key not in block]
    preset = parse('mode = "beat"\n' + head + block + "\n".join(missing), "page", Tables.load().params)
    assert len(preset.routes) == 1


def test_every_word_is_there() -> None:
    for word in (*KEYS, *SHAPES, *GRIDS, *CURVES, *TAKE_OVERS):
        assert re.search(rf"\b{re.escape(word)}\b", TEXT), word
