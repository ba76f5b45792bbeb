"""The variables of a TensorFlow 2 SavedModel by name, read without TensorFlow.

Keras keeps them under keys such as `variables/16/.ATTRIBUTES/VARIABLE_VALUE`; what they are stands in the object graph
that lies among them: each object's children, and each variable's own name. A variable is found by its name, at the
end of whatever scopes a re-export has put before it, else by the way to it from some object.
Source: TensorFlow's trackable_object_graph.proto.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.protobuf import WireError
from tools.film.message import Message
from tools.film.tensor_bundle import MEND, TensorBundle

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


@dataclass(frozen=True)
class Wanted:
    """A variable: `name` as its layers spell it, `path` of attributes from an object that holds it, its `shape`."""

    name: str
    path: tuple[str, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """An object of the graph: its children by attribute; if it is a variable, its name and its key in the bundle."""

    children: dict[str, int]
    name: str
    key: str


class SavedModel:
    """The variables of one SavedModel folder."""

    def __init__(self, folder: Path) -> None:
        """Open a SavedModel. Raises ModelError when it is none, or is damaged."""
        self.folder = folder
        _expect_saved_model(folder)
        self._bundle = TensorBundle(folder / "variables" / "variables")
        try:
            self._nodes = _nodes(self._bundle.text(GRAPH)) if GRAPH in self._bundle.entries else []
        except WireError as error:
            raise ModelError(f"{folder} has an object graph that is none ({error}): {MEND}") from None

    def read(self, wanted: Wanted) -> NDArray[np.float32]:
        """Read one variable. Raises ModelError when it is missing, ambiguous, damaged or of another shape."""
        keys = self._by_name(wanted.name) or self._by_path(wanted.path)
        if not keys:
            raise ModelError(f"{self.folder} has no variable {wanted.name}: give a whole SavedModel of FILM")
        if len(keys) > 1:
            raise ModelError(f"{self.folder} has {len(keys)} variables {wanted.name}: give a SavedModel of FILM alone")
        found = self._bundle.entries[key := keys.pop()].shape
        if found != wanted.shape:
            raise ModelError(
                f"{self.folder}: {wanted.name} has shape {found}, expected {wanted.shape}: "
                "only the published layout of FILM can be converted"
            )
        return self._bundle.array(key)

    def _by_name(self, name: str) -> set[str]:
        """Keys of variables of this name; a bundle without objects has the names as its keys."""
        named = {node.key: node.name for node in self._nodes if node.key} or {key: key for key in self._bundle.entries}
        return {
            key
            for key, full in named.items()
            if key in self._bundle.entries and f"/{full}".removesuffix(":0").endswith(f"/{name}")
        }

    def _by_path(self, path: tuple[str, ...]) -> set[str]:
        """Keys of variables to which this path leads from any object."""
        reached = list(self._nodes)
        for step in path:
            children = [node.children.get(step, -1) for node in reached]
            reached = [self._nodes[child] for child in children if 0 <= child < len(self._nodes)]
        return {node.key for node in reached if node.key in self._bundle.entries}


def _expect_saved_model(folder: Path) -> None:
    if not folder.exists():
        raise ModelError(f"{folder}: there is no such folder: give the folder of FILM's SavedModel")
    if not folder.is_dir():
        raise ModelError(f"{folder}: is a file: unpack it and give the folder that holds saved_model.pb")
    if (folder / "variables" / "variables.index").is_file():
        return
    inner = sorted(path.parent.parent for path in folder.glob("*/variables/variables.index"))
    hint = f"give {inner[0]}" if inner else "give the folder that holds saved_model.pb and variables/"
    raise ModelError(f"{folder}: is not a SavedModel (it has no variables/variables.index): {hint}")


def _nodes(data: bytes) -> list[Node]:
    """The objects of a TrackableObjectGraph."""
    return [_node(message) for message in Message(data).messages(1)]


def _node(message: Message) -> Node:
    name = key = ""
    for attribute in message.messages(2):
        if attribute.text(1) == "VARIABLE_VALUE":
            name, key = attribute.text(2), attribute.text(3)
    return Node({child.text(2): child.integer(1) for child in message.messages(1)}, name, key)
