"""One network in ONNX Runtime: opened from bytes that were examined, on the fastest device that really takes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.onnx_file import OnnxFile, examine

INSTALL = "pip install 'artwalks-live[cpu]', or [gpu] with an NVIDIA card"

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_SHORT = ("failed to allocate memory", "out of memory", "bad allocation", "bad_alloc")
_FATAL = 4  # what ONNX Runtime has to say comes as an exception; its log would tear the progress lines
# Full float32 on CUDA, as on the CPU, and no search whose winner depends on what else the card is doing.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


class MemoryShortError(ModelError):
    """A network that did not find the memory it needs, on the card or in the machine."""


class Model:
    """A network that is open. `close()` it, or use it in a `with`."""

    def __init__(self, file: OnnxFile, session: Any) -> None:
        self.file = file
        self._session = session

    @classmethod
    def open(cls, path: Path, *, threads: int = 1, sha256: str | None = None) -> Model:
        """Examine a file and open it.

        threads  of one run on the CPU; they do not spin while they wait, so others on the machine keep their cores
        sha256   the file must have this checksum

        Raises ModelError when the file is refused, has another checksum, or ONNX Runtime is missing or cannot run it.
        """
        return cls.of(examine(path), threads=threads, sha256=sha256)

    @classmethod
    def of(cls, file: OnnxFile, *, threads: int = 1, sha256: str | None = None, cpu: bool = False) -> Model:
        """Open a file that was examined; as `open`. `cpu`: there, even where a card could take it."""
        if sha256 is not None and file.sha256 != sha256:
            raise ModelError(
                f"{file.path} is not the file that was meant (sha256 {file.sha256[:12]}…, not {sha256[:12]}…): "
                "give that one, or bake again"
            )
        return cls(file, _session(file, threads, cpu))

    @property
    def device(self) -> str:
        """Where it runs, `CUDA` or `CPU`. An installed provider may still fail to load: the session knows."""
        return "CUDA" if _CUDA in self._open().get_providers() else "CPU"

    def run(self, feeds: Mapping[str, NDArray[Any]], outputs: tuple[str, ...] = ()) -> dict[str, NDArray[Any]]:
        """Run the network once.

        feeds    input name -> array of the type and rank that `file.inputs` says
        outputs  names of those wanted; none: all
        returns  output name -> array

        Raises ModelError when the network fails on these inputs, MemoryShortError for lack of memory.
        """
        names = list(outputs) or [port.name for port in self.file.outputs]
        try:
            values = self._open().run(names, dict(feeds))
        except _runtime_errors() as error:
            if isinstance(error, MemoryError) or any(text in str(error).lower() for text in _SHORT):
                raise MemoryShortError(
                    f"{self.file.path} finds too little memory on the {self.device}: close other programs, "
                    "or use a smaller network"
                ) from None
            raise ModelError(f"{self.file.path} failed to run: {_first_line(error)}") from None
        return dict(zip(names, map(np.asarray, values), strict=True))

    def close(self) -> None:
        """Give its memory back."""
        self._session = None

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Any:
        if self._session is None:
            raise ModelError(f"{self.file.path} was closed before it was run")
        return self._session


def _session(file: OnnxFile, threads: int, cpu: bool) -> Any:
    runtime = load_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _FATAL
    options.enable_mem_pattern = False  # one plan per picture size is kept for good: 1.3 GB instead of 0.7 at 720p
    providers: list[Any] = [_CPU]
    if _CUDA in runtime.get_available_providers() and not cpu:
        providers.insert(0, (_CUDA, _CUDA_OPTIONS))
    try:
        return runtime.InferenceSession(file.data, options, providers=providers)
    except _runtime_errors() as error:
        version = runtime.__version__
        raise ModelError(f"{file.path} is refused by ONNX Runtime {version}: {_first_line(error)}") from None


def load_runtime() -> Any:
    """ONNX Runtime, whichever of its two packages is installed. Raises ModelError when neither can be loaded."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(f"ONNX Runtime cannot be loaded ({_first_line(error)}): {INSTALL}") from None
    if not hasattr(onnxruntime, "InferenceSession"):  # one of the two packages was removed and took the other's files
        raise ModelError(f"ONNX Runtime is hollow: pip uninstall -y onnxruntime onnxruntime-gpu, then {INSTALL}")
    return onnxruntime


def _runtime_errors() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: a class per status code, with no common root, and some of Python's own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*own, RuntimeError, ValueError, MemoryError)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]
