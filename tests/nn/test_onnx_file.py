"""Which ONNX files are opened, and in which words the others are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from artwalks_live.core.errors import ModelError
from artwalks_live.nn import onnx_file, protobuf
from artwalks_live.nn.onnx_file import MAX_DEPTH, Port, examine
from artwalks_live.nn.protobuf import Wire, WireError
from artwalks_live.paths import model_file
from tests.nn.networks import FREE, GRID, checked, model, port, saved, still, weight


def refused(path: Path) -> str:
    """The one line with which a file is refused; it names the file."""
    with pytest.raises(ModelError) as caught:
        examine(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert line.isprintable()
    assert len(line) < 400 + len(str(path))
    return line.removeprefix(str(path)).strip()


def test_what_a_file_says_of_itself(tmp_path: Path) -> None:
    made = checked(model(metadata={"artwalks.multiple": "8", "artwalks.name": "tést"}))
    path = saved(tmp_path, made)
    found = examine(path)
    assert found.data == path.read_bytes()
    assert (found.bytes, found.sha256) == (len(found.data), hashlib.sha256(found.data).hexdigest())
    assert (found.ir_version, found.opset, found.domains) == (9, 18, ())
    assert found.inputs == (Port("image0", "float32", FREE), Port("image1", "float32", FREE))
    assert found.outputs == (Port("flow", "float32", GRID),)
    assert found.metadata == {"artwalks.multiple": "8", "artwalks.name": "tést"}
    assert str(found.outputs[0]) == "flow float32 (1, 4, h, w)"


@pytest.mark.parametrize(
    ("kind", "name"),
    [(TensorProto.INT64, "int64"), (TensorProto.FLOAT16, "float16"), (TensorProto.UINT8, "uint8"), (99, "type 99")],
)
def test_types_have_names(tmp_path: Path, kind: int, name: str) -> None:
    path = saved(tmp_path, model(inputs=[port("image0", kind=kind), port("image1", (1, None, -1), kind)]))
    assert examine(path).inputs == (Port("image0", name, FREE), Port("image1", name, (1, None, None)))


def test_a_rank_that_is_not_said_and_a_sequence(tmp_path: Path) -> None:
    bare = helper.make_tensor_value_info("image0", TensorProto.FLOAT, None)
    row = helper.make_tensor_sequence_value_info("image1", TensorProto.FLOAT, None)
    found = examine(saved(tmp_path, model(inputs=[bare, row]))).inputs
    assert found == (Port("image0", "float32", None), Port("image1", "unknown", None))
    assert str(found[0]) == "image0 float32"


def test_weights_that_old_files_list_as_inputs_are_none(tmp_path: Path) -> None:
    made = model(inputs=[port("image0"), port("image1"), port("w", (3,))], weights=[weight("w", [1, 2, 3])])
    made.ir_version = 3
    assert [each.name for each in examine(saved(tmp_path, made)).inputs] == ["image0", "image1"]


def test_the_network_that_ships_is_examined_like_any_other() -> None:
    found = examine(model_file("film-small.onnx"))
    assert [port.name for port in found.inputs] == ["image0", "image1", "start"]
    assert [port.name for port in found.outputs] == ["flow", "crossover"]
    assert found.opset == 18
    assert found.bytes < 8_000_000


@pytest.mark.parametrize(
    "content",
    [
        b"hello, this is a text\n" * 40,
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 5\n",
        b"PK\x03\x04" + bytes(200),
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        bytes(1000),
        b"\xff" * 1000,
        b"\x08\x09",
        bytes(range(256)) * 8,
    ],
    ids=["text", "html", "lfs", "zip", "png", "zeros", "ones", "number", "bytes"],
)
def test_what_is_no_network(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    assert "no ONNX network" in refused(path)


def test_nothing_to_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.onnx"
    empty.touch()
    assert refused(empty).startswith("is empty: give an ONNX file")
    assert refused(tmp_path) == "is a folder: give an .onnx file"
    assert refused(tmp_path / "none.onnx") == "does not exist: give an .onnx file"
    assert refused(Path("/dev/null")) == "is not a plain file: give an .onnx file"
    assert "cannot be read (" in refused(empty / "below.onnx")
    assert "is cut off" not in refused(empty)
    with pytest.raises(ModelError, match="is no file's name"):
        examine(Path("a\0b"))


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(onnx_file.MAX_BYTES + 1)  # a hole: it takes no space
    assert "networks of up to 1074 MB are opened" in refused(path)


def test_a_cut_at_any_byte_is_noticed(tmp_path: Path) -> None:
    """Up to the opset, which comes last but for metadata; behind it a file is whole."""
    made = checked(model(weights=[weight("w", list(range(40)))]))
    whole = made.SerializeToString(deterministic=True)
    path = tmp_path / "net.onnx"
    lines = set()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        lines.add(refused(path).split("(")[0].strip())
    assert lines == {"is cut off, or no ONNX network", "is no ONNX network"}
    path.write_bytes(whole)
    assert examine(path).opset == 18


def test_a_cut_says_how_much_is_missing(tmp_path: Path) -> None:
    whole = model_file("film-small.onnx").read_bytes()
    path = tmp_path / "net.onnx"
    path.write_bytes(whole[: len(whole) // 2])
    assert f"it has {len(whole) // 2} bytes and needs" in refused(path)


def test_a_damaged_byte_is_refused_or_does_no_harm(tmp_path: Path) -> None:
    whole = bytearray(model().SerializeToString(deterministic=True))
    path = tmp_path / "net.onnx"
    outcomes = {True: 0, False: 0}
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        path.write_bytes(damaged)
        try:
            examine(path)
        except ModelError:
            outcomes[False] += 1
        else:
            outcomes[True] += 1  # a letter of a name, say
    assert outcomes[False] > 50


def outside(name: str = "w", *, place: bool = True, located: bool = True) -> TensorProto:
    """A tensor whose numbers lie in another file, said in one of the two ways or both."""
    tensor = weight(name, [1.0])
    tensor.ClearField("raw_data")
    if place:
        tensor.external_data.add(key="location", value="/etc/passwd")
    if located:
        tensor.data_location = TensorProto.EXTERNAL
    return tensor


@pytest.mark.parametrize(("place", "located"), [(True, True), (True, False), (False, True)])
def test_weights_in_another_file(tmp_path: Path, place: bool, located: bool) -> None:
    path = saved(tmp_path, model(weights=[outside(place=place, located=located)]))
    assert refused(path) == "keeps tensor 'w' in another file: export it with external_data=False"


def inside_a_branch(tensor: TensorProto | None = None, depth: int = 1) -> list[onnx.NodeProto]:
    """A choice between two graphs of which the first holds something; nested so deep."""
    graph = helper.make_graph([helper.make_node("Identity", ["w"], ["y"])], "branch", [], [port("y", (1,))])
    if tensor is not None:
        graph.initializer.append(tensor)
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([node], "outer", [], [port("y", (1,))])
    return [*still(), *graph.node]


def test_weights_in_another_file_inside_a_branch(tmp_path: Path) -> None:
    assert "'deep' in another file" in refused(saved(tmp_path, model(inside_a_branch(outside("deep")))))
    assert "'deep' in another file" in refused(saved(tmp_path, model(inside_a_branch(outside("deep"), 3))))
    assert examine(saved(tmp_path, model(inside_a_branch(weight("w", [1.0]), 3)))).opset == 18


@pytest.mark.parametrize("several", [False, True])
def test_weights_in_another_file_inside_an_attribute(tmp_path: Path, several: bool) -> None:
    node = helper.make_node("Constant", [], ["x"])
    attribute = node.attribute.add(name="value", type=AttributeProto.TENSORS if several else AttributeProto.TENSOR)
    if several:
        attribute.tensors.extend([weight("good", [1.0]), outside("bad")])
    else:
        attribute.t.CopyFrom(outside("bad"))
    assert "'bad' in another file" in refused(saved(tmp_path, model([*still(), node])))


def thin() -> onnx.SparseTensorProto:
    places = numpy_helper.from_array(np.array([1]), "places")
    return helper.make_sparse_tensor(weight("values", [1.0]), places, [4])


def test_sparse_weights(tmp_path: Path) -> None:
    made = model()
    made.graph.sparse_initializer.append(thin())
    assert refused(saved(tmp_path, made)) == "holds a sparse tensor: export it with dense weights"
    node = helper.make_node("Constant", [], ["x"])
    node.attribute.add(name="sparse_value", type=AttributeProto.SPARSE_TENSOR).sparse_tensor.CopyFrom(thin())
    assert "sparse" in refused(saved(tmp_path, model([*still(), node])))
    node.attribute[0].Clear()
    node.attribute[0].sparse_tensors.append(thin())
    assert "sparse" in refused(saved(tmp_path, model([*still(), node])))


def test_operators_of_others(tmp_path: Path) -> None:
    node = helper.make_node("FusedConv", ["image0"], ["x"], domain="com.microsoft")
    line = refused(saved(tmp_path, model([*still(), node])))
    assert line == "uses com.microsoft::FusedConv, which is no operator of ONNX itself: export it without"
    branch = inside_a_branch(weight("w", [1.0]))
    branch[-1].attribute[0].g.node[0].domain = "evil\nname"
    assert "uses evil?name::Identity" in refused(saved(tmp_path, model(branch)))


def test_domains_that_are_named_but_not_used_do_no_harm(tmp_path: Path) -> None:
    made = model()
    made.opset_import.append(helper.make_opsetid("pkg.onnxscript", 1))
    for node in made.graph.node:
        node.domain = "ai.onnx"  # the default domain's other name
    made.opset_import[0].domain = "ai.onnx"
    found = examine(saved(tmp_path, made))
    assert (found.opset, found.domains) == (18, ("pkg.onnxscript",))


@pytest.mark.parametrize("opset", [15, 24, 0, 2**40])
def test_an_opset_too_old_or_too_new(tmp_path: Path, opset: int) -> None:
    assert refused(saved(tmp_path, model(opset=opset))) == f"is of opset {opset}: export it with one of 16 to 23"


@pytest.mark.parametrize("opset", [16, 23])
def test_the_oldest_and_the_newest_opset(tmp_path: Path, opset: int) -> None:
    assert examine(saved(tmp_path, checked(model(opset=opset)))).opset == opset


def test_functions_and_training_steps(tmp_path: Path) -> None:
    made = model()
    made.functions.append(helper.make_function("own", "f", ["x"], ["y"], [], [helper.make_opsetid("", 18)]))
    assert "functions or training steps: export it for inference" in refused(saved(tmp_path, made))
    made = model()
    made.training_info.add()
    assert "functions or training steps" in refused(saved(tmp_path, made))


def test_graphs_are_not_followed_without_end(tmp_path: Path) -> None:
    good = model(inside_a_branch(weight("w", [1.0]), MAX_DEPTH // 2))
    assert examine(saved(tmp_path, good)).opset == 18
    node = b""
    for _ in range(3000):  # far deeper than Python's own stack
        graph = field(1, node)
        node = field(5, field(6, graph))
    path = tmp_path / "bomb.onnx"
    path.write_bytes(b"\x08\x09" + field(7, field(1, node)) + field(8, b"\x10\x12"))
    assert f"nests graphs more than {MAX_DEPTH} deep" in refused(path)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field on the wire."""
    size, out = len(content), [number << 3 | 2]
    while True:
        out.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return bytes(out) + content


