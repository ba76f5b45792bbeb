"""Look into an ONNX file before ONNX Runtime does, and refuse what it must not open.

A model may come from anywhere. ONNX lets a file name *other* files as the place of its weights, and runtimes have
read such files outside the model's folder; so what is opened here is one file and nothing but that file: no external
data, no sparse tensors, no functions, no operators but the default domain's. The `onnx` package is not needed to run
a network, so the few fields that matter are read from the bytes themselves. Graphs inside graphs go on a list instead
of the stack, and their depth is bounded.

Field numbers are those of onnx/onnx.proto, IR version 3 and later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.protobuf import CutOffError, Part, Wire, WireError

OPSETS = range(16, 24)  # GridSample came with 16; 23 is the newest that was run
MAX_BYTES = 1 << 30
MAX_DEPTH = 16
MEND = "give an ONNX file as torch.onnx.export or tools.film.export writes it"

_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
}  # fmt: skip
_DEFAULT_DOMAIN = ("", "ai.onnx")
_EXTERNAL = 1


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output. `shape` has a number, a name or None per axis, and is None itself if the rank is not said."""

    name: str = ""
    type: str = "unknown"
    shape: tuple[int | str | None, ...] | None = None

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.name} {self.type}"
        return f"{self.name} {self.type} ({', '.join('?' if x is None else str(x) for x in self.shape)})"


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What an ONNX file says of itself. `data` are its bytes: they are what is opened, not the file once more.

    domains  imported besides the default one; no operator of theirs is used
    """

    path: Path
    data: bytes = field(repr=False)
    sha256: str
    ir_version: int
    opset: int
    domains: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    metadata: Mapping[str, str]

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return len(self.data)


def examine(path: Path) -> OnnxFile:
    """Read an ONNX file and check that it may be opened.

    Raises ModelError when it cannot be read, is no ONNX file, is cut off, or holds what is not opened here: external
    or sparse tensors, functions, other operators than the default domain's, an opset outside of `OPSETS`.
    About 10 ms for the network that ships.
    """
    data = _read(path)
    try:
        return _Examination(path, data).model()
    except CutOffError as error:
        raise ModelError(f"{path} is cut off, or no ONNX network ({error}): copy or download it again") from None
    except WireError as error:
        raise ModelError(f"{path} is no ONNX network ({error}): {MEND}") from None


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ModelError(f"{path} is {'a folder' if path.is_dir() else 'not a plain file'}: give an .onnx file")
        if size > MAX_BYTES:
            raise ModelError(f"{path} has {size / 1e6:.0f} MB: networks of up to {MAX_BYTES / 1e6:.0f} MB are opened")
        data = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path} does not exist: give an .onnx file") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): may you open it?") from None
    except ValueError:
        raise ModelError(f"{str(path)!r} is no file's name: give an .onnx file") from None
    if not data:
        raise ModelError(f"{path} is empty: {MEND}")
    return data


class _Examination:
    """Goes through one file."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path, self.wire = path, Wire(data)
        self.inputs: list[Port] = []
        self.outputs: list[Port] = []
        self.weights: set[str] = set()

    def model(self) -> OnnxFile:
        """ModelProto."""
        graphs, opsets, metadata, ir_version = [], [], {}, 0
        for number, value in self.wire.fields(self.wire.whole):
            match number:
                case 1:
                    ir_version = self.wire.number(value)
                case 7:
                    graphs.append(self.wire.part(value))
                case 8:
                    opsets.append(self.wire.part(value))
                case 14:
                    key, text = self.pair(self.wire.part(value))
                    metadata[key] = text
                case 20 | 25:
                    self.refuse("holds functions or training steps", "export it for inference, as one graph")
        if len(graphs) != 1 or not opsets or not ir_version:
            raise WireError("it holds no graph, or several, or names no opset")
        opset, domains = self.opset(opsets)
        self.graphs(graphs[0])
        # before IR version 4 every weight is listed as an input, too
        inputs = tuple(port for port in self.inputs if port.name not in self.weights)
        data = self.wire.data
        return OnnxFile(
            self.path, data, hashlib.sha256(data).hexdigest(), ir_version, opset, domains, inputs,
            tuple(self.outputs), metadata,
        )  # fmt: skip

    def opset(self, parts: list[Part]) -> tuple[int, tuple[str, ...]]:
        """OperatorSetIdProto: the version of the default domain, and the names of the other domains."""
        opset, others = 0, []
        for part in parts:
            domain, version = "", 0
            for number, value in self.wire.fields(part):
                if number == 1:
                    domain = self.wire.text(value)
                elif number == 2:
                    version = self.wire.number(value)
            if domain in _DEFAULT_DOMAIN:
                opset = version
            else:
                others.append(domain)
        if opset not in OPSETS:
            self.refuse(f"is of opset {opset}", f"export it with one of {OPSETS.start} to {OPSETS.stop - 1}")
        return opset, tuple(others)

    def graphs(self, main: Part) -> None:
        """GraphProto, and those inside its nodes."""
        todo = [(main, 0)]
        while todo:
            graph, depth = todo.pop()
            if depth > MAX_DEPTH:
                self.refuse(f"nests graphs more than {MAX_DEPTH} deep", MEND)
            for number, value in self.wire.fields(graph):
                match number:
                    case 1:
                        todo += [(inner, depth + 1) for inner in self.node(self.wire.part(value))]
                    case 5:
                        self.weights.add(self.tensor(self.wire.part(value)))
                    case 11 if depth == 0:
                        self.inputs.append(self.port(self.wire.part(value)))
                    case 12 if depth == 0:
                        self.outputs.append(self.port(self.wire.part(value)))
                    case 15:
                        self.sparse()

    def node(self, part: Part) -> list[Part]:
        """NodeProto: refuses operators of other domains; gives the graphs inside."""
        kind, domain, graphs = "", "", []
        for number, value in self.wire.fields(part):
            match number:
                case 4:
                    kind = self.wire.text(value)
                case 5:
                    graphs += self.attribute(self.wire.part(value))
                case 7:
                    domain = self.wire.text(value)
        if domain not in _DEFAULT_DOMAIN:
            self.refuse(f"uses {domain}::{kind}, which is no operator of ONNX itself", "export it without")
        return graphs

    def attribute(self, part: Part) -> list[Part]:
        """AttributeProto: checks its tensors; gives its graphs."""
        graphs = []
        for number, value in self.wire.fields(part):
            match number:
                case 5 | 10:
                    self.tensor(self.wire.part(value))
                case 6 | 11:
                    graphs.append(self.wire.part(value))
                case 22 | 23:
                    self.sparse()
        return graphs

    def tensor(self, part: Part) -> str:
        """TensorProto: refuses data that lies elsewhere; gives its name."""
        name, elsewhere = "", False
        for number, value in self.wire.fields(part):
            match number:
                case 8:
                    name = self.wire.text(value)
                case 13:
                    elsewhere = True
                case 14:
                    elsewhere = elsewhere or self.wire.number(value) == _EXTERNAL
        if elsewhere:
            self.refuse(f"keeps tensor {name!r} in another file", "export it with external_data=False")
        return name

    def sparse(self) -> None:
        """SparseTensorProto."""
        self.refuse("holds a sparse tensor", "export it with dense weights")

    def port(self, part: Part) -> Port:
        """ValueInfoProto; what is no tensor has the type `unknown`."""
        found = Port()
        for number, value in self.wire.fields(part):
            if number == 1:
                found = replace(found, name=self.wire.text(value))
            elif number == 2:
                for kind, inner in self.wire.fields(self.wire.part(value)):
                    if kind == 1:
                        found = self.tensor_type(self.wire.part(inner), found)
        return found

    def tensor_type(self, part: Part, port: Port) -> Port:
        """TypeProto.Tensor."""
        for number, value in self.wire.fields(part):
            if number == 1:
                code = self.wire.number(value)
                port = replace(port, type=_TYPES.get(code, f"type {code}"))
            elif number == 2:
                dims = [dim for kind, dim in self.wire.fields(self.wire.part(value)) if kind == 1]
                port = replace(port, shape=tuple(self.dim(self.wire.part(dim)) for dim in dims))
        return port

    def dim(self, part: Part) -> int | str | None:
        """TensorShapeProto.Dimension: a number, a name, or None; some exporters write −1 for it."""
        for number, value in self.wire.fields(part):
            if number == 1:
                size = self.wire.number(value)
                return size if size < 1 << 63 else None
            if number == 2:
                return self.wire.text(value) or None
        return None

    def pair(self, part: Part) -> tuple[str, str]:
        """StringStringEntryProto."""
        texts = {1: "", 2: ""}
        for number, value in self.wire.fields(part):
            if number in texts:
                texts[number] = self.wire.text(value)
        return texts[1], texts[2]

    def refuse(self, what: str, mend: str) -> None:
        raise ModelError(f"{self.path} {plain(what)}: {mend}")


def plain(text: str) -> str:
    """Text of a stranger's file, fit for a line: no control characters, not endless."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= 200 else clean[:197] + "..."
