"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.perform.stagehand import clear_the_stage


@pytest.fixture(autouse=True)
def _empty_stage() -> Iterator[None]:
    """No show goes on after its test."""
    yield
    clear_the_stage()
