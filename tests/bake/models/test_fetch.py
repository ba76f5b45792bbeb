"""Fetching models, from a real server on this machine: whole, resumed, damaged, refused, and offline afterwards."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake.lock import locked
from artwalks_live.bake.models import cached, record
from artwalks_live.bake.models.catalogue import Checkpoint, Entry, Repository, entry
from artwalks_live.bake.models.fetch import check_space, fetch
from artwalks_live.bake.models.hub import Places
from artwalks_live.core.errors import BakeError, ModelError
from tests.bake.models.hubserver import REVISION, Hub, serving

NAME = "owner/pipe"
WEIGHTS = np.random.default_rng(0).bytes(3_000_000)
FILES = {
    "model_index.json": b'{"_class_name": "Pipe"}',
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
    "unet/diffusion_pytorch_model.fp16.safetensors": b"half" * 600,
    "unet/diffusion_pytorch_model.bin": b"pickle" * 600,
    "tokenizer/vocab.json": b"{}",
    "tokenizer/merges.txt": b"a b",
    "pipe.safetensors": b"single" * 600,
    "pipe.ckpt": b"pickle" * 600,
    "README.md": b"---",
    "picture.png": b"png",
    "run_me.py": b"print()",
}
TAKEN = {
    "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "tokenizer/vocab.json",
    "tokenizer/merges.txt",
}  # fmt: skip
BIG = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        hub.files[NAME] = dict(FILES)
        yield hub


class Said:
    """What a fetch reports."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.lines: list[str] = []

    def progress(self, share: float, doing: str) -> None:
        self.shares.append(share)


def get(hub: Hub, cache: Path, name: str | Entry = NAME, said: Said | None = None) -> Path:
    said = said or Said()
    model = entry(name) if isinstance(name, str) else name
    return fetch(model, Places(cache, hub.address, f"{hub.address}/releases"), said.progress, said.lines.append)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def fetched(hub: Hub) -> list[tuple[str, str]]:
    """The big file's requests: with which range."""
    return [(path, asked) for path, asked in hub.asked if path.endswith("/" + BIG)]


def test_a_pipeline_comes_whole_in_safetensors_once(hub: Hub, tmp_path: Path) -> None:
    said = Said()
    folder = get(hub, tmp_path, said=said)
    assert files_in(folder) == TAKEN | {record.NAME}
    assert (folder / BIG).read_bytes() == WEIGHTS
    made = record.read(folder)
    assert made is not None
    assert made.licence == "apache-2.0"
    assert made.sources == (f"{hub.address}/{NAME} at {REVISION[:12]}",)
    assert record.verify(folder, made, lambda _: None) == []
    assert said.lines[0] == "owner/pipe: 5 files, 3.0 MB, licence apache-2.0"
    assert said.shares == sorted(said.shares)
    assert said.shares[-1] == 1.0


def test_what_is_here_needs_no_network(hub: Hub, tmp_path: Path) -> None:
    folder = get(hub, tmp_path)
    hub.asked.clear()
    assert get(hub, tmp_path) == folder == cached.folder(NAME, tmp_path)
    assert hub.asked == []


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after["diffusion_pytorch_model.safetensors"] = 1_500_000
    folder = get(hub, tmp_path)
    assert (folder / BIG).read_bytes() == WEIGHTS
    assert [asked for _, asked in fetched(hub)] == ["", "bytes=1500000-"]


