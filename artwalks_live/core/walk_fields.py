"""JSON objects from outside, taken apart field by field: each value has its type checked, or is refused in one line."""

from __future__ import annotations

import re
from typing import Any

from artwalks_live.core.errors import BundleError

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Fields:
    """One JSON object whose fields are taken out by type; every refusal names the place and the value."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = values
        self._where = where

    def fail(self, text: str) -> BundleError:
        return BundleError(f"{self._where}: {text}: bake again")

    def get(self, name: str) -> Any:
        if name not in self._values:
            raise self.fail(f"{name} is missing")
        return self._values[name]

    def optional(self, name: str, default: object) -> Any:
        return self._values.get(name, default)

    def whole(self, name: str, low: int) -> int:
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise self.fail(f"{name} is {value!r}, expected a whole number of at least {low}")
        return value

    def real(self, name: str, low: float = 0.0) -> float:
        return self.checked_real(name, self.get(name), low)

    def checked_real(self, name: str, value: object, low: float = 0.0, high: float = 1e9) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise self.fail(f"{name} is {value!r}, expected a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            raise self.fail(f"{name} is {value!r}, expected true or false")
        return value

    def text(self, name: str) -> str:
        return self.checked_text(name, self.get(name))

    def checked_text(self, name: str, value: object) -> str:
        # titles are printed: control characters could steer a terminal, lone surrogates cannot be encoded
        if not isinstance(value, str) or not value.isprintable():
            raise self.fail(f"{name} is {value!r}, expected one line of text")
        return value

    def digest(self, name: str, value: object) -> str:
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise self.fail(f"{name} is {value!r}, expected 64 hexadecimal digits")
        return value

    def file(self, name: str, folder: str, suffix: str) -> str:
        """A bundle-relative name: directly inside `folder`, plain characters, so it cannot lead elsewhere."""
        value = self.text(name)
        head, _, tail = value.partition("/")
        if head != folder or not _NAME.fullmatch(tail) or not tail.endswith(suffix):
            raise self.fail(f"{name} is {value!r}, which is not {folder}/NAME{suffix} inside the bundle")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.get(name)
        if not isinstance(value, dict):
            raise self.fail(f"{name} is {value!r}, expected an object")
        return value

    def inside(self, name: str) -> Fields:
        """The object of that name, whose fields are taken out in turn."""
        return Fields(self.mapping(name), f"{self._where}: {name}")

    def sequence(self, name: str, length: int | None = None) -> list[Any]:
        value = self.get(name)
        if not isinstance(value, list) or length not in (None, len(value)):
            raise self.fail(f"{name} is not a list" + (f" of {length}" if length else ""))
        return value

    def entries(self, name: str, each: str) -> list[Fields]:
        values = self.sequence(name)
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.fail(f"{each} {index} is {value!r}, expected an object")
        return [Fields(value, f"{self._where}: {each} {index}") for index, value in enumerate(values)]