def test_two_graphs_are_none(tmp_path: Path) -> None:
    path = tmp_path / "twice.onnx"
    path.write_bytes(model().SerializeToString() + field(7, b""))
    assert "holds no graph, or several" in refused(path)


def test_the_fields_of_a_file_are_counted() -> None:
    wire = Wire(b"\x08\x01" * 11)
    wire.count = protobuf.MAX_FIELDS - 10
    with pytest.raises(WireError, match="more than 4000000 fields"):
        list(wire.fields(wire.whole))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x0b", "begins no field"),
        (b"\x08" + b"\xff" * 10, "is in no number"),
        (b"\x0a\xff\xff\xff\xff\xff\x7f", "outside of what holds it"),
        (b"\x0a\x04\x08", "needs 6"),
        (b"\x0d\x00", "needs 5"),
        (b"\x09\x00", "needs 9"),
        (b"\x88", "needs 2"),
    ],
)
def test_bytes_that_are_no_message(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        list(Wire(data).fields(Wire(data).whole))


def test_a_part_may_not_reach_out_of_its_own() -> None:
    wire = Wire(b"\x0a\x02\x0a\x05" + bytes(20))
    [(number, inner)] = wire.fields(protobuf.Part(0, 4))
    with pytest.raises(WireError, match="outside of what holds it"):
        list(wire.fields(wire.part(inner)))
    assert number == 1


@pytest.mark.parametrize("place", [b"\x38\x01", b"\x40\x01", b"\x0a\x01\x00", b"\x70\x01"])
def test_a_number_where_a_part_should_be_and_the_reverse(tmp_path: Path, place: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model().SerializeToString() + place)
    assert "no ONNX network" in refused(path)