def test_a_server_that_brings_nothing_more_stops_it_and_it_goes_on_later(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after["diffusion_pytorch_model.safetensors"], hub.cuts = 0, 9
    with pytest.raises(ModelError, match="the server ends too early"):
        get(hub, tmp_path)
    part = next(cached.place(entry(NAME), tmp_path).rglob("*.part"))
    part.write_bytes(WEIGHTS[:1_000_000])  # as a killed fetch leaves it
    with pytest.raises(ModelError, match=r"stopped at 1\.0 of 3\.0 MB \(the server ends too early\); run the same"):
        get(hub, tmp_path)
    with pytest.raises(ModelError, match="owner/pipe is here only in part: artwalks models fetch owner/pipe"):
        cached.folder(NAME, tmp_path)
    hub.cuts = 0
    said = Said()
    assert (get(hub, tmp_path, said=said) / BIG).read_bytes() == WEIGHTS
    assert fetched(hub)[-1][1] == "bytes=1000000-"
    assert said.shares[-1] == 1.0
    assert not list(tmp_path.rglob("*.part"))


def test_a_server_without_ranges_sends_it_all_again(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after["diffusion_pytorch_model.safetensors"], hub.ranges = 2_500_000, False
    said = Said()
    assert (get(hub, tmp_path, said=said) / BIG).read_bytes() == WEIGHTS
    assert said.shares[-1] == 1.0


def test_an_altered_file_is_thrown_away(hub: Hub, tmp_path: Path) -> None:
    hub.altered[BIG] = WEIGHTS[:-1] + b"!"
    with pytest.raises(ModelError, match=r"safetensors came with checksum [0-9a-f]{12}…, not [0-9a-f]{12}…: it was"):
        get(hub, tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    hub.altered = {"unet/config.json": b"[]"}  # a Git blob
    with pytest.raises(ModelError, match=r"config\.json came with checksum"):
        get(hub, tmp_path / "other")
    hub.altered.clear()
    assert (get(hub, tmp_path) / BIG).read_bytes() == WEIGHTS


def test_a_file_that_is_too_long_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.altered[BIG] = WEIGHTS + b"more"
    with pytest.raises(ModelError, match="is longer than the 3000000 bytes announced"):
        get(hub, tmp_path)


def test_a_file_that_was_damaged_here_is_fetched_again(hub: Hub, tmp_path: Path) -> None:
    folder = get(hub, tmp_path)
    (folder / BIG).write_bytes(b"x" + WEIGHTS[1:])
    (folder / record.NAME).unlink()
    hub.asked.clear()
    assert (get(hub, tmp_path) / BIG).read_bytes() == WEIGHTS
    assert [path.rpartition("/")[2] for path, _ in hub.asked] == ["pipe", "diffusion_pytorch_model.safetensors"]


def test_two_repositories_go_into_sub_folders(hub: Hub, tmp_path: Path) -> None:
    hub.files["owner/prior"] = {"prior/config.json": b"{}", "prior/model.safetensors": b"p" * 2000}
    both = Entry("both", "", "", 0.0, (Repository("owner/prior", "prior"), Repository(NAME, "decoder")))
    folder = get(hub, tmp_path, both)
    assert files_in(folder) == {f"decoder/{name}" for name in TAKEN} | {
        "prior/prior/config.json", "prior/prior/model.safetensors", record.NAME,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"unet/model.bin": b"x"}, r"keeps unet/model\.bin as a pickle alone, which can run any program"),
        ({"pytorch_model.bin": b"x", "config.json": b"{}"}, r"keeps pytorch_model\.bin as a pickle alone"),
        ({"v1.ckpt": b"x"}, r"keeps v1\.ckpt as a pickle alone"),
        ({"README.md": b"x"}, r"has no \.safetensors that could be taken"),
        ({"../../evil.json": b"x"}, r"lists '\.\./\.\./evil\.json', which leads out of its folder"),
        ({"/etc/evil.json": b"x"}, "leads out of its folder"),
        ({"a\\b.json": b"x"}, "leads out of its folder"),
    ],
)
def test_what_is_not_taken(hub: Hub, tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    hub.files[NAME] = files
    with pytest.raises(ModelError, match=message):
        get(hub, tmp_path)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"gated": "auto"}, "owner/pipe is not at .*, or asks for a login: is it spelt right"),
        ({"raw": b"<html>"}, r"gives no listing of owner/pipe that can be read \(JSONDecodeError\)"),
        ({"raw": b"[]"}, "gives no listing of owner/pipe that can be read"),
        ({"sha": "main"}, "gives no listing of owner/pipe that can be read"),
        ({"siblings": [{"rfilename": "a.safetensors", "size": 1, "blobId": "zz"}]}, "gives no listing"),
    ],
)
def test_a_listing_that_is_none(hub: Hub, tmp_path: Path, told: dict[str, object], message: str) -> None:
    hub.told[NAME] = told
    with pytest.raises(ModelError, match=message):
        get(hub, tmp_path)


def test_no_such_repository_and_no_network(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"owner/pip is not at http://127\.0\.0\.1:.*, or asks for a login"):
        get(hub, tmp_path, "owner/pip")
    with socket.socket() as held:  # bound and not listening: a connection is refused
        held.bind(("127.0.0.1", 0))
        hub.address = "http://{}:{}".format(*held.getsockname())
        with pytest.raises(ModelError, match=r"127\.0\.0\.1:\d+ cannot be reached \(.*refused\): is there a network\?"):
            get(hub, tmp_path)
        with pytest.raises(ModelError, match="owner/pipe is not here: artwalks models fetch owner/pipe"):
            cached.folder(NAME, tmp_path)


