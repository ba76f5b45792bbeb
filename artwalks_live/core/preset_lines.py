"""The lines of a preset's text: where each thing stands, so that a mistake is named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from artwalks_live.core.errors import PresetError, choices


class Lines:
    """A preset's text by lines, and checks that name them. Lines are counted from 1; 0 is none.

    file   its name, for messages
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._lines = text.splitlines()

    def wrong(self, line: int, what: str) -> PresetError:
        """The error to raise about a line: `vj.toml:12: …`."""
        return PresetError(f"{self.at(line)}: {what}")

    def at(self, line: int) -> str:
        """File and line."""
        return f"{self.file}:{line}" if line else self.file

    def of_key(self, key: str) -> int:
        """The line of a key or table at the top level."""
        return self._find(rf"\s*(\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]")

    def of_value(self, name: str) -> int:
        """The line of a parameter's value, `flow.strength` say; of its table when it is not found."""
        start = self._find(r"\s*\[\s*values\b")
        *_, last = name.split(".")
        return (
            self._find(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", start)
            or self._find(rf"\s*{re.escape(last)}\s*=", start)
            or start
        )

    def of_route(self, i: int, key: str = "") -> int:
        """The line of a key in the i-th route; of its [[route]] when the key is empty or not found."""
        heads = [n for n, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*route\s*\]\]", line)]
        if i >= len(heads):
            return self.of_key("route")
        stop = heads[i + 1] if i + 1 < len(heads) else len(self._lines)
        found = self._find(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", heads[i] + 1, stop) if key else 0
        return found or heads[i] + 1

    def one_of(self, value: Any, valid: Iterable[str], what: str, line: int) -> str:
        """A word out of several; PresetError with all of them and the nearest spelling otherwise."""
        known = tuple(valid)
        if not isinstance(value, str) or value not in known:
            raise self.wrong(line, f"{what} {choices(value, known)}")
        return value

    def words(self, value: Any, key: str, line: int) -> str:
        """Text."""
        if not isinstance(value, str):
            raise self.wrong(line, f"{key} must be text in quotes")
        return value

    def in_range(self, value: Any, name: str, span: tuple[float, float], line: int) -> float:
        """A number from low to high."""
        low, high = span
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong(line, f"{name} must be a number, not {value!r}")
        if not low <= value <= high:
            raise self.wrong(line, f"{name} = {value} is outside {low:g} .. {high:g}")
        return float(value)

    def _find(self, pattern: str, start: int = 0, stop: int | None = None) -> int:
        for i, line in enumerate(self._lines[start:stop], start + 1):
            if re.match(pattern, line):
                return i
        return 0
