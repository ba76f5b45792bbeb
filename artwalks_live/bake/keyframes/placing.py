"""Where a model computes: device, number format, what to do when memory is short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from artwalks_live.core.errors import ModelError, UsageError

GPU_BATCH = 4
_WORKING_BYTES = 3 << 30  # what painting takes beside the weights, at about a megapixel and in batches of four
DTYPES = ("auto", "float32", "float16", "bfloat16")

Made = TypeVar("Made")


@dataclass(frozen=True)
class Place:
    """Where a model computes.

    device   as torch names it: 'cpu', 'cuda:0', 'mps'
    dtype    'float32', 'float16' or 'bfloat16'
    short    whether the weights do not fit together: each part then comes to the device only while it is at work
    """

    device: str
    dtype: str
    short: bool = False

    @property
    def torch_dtype(self) -> Any:
        """The format as torch's own object."""
        import torch

        return getattr(torch, self.dtype)

    @property
    def loading(self) -> dict[str, Any]:
        """How everything is loaded: in that format, from the disk alone, never a pickle."""
        return {"dtype": self.torch_dtype, "local_files_only": True, "use_safetensors": True}


def placed(device: str, dtype: str, weights: int) -> Place:
    """Choose where to compute with so many weights.

    Raises UsageError on a device that is not there, or a format that it cannot compute in.
    """
    import torch

    if device == "auto":
        mps = torch.backends.mps.is_available()
        device = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    kind = device.partition(":")[0]
    if (kind == "cuda" and not torch.cuda.is_available()) or (kind == "mps" and not torch.backends.mps.is_available()):
        raise UsageError(f"--device {device}: torch {torch.__version__} finds none here: use cpu, or leave it out")
    if dtype == "auto":
        dtype = "float32" if kind == "cpu" else "float16"
    if kind == "cpu" and dtype == "float16":
        raise UsageError("--dtype float16: a CPU paints in float32 or bfloat16")
    if kind != "cuda":
        return Place(device, dtype)
    number = torch.device(device).index or 0
    if number >= torch.cuda.device_count():
        raise UsageError(f"--device {device}: there are {torch.cuda.device_count()}, from cuda:0")
    free, _ = torch.cuda.mem_get_info(number)
    return Place(f"cuda:{number}", dtype, weights * (4 if dtype == "float32" else 2) + _WORKING_BYTES > free)


def settle(pipeline: Any, place: Place) -> Any:
    """Bring a diffusers pipeline to its place; where memory is short, its parts one at a time."""
    pipeline.set_progress_bar_config(disable=True)
    if not place.short:
        return pipeline.to(place.device)
    _slice(pipeline)
    pipeline.enable_model_cpu_offload(device=place.device)
    return pipeline


def spare(pipeline: Any, place: Place) -> Place:
    """Let a pipeline take less memory from now on, for the same pictures. Returns the place as it is then."""
    _slice(pipeline)
    if place.device.startswith("cuda") and not place.short:
        pipeline.to("cpu")
        pipeline.enable_model_cpu_offload(device=place.device)
    return replace(place, short=True)


def _slice(pipeline: Any) -> None:
    """Decode pictures one at a time. (Attention is not sliced: torch's own takes no more, and adapters live in it.)"""
    part: Any = getattr(pipeline, "vae", None)
    if hasattr(part, "enable_slicing"):
        part.enable_slicing()


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory for this."""
    text = str(error).lower()
    known = isinstance(error, MemoryError) or type(error).__name__ in ("OutOfMemoryError", "AcceleratorError")
    return (known and "memory" in (text or "memory")) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
    )


@contextmanager
def told(what: str, instead: str = "bake with --generator patch") -> Iterator[None]:
    """Turn what torch raises while it loads or begins into a ModelError of one line, which ends with what to do."""
    try:
        yield
    except (MemoryError, RuntimeError, OSError, ValueError, KeyError, ImportError) as error:
        if out_of_memory(error):
            raise ModelError(f"out of memory: {what} does not fit: use --device cpu, or {instead}") from None
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"{what} cannot be used ({reason}): fetch it again, or {instead}") from error


def in_batches(
    paint: Callable[[Sequence[int]], list[Made]], count: int, batch: int, spared: Callable[[], None], what: str
) -> list[Made]:
    """Paint `count` pictures a batch at a time; out of memory, try half as many, at one with `spared()` called first.

    Raises ModelError when one picture alone does not fit.
    """
    made: list[Made] = []
    already = False
    while len(made) < count:
        wanted = range(len(made), min(count, len(made) + batch))
        try:
            made += paint(wanted)
            continue
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
        # outside the `except`: the error's traceback holds what filled the memory
        if len(wanted) == 1 and already:
            raise ModelError(f"out of memory: {what} does not fit, one picture at a time: "
                             "use a smaller --size, --device cpu, or --generator patch")  # fmt: skip
        already = already or len(wanted) == 1
        batch = max(1, len(wanted) // 2)
        released()
        if already:
            spared()
    return made


def released() -> None:
    """Give back what the failed attempt still holds of a GPU."""
    import gc
    import sys

    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        gc.collect()
        torch.cuda.empty_cache()
