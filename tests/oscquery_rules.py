"""The rules of the OSCQuery proposal, written from its text alone, for whatever a server answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

KEYS = {
    "FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "TAGS", "EXTENDED_TYPE", "UNIT",
    "CRITICAL", "CLIPMODE", "OVERLOADS",
}  # fmt: skip
UNITS = re.compile(r"(distance|angle|gain|time|speed|color|position|orientation)(\.[a-z/-]+)?")
JSON_OF = {"i": int, "h": int, "f": (int, float), "d": (int, float), "s": str, "S": str, "c": str, "r": str}


def broken(node: Any, path: str) -> Iterator[str]:
    """Every rule that a node at a path, and all below it, breaks."""
    if not isinstance(node, dict):
        yield f"{path}: not an object"
        return
    if node.get("FULL_PATH") != path:
        yield f"{path}: FULL_PATH {node.get('FULL_PATH')!r}"
    yield from (f"{path}: unknown key {key}" for key in node.keys() - KEYS)
    if "CONTENTS" not in node and "TYPE" not in node:
        yield f"{path}: neither a container nor a method"
    yield from _described(node, path)
    for overload in node.get("OVERLOADS", []):
        if "CONTENTS" in overload or "TYPE" not in overload:
            yield f"{path}: an overload with CONTENTS or without TYPE"
        yield from _described({"ACCESS": node["ACCESS"], **overload}, path)
    contents = node.get("CONTENTS", {})
    for name, below in contents.items():
        if not name or re.search(r"[ #*,/?\[\]{}]", name):
            yield f"{path}: {name!r} cannot be part of an OSC address"
        yield from broken(below, f"{path.rstrip('/')}/{name}")


def _described(node: dict[str, Any], path: str) -> Iterator[str]:
    access, tags = node.get("ACCESS"), node.get("TYPE", "")
    if access not in (0, 1, 2, 3):
        yield f"{path}: ACCESS {access!r}"
        return
    if not re.fullmatch(r"[ifhdsScrTFNIbmt]*", tags):
        yield f"{path}: TYPE {tags!r}"
    if (access == 0 and "VALUE" in node) or ("VALUE" in node and not access & 1):
        yield f"{path}: a VALUE that may not be read"
    for key in ("VALUE", "RANGE", "UNIT", "CLIPMODE"):
        if key in node and (not isinstance(node[key], list) or len(node[key]) != len(tags)):
            yield f"{path}: {key} has not one item per type tag"
            return
    for i, tag in enumerate(tags):
        yield from _item(node, path, i, tag)


def _item(node: dict[str, Any], path: str, i: int, tag: str) -> Iterator[str]:
    if "VALUE" in node and not _fits(node["VALUE"][i], tag):
        yield f"{path}: VALUE {node['VALUE'][i]!r} is no {tag}"
    span = node.get("RANGE", [None] * 9)[i]
    if span is not None:
        known = [*(span[key] for key in ("MIN", "MAX") if key in span), *span.get("VALS", [])]
        if span.keys() - {"MIN", "MAX", "VALS"} or not known or not all(_fits(each, tag) for each in known):
            yield f"{path}: RANGE {span!r} of {tag}"
        if "MIN" in span and "MAX" in span and not span["MIN"] <= span["MAX"]:
            yield f"{path}: MIN above MAX"
        if "VALUE" in node and "VALS" in span and node["VALUE"][i] not in span["VALS"]:
            yield f"{path}: VALUE {node['VALUE'][i]!r} is not one of VALS"
    if "UNIT" in node and not UNITS.fullmatch(node["UNIT"][i]):
        yield f"{path}: UNIT {node['UNIT'][i]!r}"
    if "CLIPMODE" in node and node["CLIPMODE"][i] not in ("none", "low", "high", "both"):
        yield f"{path}: CLIPMODE {node['CLIPMODE'][i]!r}"


def _fits(value: Any, tag: str) -> bool:
    if tag in "TF":
        return isinstance(value, bool)
    if tag in "NIbm":
        return value is None
    return isinstance(value, JSON_OF.get(tag, (int, float))) and not isinstance(value, bool)


def methods(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node with a TYPE."""
    if "TYPE" in node:
        yield node
    for below in node.get("CONTENTS", {}).values():
        yield from methods(below)
