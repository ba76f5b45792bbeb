"""`artwalks models`: which networks there are, fetch them, check them, and say where they lie."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from artwalks_live.core.errors import ModelError, UsageError, choices

HELP = "List, fetch and check the networks that generators and upscalers use."
EXAMPLES = """\
examples:
  artwalks models list                                 names, sizes and licences, and what is here
  artwalks models fetch realesr-general-x4v3           for `bake --upscale` and `upscale --model`
  artwalks models fetch kandinsky --half               for `bake --generator kandinsky` on a graphics card
  artwalks models fetch owner/name                     any pipeline of the hub that has its weights as .safetensors
  artwalks models verify                               read every file again and compare its checksum
  artwalks models path kandinsky                       its folder, for other programs
stopped anywhere, `fetch` goes on where it was; everything works without a network afterwards.
they lie in $ARTWALKS_CACHE, else ~/.cache/artwalks; a mirror of the hub is taken from $HF_ENDPOINT.
"""
ACTIONS = ("list", "fetch", "verify", "path")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("action", metavar="ACTION", help=", ".join(ACTIONS))
    add("names", metavar="NAME", nargs="*", help="a name that `list` tells, or owner/name of the hub")
    add(
        "--half",
        action="store_true",
        help="fetch: weights in half precision where there are such: half the size, for graphics cards",
    )
    add("--quiet", action="store_true", help="no progress bar")


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked."""
    a = arguments
    if a.action not in ACTIONS:
        raise UsageError(f"action {choices(a.action, ACTIONS)}")
    if a.action in ("fetch", "path") and not a.names:
        raise UsageError(f"{a.action} what? `artwalks models list` tells the names")
    if a.action == "list":
        print("\n".join(_listed()))
    elif a.action == "fetch":
        _fetch(a.names, a.half, a.quiet)
    elif a.action == "verify":
        _verify(a.names, a.quiet)
    else:
        _print_paths(a.names)
    return 0


def _listed() -> Iterator[str]:
    """The catalogue as a table, then what else is here."""
    from artwalks_live.bake.models import record
    from artwalks_live.bake.models.cached import FOLDER, place
    from artwalks_live.bake.models.catalogue import CATALOGUE
    from artwalks_live.paths import cache_folder

    known = {place(model): model for model in CATALOGUE.values()}
    for path, model in known.items():
        made = record.read(path)
        state = "here" if made is not None and not record.absent(path, made) else "-"
        yield f"{model.name:<21} {model.size:>7}  {state:<5} {model.licence:<24} {model.what}"
    root = cache_folder() / FOLDER
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        made = record.read(path)
        if path not in known and made is not None:
            yield f"{made.name}  {made.bytes / 1e9:.1f} GB  here  {made.licence}"
    yield f"in {root}"


def _fetch(names: list[str], half: bool, quiet: bool) -> None:
    from artwalks_live.bake.models.catalogue import entry
    from artwalks_live.bake.models.fetch import fetch
    from artwalks_live.bake.models.hub import Places
    from artwalks_live.commands.progress import Progress

    wanted, places = [entry(name) for name in names], Places.told()
    for model in wanted:
        bar = Progress(model.name, 1.0, quiet)
        try:
            path = fetch(model, places, bar.update, bar.say, half=half)
        finally:
            bar.finish()
        print(path)


def _verify(names: list[str], quiet: bool) -> None:
    """Read every file. Raises ModelError when one is wrong."""
    from artwalks_live.bake.models import record
    from artwalks_live.commands.progress import Progress

    broken, folders = [], _folders(names)
    if not folders:
        print("no model is here yet: `artwalks models list` tells the names")
    for path in folders:
        made = record.read(path)
        assert made is not None  # those without a record are not among the folders
        bar, done = Progress(made.name, made.bytes, quiet), 0

        def more(count: int, bar: Progress = bar) -> None:
            nonlocal done
            done += count
            bar.update(done)

        wrong = record.verify(path, made, more)
        bar.finish()
        print(f"{made.name}: {'; '.join(wrong) or f'{len(made.files)} files, every checksum is right'}")
        if wrong:
            broken.append(made.name)
            (path / record.NAME).unlink(missing_ok=True)  # it is not here any more, and fetch brings what is wrong
    if broken:
        raise ModelError(f"{', '.join(broken)}: artwalks models fetch {' '.join(broken)} mends it")


def _folders(names: list[str]) -> list[Path]:
    """The folders of models that are here: those named, or all."""
    from artwalks_live.bake.models import record
    from artwalks_live.bake.models.cached import FOLDER, place
    from artwalks_live.bake.models.catalogue import entry
    from artwalks_live.paths import cache_folder

    root = cache_folder() / FOLDER
    paths = [place(entry(name)) for name in names] or (sorted(root.iterdir()) if root.is_dir() else [])
    for name, path in zip(names, paths, strict=False):
        if record.read(path) is None:
            raise ModelError(f"{name} is not here: artwalks models fetch {name}")
    return [path for path in paths if record.read(path) is not None]


def _print_paths(names: list[str]) -> None:
    from artwalks_live.bake.models.cached import folder

    for name in names:
        print(folder(name))
