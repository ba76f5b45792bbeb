"""What a diffusion generator is told beside the leg: which options it takes, what is usual, and what is refused."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from artwalks_live.bake.keyframes import mix
from artwalks_live.bake.keyframes.placing import DTYPES
from artwalks_live.core.errors import BundleError, UsageError, choices

Value = str | int | float
MOST_CHARACTERS = 1000  # of a prompt; how many tokens the model reads is checked against its own tokenizer
PACKAGES = ("torch", "diffusers", "transformers", "accelerate")
HERE = ("model", "adapter", "device", "batch")
"""Options that say where something lies or how it is computed here: the pictures do not depend on them."""


@dataclass(frozen=True)
class Diffusion:
    """How a diffusion model paints a leg.

    model      a folder, a name of the catalogue, or OWNER/NAME of the hub
    adapter    the IP-Adapter that steers `sd` by both paintings, likewise
    steps      of denoising, 1 to 500
    guidance   how strongly paintings and prompt rule, 1 (not beyond their due) to 30
    strength   (0, 1], how much of the patch-mixed picture `sd` paints anew
    prompt     what to paint besides the paintings; '' for nothing
    negative   what to keep away from; '' for nothing
    mix        of the two embeddings: 'linear' or 'slerp'
    latents    'one' noise for the leg, or 'two': each painting has its own, and the leg leads from one to the other
    device     'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'
    dtype      'auto' (float16 on a GPU, float32 on a CPU), 'float32', 'float16' or 'bfloat16'
    batch      pictures at once; 0: four on a GPU, one on a CPU
    identity   of the content of the model's files
    """

    model: str = ""
    adapter: str = ""
    steps: int = 50
    guidance: float = 4.0
    strength: float = 1.0
    prompt: str = ""
    negative: str = ""
    mix: str = "linear"
    latents: str = "one"
    device: str = "auto"
    dtype: str = "auto"
    batch: int = 0
    identity: str = ""

    def deciding(self) -> dict[str, Value]:
        """All that the pictures depend on."""
        return {name: value for name, value in asdict(self).items() if name not in HERE}

    def here(self) -> dict[str, Value]:
        """What walk.json does not keep, and whose it is: for paintings that are appended later on this machine."""
        values = {name: value for name, value in asdict(self).items() if name in (*HERE, "identity")}
        for name in ("model", "adapter"):
            if _is_folder(values[name]):
                values[name] = str(Path(values[name]).absolute())
        return values

    def told(self, takes: Mapping[str, Value]) -> dict[str, Value]:
        """The options as walk.json keeps them: no path, only the name of a folder."""
        kept: dict[str, Value] = {
            name: value
            for name, value in self.deciding().items()
            if value != "" and (name in takes or name == "identity")
        }
        for name in ("model", "adapter"):
            if name in takes:
                value = str(getattr(self, name))
                kept[name] = Path(value).absolute().name if _is_folder(value) else value
        return kept


def _is_folder(name: str) -> bool:
    return bool(name) and Path(name).is_dir()


_COMMON: dict[str, Value] = {"mix": "linear", "negative": "", "device": "auto", "dtype": "auto", "batch": 0}
USUAL: dict[str, dict[str, Value]] = {
    "kandinsky": {"model": "kandinsky", "steps": 50, "guidance": 4.0, "latents": "one", **_COMMON},
    "unclip": {"model": "unclip", "steps": 25, "guidance": 8.0, "prompt": "", "latents": "one",
               **_COMMON, "mix": "slerp"},
    "sd": {"model": "sd", "adapter": "ip-adapter", "steps": 30, "guidance": 7.0, "strength": 0.5, "prompt": "",
           **_COMMON},
}  # fmt: skip
"""What each generator takes, and what it is when it is not said."""
_KINDS: dict[type, str] = {int: "a whole number", float: "a number", str: "a word or words"}


def resolved(generator: str, given: Mapping[str, Value]) -> Diffusion | None:
    """All options of a generator, checked; None where it takes none. Nothing is read from the disk.

    Raises UsageError on an option that it does not take, or the first value that cannot be used.
    """
    known = {entry.name: type(entry.default) for entry in fields(Diffusion) if entry.name != "identity"}
    for name, value in given.items():
        if name not in known:
            raise UsageError(f"--{choices(name, known)}")
        if generator not in USUAL or name not in USUAL[generator]:
            takers = [maker for maker, usual in USUAL.items() if name in usual]
            raise UsageError(f"--{name}: this is for --generator {' or '.join(takers)}, not for {generator}")
        if isinstance(value, bool) or not isinstance(value, (int, float) if known[name] is float else known[name]):
            raise UsageError(f"--{name} {value!r}: {_KINDS[known[name]]} is expected")
    if generator not in USUAL:
        return None
    made = replace(Diffusion(), **{**USUAL[generator], **given})  # type: ignore[arg-type]
    _check(made, given)
    return made


def recalled(generator: str, kept: object, called: object) -> dict[str, Value]:
    """The options of a walk that is baked on: as walk.json keeps them, the model called as it was called here.

    kept     walk.json's `diffusion`
    called   what `here` gave when the walk was baked on this machine, if it was

    Raises BundleError when walk.json holds something else.
    """
    if not isinstance(kept, dict) or not all(isinstance(value, (str, int, float)) for value in kept.values()):
        raise BundleError(f"walk.json: option diffusion is {kept!r}: bake again")
    takes = USUAL.get(generator, {})
    given = {name: value for name, value in kept.items() if name in takes and value != ""}
    if isinstance(called, dict) and called.get("identity") == kept.get("identity"):
        given |= {name: value for name, value in called.items() if name in HERE and name in takes and value != ""}
    return given


def _check(options: Diffusion, given: Mapping[str, Value]) -> None:
    _range("--steps", options.steps, 1, 500)
    _range("--guidance", options.guidance, 1.0, 30.0)
    _range("--strength", options.strength, 0.01, 1.0)
    _range("--batch", options.batch, 0, 64)
    if options.strength < 1.0 and int(options.steps * options.strength) < 1:
        raise UsageError(f"--strength {options.strength:g} of --steps {options.steps} is not one step: raise either")
    for name, valid in (("mix", mix.MIXES), ("latents", mix.LATENTS), ("dtype", DTYPES)):
        if getattr(options, name) not in valid:
            raise UsageError(f"--{name} {choices(getattr(options, name), valid)}")
    kind, _, number = options.device.partition(":")
    if kind not in ("auto", "cpu", "cuda", "mps") or (number and not (kind == "cuda" and number.isdigit())):
        raise UsageError(f"--device {options.device!r} is unknown: use auto, cpu, cuda, cuda:N or mps")
    for name in ("prompt", "negative", "model", "adapter"):
        if name in given and not str(given[name]).strip():
            raise UsageError(f"--{name} is empty: leave it out, or say something")
    for name in ("prompt", "negative"):
        length = len(getattr(options, name))
        if length > MOST_CHARACTERS:
            raise UsageError(f"--{name} has {length} characters: use {MOST_CHARACTERS} at most")


def _range(option: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"{option} {value:g}: use a value from {low:g} to {high:g}")


def check_installed(generator: str, found: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Raise UsageError when what a diffusion generator computes with is not installed."""
    check_packages(f"--generator {generator}", "bake with --generator patch", found)


def check_packages(what: str, instead: str, found: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Raise UsageError when a package of the extra `diffusion` is not installed, which `what` needs."""
    gone = [name for name in PACKAGES if found(name) is None]
    if gone:
        raise UsageError(f"{what} needs {', '.join(gone)}: pip install 'artwalks-live[diffusion]', or {instead}")


def check_tokens(tokenizer: Any, **prompts: str) -> None:
    """Raise UsageError on a prompt of which a model would read only the beginning."""
    for name, text in prompts.items():
        count = len(tokenizer(text, verbose=False).input_ids) if text else 0
        if count > tokenizer.model_max_length:
            raise UsageError(f"--{name} has {count} tokens, the model reads {tokenizer.model_max_length}: shorten it")
