"""OSCQuery's answers: the tree of nodes, and what a path and a query get. Pure; io/oscquery.py puts it on the wire.

Where the proposal contradicts itself about attributes, its examples are followed: a node that lacks a known attribute
answers `{}`, VALUE of what cannot be read and an attribute that this server does not support 204, a word that is no
attribute at all 400, an address that is not there 404.

Source: OSCQuery proposal, https://github.com/Vidvox/OSCQueryProposal (core functionality, examples).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from artwalks_live.core.events import Arg
from artwalks_live.core.osc_names import READ, Json, Node

SUPPORTED = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "OVERLOADS", "LISTEN", "PATH_CHANGED")
ATTRIBUTES = frozenset({"FULL_PATH", "CONTENTS", "TYPE", "HOST_INFO", *SUPPORTED[:-2]})
_UNSUPPORTED = frozenset({"TAGS", "EXTENDED_TYPE", "CRITICAL", "HTML"})
_CONTAINERS = {
    "": "an artwalks show",
    "/walk": "the walk through the paintings",
    "/clock": "the beat and who leads it",
    "/show": "the show: preset, mode, black, recording",
    "/route": "routes of the running preset",
    "/input": "inputs of the world outside",
}


@dataclass(frozen=True, slots=True)
class Host:
    """Who answers. address: where OSC and this are listened to; 0.0.0.0 is left out, for it leads nowhere."""

    name: str
    address: str
    port: int

    def info(self) -> Json:
        """HOST_INFO."""
        ip = {} if self.address in ("", "0.0.0.0") else {"OSC_IP": self.address, "WS_IP": self.address}
        return {
            "NAME": self.name,
            "EXTENSIONS": {**dict.fromkeys(SUPPORTED, True), **dict.fromkeys(sorted(_UNSUPPORTED), False)},
            **ip,
            "OSC_PORT": self.port,
            "OSC_TRANSPORT": "UDP",
            "WS_PORT": self.port,
        }


@dataclass(slots=True)
class _Branch:
    node: Node | None = None
    below: dict[str, _Branch] = field(default_factory=dict)


class Tree:
    """The address space at a moment; build a new one when it changes.

    nodes   by their addresses
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.address: node for node in nodes}
        self._root = _Branch()
        for node in self.nodes.values():
            branch = self._root
            for part in node.address[1:].split("/"):
                branch = branch.below.setdefault(part, _Branch())
            branch.node = node

    def answer(self, target: str, values: Mapping[str, Arg], host: Host) -> tuple[int, Json | None]:
        """The HTTP status and the JSON object of a request.

        target   as in the request line: path and query
        values   by address, of what can be read
        """
        path, _, query = target.partition("#")[0].partition("?")
        wanted = [word.partition("=")[0] for word in query.split("&") if word]
        if "HOST_INFO" in wanted:
            return 200, host.info()
        path = path or "/"  # some clients ask for nothing where they mean all
        branch = self._find(unquote(path))
        if branch is None:
            return 404, None
        address = "/" + "/".join(part for part in unquote(path).split("/") if part)
        if not wanted:
            return 200, _described(branch, address, values)
        if not _UNSUPPORTED.isdisjoint(wanted):
            return 204, None
        if not ATTRIBUTES.issuperset(wanted):
            return 400, None
        if "VALUE" in wanted and (branch.node is None or not branch.node.access & READ):
            return 204, None
        found = _described(branch, address, values) if "CONTENTS" in wanted else _flat(branch, address, values)
        return 200, {word: found[word] for word in wanted if word in found}

    def has(self, path: str) -> bool:
        """Whether a path leads to a node or to nodes below it."""
        return self._find(path) is not None

    def _find(self, path: str) -> _Branch | None:
        if not path.startswith("/"):
            return None
        branch: _Branch | None = self._root
        for part in (part for part in path.split("/") if part):
            branch = branch.below.get(part) if branch is not None else None
        return branch


def _flat(branch: _Branch, address: str, values: Mapping[str, Arg]) -> Json:
    if branch.node is not None:
        return branch.node.attributes(values.get(branch.node.address))
    text = _CONTAINERS.get(address.rstrip("/"), address[1:].replace("/", " "))
    return {"FULL_PATH": address, "DESCRIPTION": text, "ACCESS": 0}


def _described(branch: _Branch, address: str, values: Mapping[str, Arg]) -> Json:
    found = _flat(branch, address, values)
    if branch.below or branch.node is None:
        found["CONTENTS"] = {
            name: _described(each, f"{address.rstrip('/')}/{name}", values) for name, each in branch.below.items()
        }
    return found


def changed(before: Tree, after: Tree) -> str | None:
    """The path below which all changes between two trees lie, and which both have; None when they are the same."""
    was, now = before.nodes, after.nodes
    parts = [address.split("/") for address in was.keys() | now.keys() if was.get(address) != now.get(address)]
    if not parts:
        return None
    common = parts[0]
    for each in parts[1:]:
        common = [a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(common, each, strict=False))]
    while len(common) > 1 and not (before.has("/".join(common)) and after.has("/".join(common))):
        common = common[:-1]
    return "/".join(common) or "/"
