"""Who may import whom, checked on every file's syntax tree (docs/architecture.md draws the rooms)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "artwalks_live"
ROOMS = {
    "core": {"core"},
    "nn": {"nn", "core"},
    "gpu": {"gpu", "core"},
    "io": {"core"},
    "demo": {"demo", "core"},
    "bake": {"bake", "nn", "core", "paths"},
    "listen": {"listen", "nn", "core", "paths"},
    "perform": {"perform", "gpu", "io", "nn", "core", "paths"},
    "paths": set(),
}
LIBRARIES = {
    "core": {"numpy"},
    "nn": {"numpy", "onnxruntime"},
    "gpu": {"numpy", "moderngl"},
    "demo": {"numpy", "cv2"},
    "bake": {"numpy", "cv2", "PIL", "torch", "safetensors", "ray"},
    "listen": {"numpy", "PIL"},
    "perform": {"numpy", "moderngl"},
}
LAZY = {  # heavy: only inside functions
    "bake": {"torch", "diffusers", "transformers", "open_clip"},
    "listen": {"scipy", "librosa"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room a file belongs to: its folder, or its own name at the top of the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path, top_only: bool = False) -> Iterator[tuple[int, str]]:
    """Every imported module of a file, with its line; relative imports are refused because they hide the room."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import by full name"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_stay_inside_the_house(path: Path) -> None:
    room = room_of(path)
    if room in ("commands", "__main__", "__init__", "api"):
        return
    at_top = set(imports(path, top_only=True))
    for line, module in imports(path):
        top, *rest = module.split(".")
        if module == "artwalks_live.__version__":
            continue
        if top == "artwalks_live":
            target = rest[0]
            assert target in ROOMS[room], f"{path}:{line}: {room} must not import {target}"
        elif top not in sys.stdlib_module_names and room in LIBRARIES:
            allowed = LIBRARIES[room] | (LAZY.get(room, set()) if (line, module) not in at_top else set())
            assert top in allowed, f"{path}:{line}: {room} must not import {top}, or only inside a function"


@pytest.mark.parametrize("path", sorted((PACKAGE / "io").glob("*.py")), ids=lambda p: p.name)
def test_a_leaf_of_io_knows_one_outside_library_and_no_other_leaf(path: Path) -> None:
    outside = set()
    for line, module in imports(path):
        assert not module.startswith("artwalks_live.io"), f"{path}:{line}: io leaves never import one another"
        top = module.split(".")[0]
        if top not in sys.stdlib_module_names and top not in ("numpy", "artwalks_live"):
            outside.add(top)
    assert len(outside) <= 1, f"{path}: one outside library a file, found {sorted(outside)}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_file_grows_past_four_hundred_lines(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{path} has {lines} lines: split it"


def test_only_clock_reads_the_wall_clock_in_core() -> None:
    for path in (PACKAGE / "core").glob("*.py"):
        if path.name == "clock.py":
            continue
        for line, module in imports(path):
            assert module.split(".")[0] != "time", f"{path}:{line}: core does not read the clock"