def test_the_next_fetch_waits_its_turn(hub: Hub, tmp_path: Path) -> None:
    folder = cached.place(entry(NAME), tmp_path)
    with locked(folder / ".lock", folder, "fetch"), pytest.raises(BakeError, match="another fetch is at work in"):
        get(hub, tmp_path)


def test_a_disk_without_room_is_said_before(tmp_path: Path) -> None:
    check_space(100, 1 << 30, tmp_path)
    with pytest.raises(ModelError, match=r"14\.4 GB are to come and .* has 2\.0 GB free: free some space, or set ARTW"):
        check_space(14_400_000_000, 2_000_000_000, tmp_path)


def test_places_are_addresses() -> None:
    assert Places.told({"ARTWALKS_CACHE": "/a"}) == Places(Path("/a"))
    assert Places.told({"HF_ENDPOINT": "https://mirror.example/"}).hub == "https://mirror.example"
    for wrong in ("mirror.example", "file:///etc", "ftp://a"):
        with pytest.raises(ModelError, match="is no address"):
            Places.told({"HF_ENDPOINT": wrong})


RUNNER = """
import contextlib, io, json, sys
from artwalks_live.__main__ import main
for words in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["models", *words])
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


def artwalks(hub: Hub, cache: Path, *commands: list[str], limit: int = 0) -> list[tuple[int, str, str]]:
    """Run `artwalks models …` for each list of words: status, stdout, stderr of each.

    limit  the most bytes that a file may have, as on a disk that is full
    """
    code = RUNNER
    if limit:
        code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n{code}"
    places = {"HF_ENDPOINT": hub.address, "ARTWALKS_RELEASES": f"{hub.address}/releases", "ARTWALKS_CACHE": str(cache)}
    called = [sys.executable, "-c", code, json.dumps(commands)]
    done = subprocess.run(called, env=dict(os.environ, **places), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_a_full_disk_is_one_line_and_it_goes_on_later(hub: Hub, tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="file size limits are POSIX")
    ((status, _, said),) = artwalks(hub, tmp_path, ["fetch", NAME], limit=2_000_000)
    assert status == 2
    assert "\nartwalks models: no space left for" in said
    assert said.endswith("what has come is kept, the same command goes on there\n")
    assert (get(hub, tmp_path) / BIG).read_bytes() == WEIGHTS
    assert fetched(hub)[-1][1].startswith("bytes=")


def test_the_command_line_whole(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "owner--pipe"
    nothing, path, unknown, fetch, listed, verified = artwalks(
        hub, tmp_path, ["verify"], ["path", NAME], ["verify", "sd"], ["fetch", NAME], ["list"], ["verify"]
    )
    assert nothing == (0, "no model is here yet: `artwalks models list` tells the names\n", "")
    assert path[2] == "artwalks models: owner/pipe is not here: artwalks models fetch owner/pipe\n"
    assert unknown[2] == "artwalks models: sd is not here: artwalks models fetch sd\n"
    assert fetch[:2] == (0, f"{folder}\n")
    assert "licence apache-2.0" in fetch[2]
    assert "owner/pipe  0.0 GB  here  apache-2.0\n" in listed[1]
    assert verified[1] == "owner/pipe: 5 files, every checksum is right\n"
    (folder / "unet" / "config.json").write_bytes(b"[]")
    broken, again, verified, path = artwalks(
        hub, tmp_path, ["verify", NAME], ["fetch", NAME, "--quiet"], ["verify", NAME], ["path", NAME]
    )
    assert broken == (
        2, "owner/pipe: unet/config.json was altered\n",
        "artwalks models: owner/pipe: artwalks models fetch owner/pipe mends it\n",
    )  # fmt: skip
    assert again == (0, f"{folder}\n", "")
    assert verified[0] == 0
    assert path[1] == f"{folder}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["lst"], "action 'lst' is unknown: use one of fetch, list, path, verify (nearest: list)"),
        (["fetch"], "fetch what? `artwalks models list` tells the names"),
    ],
)
def test_mistakes_are_one_line(words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from artwalks_live.__main__ import main

    assert main(["models", *words]) == 2
    assert capsys.readouterr().err == f"artwalks models: {line}\n"


def test_a_checkpoint_of_the_catalogue_has_to_be_the_published_one(hub: Hub, tmp_path: Path) -> None:
    hub.releases["v1/a.pth"] = b"other"
    model = Entry("a", "", "BSD", 0.0, checkpoints=(Checkpoint("v1/a.pth", 5, "0" * 64),))
    with pytest.raises(ModelError, match=r"a\.pth came with checksum d9298a10d1b0…, not 000000000000…"):
        get(hub, tmp_path, model)
