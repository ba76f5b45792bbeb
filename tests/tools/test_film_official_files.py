"""SavedModels are read without TensorFlow: what TensorFlow wrote, what is written here, and what must be refused."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.core.errors import ModelError
from tests.tools.tensor_bundles import PLAIN, Style, field, number, table, write_bundle, write_saved_model
from tools.film.crc32c import crc32c, masked_crc32c
from tools.film.saved_model import SavedModel, Wanted
from tools.film.tensor_bundle import TensorBundle

KERNEL = np.array([[1.5, -2.0], [0.25, 4.0]], np.float32)
BIAS = np.array([0.5, -0.125], np.float32)
WANTED = Wanted("layer/kernel", ("layer", "kernel"), (2, 2))
VARIABLES = {("layer", "kernel"): ("layer/kernel", KERNEL), ("layer", "bias"): ("layer/bias", BIAS)}

# What TensorFlow 2.15.1 wrote of two variables: Checkpoint(layer=Checkpoint(kernel=…, bias=…)).write("variables").
BY_TENSORFLOW = {
    "variables.data-00000-of-00001": """
        AAAAPwAAAL4AAMA/AAAAwAAAgD4AAIBAxwGaOy5uCg8KCQgBEgVsYXllcioCCAEKGgoICAISBGJpYXMKCggDEgZrZXJuZWwqAggBCkkSQwoO
        VkFSSUFCTEVfVkFMVUUSCmxheWVyL2JpYXMaJWxheWVyL2JpYXMvLkFUVFJJQlVURVMvVkFSSUFCTEVfVkFMVUUqAggBCk0SRwoOVkFSSUFC
        TEVfVkFMVUUSDGxheWVyL2tlcm5lbBonbGF5ZXIva2VybmVsLy5BVFRSSUJVVEVTL1ZBUklBQkxFX1ZBTFVFKgIIAQ==""",
    "variables.index": """
        AAAGCAEaAggBABwOX0NIRUNLUE9JTlRBQkxFX09CSkVDVF9HUkFQSAgHEgAgGCjNATUbnYBcACUPbGF5ZXIvYmlhcy8uQVRUUklCVVRFUy9W
        QVJJQUJMRV9WQUxVRQgBEgQSAggCKAg1lcLt/gYhFWtlcm5lbC8uQVRUUklCVVRFUy9WQVJJQUJMRV9WQUxVRQgBEggSAggCEgIIAiAIKBA1
        bQ3YMAAAAAABAAAAAFl1sk8AAAAAAQAAAADA8qGwAAEDbQCuAQAAAAABAAAAAMal2t2zAQjAAQ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAV/uAiyR1R9s=""",
}


def refused(action: Callable[[], object]) -> str:
    """The line with which something is refused."""
    with pytest.raises(ModelError) as caught:
        action()
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
    ids=["digits", "zeros", "ones", "ascending"],
)
def test_crc32c_gives_the_sums_of_its_standard(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc
    assert crc32c(data[:5], data[5:]) == crc


def test_crc32c_of_long_data_is_that_of_one_byte_after_the_other() -> None:
    data = np.random.default_rng(0).bytes(150_001)
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    assert crc32c(data) == register ^ 0xFFFFFFFF
    assert crc32c(data[:70_000], data[70_000:]) == crc32c(data)


def test_what_tensorflow_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "variables").mkdir()
    for name, text in BY_TENSORFLOW.items():
        (tmp_path / "variables" / name).write_bytes(base64.b64decode("".join(text.split())))
    model = SavedModel(tmp_path)
    np.testing.assert_array_equal(model.read(WANTED), KERNEL)
    np.testing.assert_array_equal(model.read(Wanted("layer/bias", (), (2,))), BIAS)
    np.testing.assert_array_equal(model.read(Wanted("unnamed", ("kernel",), (2, 2))), KERNEL)


@pytest.mark.parametrize("style", [PLAIN, Style(block=1), Style(block=1 << 20, restart=16), Style(shards=3)], ids=str)
def test_a_bundle_is_read_as_it_was_written(tmp_path: Path, style: Style) -> None:
    random = np.random.default_rng(0)
    values = {f"some/{i}/key": random.random((i % 3 + 1, i), np.float32) for i in range(60)}
    write_bundle(tmp_path / "v", {**values, "text": b"words"}, style)
    bundle = TensorBundle(tmp_path / "v")
    assert bundle.text("text") == b"words"
    assert set(bundle.entries) == {*values, "text"}
    for key, value in values.items():
        np.testing.assert_array_equal(bundle.array(key), value)


def test_a_variable_is_found_whatever_scopes_a_new_export_puts_before_it(tmp_path: Path) -> None:
    model = SavedModel(write_saved_model(tmp_path, VARIABLES, scope="hub/inner/"))
    np.testing.assert_array_equal(model.read(WANTED), KERNEL)


def test_a_variable_without_a_name_is_found_by_the_way_to_it(tmp_path: Path) -> None:
    nameless = {("root", "0", *path): ("", value) for path, (_, value) in VARIABLES.items()}
    model = SavedModel(write_saved_model(tmp_path, nameless))
    np.testing.assert_array_equal(model.read(WANTED), KERNEL)


def test_a_bundle_without_objects_has_names_for_keys(tmp_path: Path) -> None:
    write_bundle(tmp_path / "variables" / "variables", {"feat/layer/kernel": KERNEL, "feat/layer/bias": BIAS})
    np.testing.assert_array_equal(SavedModel(tmp_path).read(WANTED), KERNEL)


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    model = SavedModel(write_saved_model(tmp_path, {("layer", "bias"): ("layer/bias", BIAS)}))
    assert "has no variable layer/kernel: give a whole SavedModel of FILM" in refused(lambda: model.read(WANTED))


def test_a_variable_of_another_shape_is_named_with_both(tmp_path: Path) -> None:
    model = SavedModel(write_saved_model(tmp_path, VARIABLES))
    line = refused(lambda: model.read(Wanted("layer/kernel", (), (2, 3))))
    assert "layer/kernel has shape (2, 2), expected (2, 3): only the published layout" in line


def test_two_variables_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = {(side, *path): (f"{side}/{name}", value) for side in "ab" for path, (name, value) in VARIABLES.items()}
    model = SavedModel(write_saved_model(tmp_path, twice))
    assert "has 2 variables layer/kernel" in refused(lambda: model.read(WANTED))


@pytest.mark.parametrize(
    ("style", "line"),
    [
        (Style(method=1), "a block is compressed, by method 1"),
        (Style(endian=1), "written by a big-endian machine"),
        (Style(dtype=2), "is of TensorFlow's type 2: only whole float32 variables can be converted"),
        (Style(sliced=True), "is kept in slices: only whole float32 variables can be converted"),
    ],
    ids=["compressed", "big-endian", "double", "sliced"],
)
def test_bundles_of_other_kinds_are_refused(tmp_path: Path, style: Style, line: str) -> None:
    write_saved_model(tmp_path, VARIABLES, style=style)
    assert line in refused(lambda: SavedModel(tmp_path).read(WANTED))


def test_an_altered_variable_is_found_by_its_checksum(tmp_path: Path) -> None:
    write_saved_model(tmp_path, VARIABLES)
    data = tmp_path / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes().replace(KERNEL.tobytes(), (KERNEL + 1).tobytes()))
    model = SavedModel(tmp_path)
    assert re.search("the checksum of variables/0/.* does not fit", refused(lambda: model.read(WANTED)))
    np.testing.assert_array_equal(model.read(Wanted("layer/bias", (), (2,))), BIAS)


def test_an_altered_object_graph_is_found_by_its_checksum(tmp_path: Path) -> None:
    write_saved_model(tmp_path, VARIABLES)
    data = tmp_path / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes().replace(b"layer/kernel", b"layer/kermel"))
    assert "the checksum of _CHECKPOINTABLE_OBJECT_GRAPH does not fit" in refused(lambda: SavedModel(tmp_path))


def test_an_object_graph_that_is_none_is_refused(tmp_path: Path) -> None:
    prefix = tmp_path / "variables" / "variables"
    write_bundle(prefix, {"_CHECKPOINTABLE_OBJECT_GRAPH": field(1, b"\x0a\x7f")})
    assert "has an object graph that is none" in refused(lambda: SavedModel(tmp_path))
    write_bundle(prefix, {"_CHECKPOINTABLE_OBJECT_GRAPH": BIAS})
    assert "is no string: only SavedModels of TensorFlow 2" in refused(lambda: SavedModel(tmp_path))


def test_data_that_is_cut_off_or_missing_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "variables" / "variables", {"a/layer/kernel": KERNEL})
    data = tmp_path / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1])
    model = SavedModel(tmp_path)
    assert "variables.data-00000-of-00001 ends before a/layer/kernel does" in refused(lambda: model.read(WANTED))
    data.unlink()
    assert "variables.data-00000-of-00001 cannot be read (No such file" in refused(lambda: model.read(WANTED))


def test_an_index_cut_anywhere_is_refused(tmp_path: Path) -> None:
    write_saved_model(tmp_path, VARIABLES)
    index = tmp_path / "variables" / "variables.index"
    whole = index.read_bytes()
    for length in range(len(whole)):
        index.write_bytes(whole[:length])
        assert "its end is missing or foreign" in refused(lambda: SavedModel(tmp_path))


def test_an_index_altered_in_any_byte_is_refused_or_unharmed(tmp_path: Path) -> None:
    write_saved_model(tmp_path, VARIABLES)
    index = tmp_path / "variables" / "variables.index"
    whole = index.read_bytes()
    unharmed = 0
    for place in range(len(whole)):
        index.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        try:
            np.testing.assert_array_equal(SavedModel(tmp_path).read(WANTED), KERNEL)
            unharmed += 1
        except ModelError as error:
            assert "\n" not in str(error)
    assert unharmed < 60, "only the unused block and the padding of the footer may change"


def test_a_table_that_lies_about_its_inside_is_refused(tmp_path: Path) -> None:
    header = (b"", field(1, 1))
    write_bundle(tmp_path / "v", {})
    index = tmp_path / "v.index"
    for pairs, line in (
        ([], "it has no header"),
        ([header, (b"key", b"\x07")], "byte"),
        ([header, (b"key", field(2, field(2, field(1, 9))) + field(1, 1) + field(5, 8))], "has 8 bytes for the shape"),
    ):
        index.write_bytes(table(pairs))
        assert line in refused(lambda: TensorBundle(tmp_path / "v").array("key"))
    whole = table([header])
    index.write_bytes(
        whole[:-48] + (number(0) + number(1 << 40) + number(0) + number(1 << 40)).ljust(40, b"\0") + whole[-8:]
    )
    assert "a block lies outside of it" in refused(lambda: TensorBundle(tmp_path / "v"))


def test_a_key_that_crosses_its_block_is_refused(tmp_path: Path) -> None:
    block = number(0) + number(200) + number(0) + b"k" + (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\0"
    whole = block + masked_crc32c(block).to_bytes(4, "little")
    place = number(0) + number(len(block) - 1)
    (tmp_path / "v.index").write_bytes(whole + (place + place).ljust(40, b"\0") + table([])[-8:])
    assert "crosses the end of its block" in refused(lambda: TensorBundle(tmp_path / "v"))


def test_folders_that_are_no_saved_model_are_told_apart(tmp_path: Path) -> None:
    assert "there is no such folder" in refused(lambda: SavedModel(tmp_path / "none"))
    packed = tmp_path / "film_1.tar.gz"
    packed.write_bytes(b"")
    assert "is a file: unpack it" in refused(lambda: SavedModel(packed))
    (tmp_path / "Style").mkdir()
    line = refused(lambda: SavedModel(tmp_path / "Style"))
    assert (
        "is not a SavedModel (it has no variables/variables.index): give the folder that holds saved_model.pb" in line
    )
    write_saved_model(tmp_path / "Style" / "saved_model", VARIABLES)
    assert refused(lambda: SavedModel(tmp_path / "Style")).endswith(f"give {tmp_path / 'Style' / 'saved_model'}")
