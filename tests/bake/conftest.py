"""Fixtures of the bake's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bake.bakery import paint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small paintings."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(3):
        paint(folder / f"{number}.png", number)
    return folder
