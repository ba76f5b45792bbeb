"""The real command in a Link session, in a network of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.io.test_link import in_own_network
from tests.walks import make_walk


def test_a_show_follows_the_session_that_it_joins(tmp_path: Path) -> None:
    bundle = make_walk(tmp_path / "show.walk", (128, 72)).folder
    script = Path(__file__).with_name("link_show.py")
    told = in_own_network(script, str(bundle), str(tmp_path / "set.take"))
    assert told["led"] == ["link"] and told["tempo_bpm"] == pytest.approx(97.0, abs=0.01), told
    assert told["status"] == 0, told
