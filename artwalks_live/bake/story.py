"""Stories: a few paintings drawn from many, put into a folder of their own that `bake` takes as it is.

    brave_harbour/001-the-kiss.jpg, 002-…    copies, numbered in the order of the story
    brave_harbour/paintings.toml             their titles, artists and licences
    brave_harbour/story.toml                 title, text, order, loop, seed, and where each painting came from

The folder appears in one step: it is whole or not there.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artwalks_live.bake import decode, paintings
from artwalks_live.bake.paintings import LABELS, SUFFIXES, Source
from artwalks_live.core.errors import PaintingError, StoryError

FILE = "story.toml"
_MADE_HERE = (FILE, "walk.json", ".bake")  # what tells a folder of ours: its pictures are no paintings to choose from
_MAX_TOML_BYTES = 2**22
_ADJECTIVES = (
    "amber ancient blazing bold brave bright calm clear crimson curious daring deep distant drifting early eager "
    "endless fading gentle gilded golden hidden hushed idle ivory kind late lively lonely lucid mellow misty patient "
    "quiet restless rising royal silent silver slow solemn steady sunlit tender vivid wandering warm wild winding young"
)
_NOUNS = (
    "autumn avenue bridge canvas castle cloud comet coast dawn dream dusk ember evening field flame forest garden "
    "harbour horizon island journey lake lantern letter meadow melody mirror moon morning mountain night ocean orchard "
    "path promise rain river sail season shadow shore sky song spring star storm summer tide valley voyage window"
)

Note = Callable[[str], None]


@dataclass(frozen=True)
class Story:
    """What story.toml says, for a bake: the paintings' order ('name': as numbered) and whether the walk is a loop."""

    title: str
    text: str = ""
    order: str = "name"
    loop: bool = False
    seed: int = 0


def gather(root: Path) -> list[Path]:
    """All picture files under a folder, by name; no hidden ones, and none of a walk or of a story.

    Raises PaintingError when there is no such folder or none of them.
    """
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise PaintingError(f"{root} {what}: give a folder of paintings, or a storyboard .toml or .json")
    found = sorted(_pictures(root))
    if not found:
        raise PaintingError(f"{root} and its folders hold no pictures")
    return found


def _pictures(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        if folder != str(root) and any(name in _MADE_HERE for name in (*files, *folders)):
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def choose(pictures: Sequence[Path], count: int, rng: random.Random, note: Note) -> list[Path]:
    """Draw so many different pictures that can be read, in a random order; what cannot be read is noted and left out.

    Raises PaintingError when there are not enough.
    """
    shuffled = list(pictures)
    rng.shuffle(shuffled)
    chosen: dict[str, Path] = {}
    for path in shuffled:
        if len(chosen) == count:
            break
        try:
            decode.decode(path)
            chosen.setdefault(paintings.file_sha256(path), path)
        except PaintingError as error:
            note(f"left out: {error}")
    if len(chosen) < count:
        found = f"only {len(chosen)} different pictures were found that can be read"
        raise PaintingError(f"-n {count}: {found}: ask for less")
    return list(chosen.values())


def free_name(parent: Path, rng: random.Random) -> str:
    """A name, adjective_noun, that nothing in the folder has yet."""
    names = [f"{adjective}_{noun}" for adjective in _ADJECTIVES.split() for noun in _NOUNS.split()]
    rng.shuffle(names)
    for name in names:
        if not (parent / name).exists():
            return name
    raise StoryError(f"{parent} holds a story of every name: choose another -o")


def write(parent: Path, name: str, story: Story, sources: Sequence[Source], root: Path) -> Path:
    """Copy the paintings into a folder `name`, numbered, with story.toml. Returns the folder.

    Raises StoryError when it is there already, or the disk does not take it.
    """
    folder = parent / name
    if folder.exists():
        raise StoryError(f"{folder} is there already: choose another -o, or delete it")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=parent) as made:
            inside = Path(made, name)
            inside.mkdir()
            _fill(inside, story, sources, root)
            inside.rename(folder)
    except OSError as error:
        where = error.filename or folder
        raise StoryError(f"{where} cannot be written ({error.strerror}): choose another -o") from None
    return folder


def _fill(folder: Path, story: Story, sources: Sequence[Source], root: Path) -> None:
    digits = max(3, len(str(len(sources))))
    labels, lines = [], [f"{key} = {_toml(value)}" for key, value in vars(story).items()]
    for number, source in enumerate(sources, 1):
        file = f"{number:0{digits}d}-{source.path.name}"
        shutil.copyfile(source.path, folder / file)
        (folder / file).chmod(0o644)  # a copy of what may only be read can be deleted with its story
        told = {"title": source.title, "artist": source.artist, "licence": source.licence}
        labels += [f"[{_toml(file)}]", *(f"{key} = {_toml(value)}" for key, value in told.items() if value), ""]
        came = source.path.relative_to(root).as_posix() if source.path.is_relative_to(root) else source.path.name
        lines += ["", "[[paintings]]", f"file = {_toml(file)}", f"source = {_toml(came)}"]
    (folder / LABELS).write_text("\n".join(labels), encoding="utf-8")
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: str | int | bool) -> str:
    """A value as TOML; a name that is not text on this machine keeps its readable part."""
    if isinstance(value, str):
        plain = value.encode("utf-8", "replace").decode().replace("\x7f", "?")
        return json.dumps(plain, ensure_ascii=False)
    return json.dumps(value)


def read(folder: Path) -> Story | None:
    """What the story.toml of a folder says; None where there is none. Raises StoryError when it is damaged."""
    path = folder / FILE
    if not path.is_file():
        return None
    values = read_toml(path)
    kinds: dict[str, type] = {"title": str, "text": str, "order": str, "loop": bool, "seed": int}
    told: dict[str, Any] = {key: values[key] for key in kinds if key in values}
    for key, value in told.items():
        if type(value) is not kinds[key]:
            raise StoryError(f"{path}: {key} is {value!r}, expected {_KIND[kinds[key]]}")
    if told.get("order", "name") not in paintings.ORDERS:
        raise StoryError(f"{path}: order is {told['order']!r}, expected one of {', '.join(paintings.ORDERS)}")
    return Story(**{"title": folder.name, **told})


_KIND: dict[type, str] = {str: "text", bool: "true or false", int: "a whole number"}


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML or JSON file's table. Raises StoryError when it is too large or none."""
    try:
        if path.stat().st_size > _MAX_TOML_BYTES:
            raise StoryError(f"{path} is larger than {_MAX_TOML_BYTES // 2**20} MB: that is no story")
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise StoryError(f"{path} cannot be read ({why}): mend it") from None
    if not isinstance(values, dict):
        raise StoryError(f"{path}: expected title, text and prompts, not a {type(values).__name__}")
    return values
