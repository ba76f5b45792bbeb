"""A worker on another machine, without one: its own store, what travels, what is refused."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from artwalks_live.bake import parcel
from artwalks_live.bake.bake import bake
from artwalks_live.bake.cluster import differs
from artwalks_live.bake.framing import frame_all
from artwalks_live.bake.join import Head, check_address
from artwalks_live.bake.keyframes import LegRequest, generator
from artwalks_live.bake.keyframes.painter import DiffusionGenerator
from artwalks_live.bake.leg import Leg, Step, missing
from artwalks_live.bake.lock import locked
from artwalks_live.bake.paintings import find
from artwalks_live.bake.remote import Remote, networks, versions
from artwalks_live.bake.store import Store
from artwalks_live.core.errors import BakeError, UsageError
from artwalks_live.paths import model_file
from tests.bake.bakery import TWINS, request
from tests.nn.test_upscale_model import nearest, network


@pytest.fixture
def remotes(tmp_path: Path) -> Iterator[list[Remote]]:
    made = [Remote(room=tmp_path), Remote(room=tmp_path)]
    yield made
    for remote in made:
        remote.leave()


def first_leg(folder: Path, store: Store) -> Leg:
    asked = request(folder)
    ends = [entry.framed for entry in frame_all(asked, find(asked.sources), store, lambda _: None, lambda _: None)]
    return Leg(ends[0], ends[1], asked.leg, asked.generator, asked.flow, asked.anchors)


def finished(folder: Path) -> dict[str, bytes]:
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in folder.glob("[kf]*/*")}


def test_a_leg_done_by_two_machines_in_turns_is_the_leg_done_here(folder: Path, remotes: list[Remote]) -> None:
    """Each gets what the other has made by way of the bake's own store, and nothing twice."""
    store = Store(folder.parent / "head.walk")
    leg = first_leg(folder, store)
    has: list[set[str]] = [set(), set()]
    steps = missing(leg, store)
    for number, step in enumerate(steps):
        turn = number % 2
        sent = parcel.pack(store, leg, step, has[turn])
        answer = remotes[turn].do(asdict(leg), step, sent)
        assert answer.pop("done", False), answer
        assert not has[turn] & sent.keys()
        parcel.unpack(store, answer["files"], "a machine")
        has[turn] |= sent.keys() | answer["files"].keys()
    assert len(steps) == 6
    assert missing(leg, store) == []
    here = bake(request(folder, sources=tuple(folder / f"{number}.png" for number in (0, 1))))
    assert finished(here.folder).items() <= finished(store.folder).items()


def test_a_keyframe_that_is_there_already_comes_with_its_order(folder: Path, remotes: list[Remote]) -> None:
    """A generator that paints several at once finds that a fellow has made this one."""
    store, step = Store(folder.parent / "head.walk"), ("keyframe", 0)
    leg = first_leg(folder, store)
    for each in (("plan", 0), step):
        parcel.unpack(store, remotes[0].do(asdict(leg), each, parcel.pack(store, leg, each))["files"], "a machine")
    record = f"{parcel.PARTS}/{leg.part(step)}.json"
    sent = parcel.pack(store, leg, step)
    assert list(sent)[-1] == record, "a record comes after the files that it lists"


def test_only_the_leg_at_hand_is_kept(folder: Path, remotes: list[Remote]) -> None:
    store, plan = Store(folder.parent / "head.walk"), ("plan", 0)
    leg = first_leg(folder, store)
    other = replace(leg, request=replace(leg.request, seed=1))
    for each in (leg, other):
        answer = remotes[0].do(asdict(each), plan, parcel.pack(store, each, plan))
        assert "done" in answer
    again = remotes[0].do(asdict(leg), ("keyframe", 0), {})
    assert "error" in again, "what it had of the first leg has gone: the sender must not count on it"


def test_a_fault_comes_back_in_one_line_with_its_trace(folder: Path, remotes: list[Remote]) -> None:
    store = Store(folder.parent / "head.walk")
    leg = replace(first_leg(folder, store), generator=f"{TWINS}:Faulty")
    step: Step = ("plan", 0)
    parcel.unpack(store, remotes[0].do(asdict(leg), step, parcel.pack(store, leg, step))["files"], "a machine")
    answer = remotes[0].do(asdict(leg), ("keyframe", 1), parcel.pack(store, leg, ("keyframe", 1)))
    assert answer["error"] == "keyframe 1 failed: a fault in the program (ZeroDivisionError)"
    assert "in the twin" in answer["trace"]


@pytest.mark.parametrize(
    "name", ["../x.png", "walk.json", "keyframes/0123456789abcdef.exe", ".bake/parts/../../x.json", "/etc/x.npz"]
)
def test_no_other_file_than_a_bakes_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BakeError, match="which no bake makes"):
        parcel.unpack(Store(tmp_path / "s.walk"), {name: b"x"}, "a machine")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_arrives_altered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BakeError, match="altered on its way"):
        parcel.unpack(Store(tmp_path), {"keyframes/0123456789abcdef.png": b"x"}, "a machine")


def test_a_worker_with_other_versions_is_refused(folder: Path, remotes: list[Remote]) -> None:
    leg = first_leg(folder, Store(folder.parent / "head.walk"))
    step: Step = ("segment", 0)
    about, part, here = remotes[0].about(asdict(leg), step), leg.part(step), versions()
    assert about["here"] == socket.gethostname()
    assert differs(about, here, part) == ""
    old = {**about, "versions": {**here, "artwalks": "0.0.9"}}
    assert differs(old, here, part).startswith("has artwalks-live 0.0.9 and this machine ")
    strange = remotes[0].about({**asdict(leg), "hue": 3}, step)
    assert "hue" in differs(strange, here, part)
    assert differs({**strange, "versions": {**here, "artwalks": "0.0.9"}}, here, part).startswith("has artwalks-live")
    later = remotes[0].about(asdict(replace(leg, generator=f"{TWINS}:DissolveAgain")), step)
    assert "another version of --generator" in differs(later, here, part)
    none = remotes[0].about(asdict(replace(leg, generator="no.such:Maker")), step)
    assert "cannot take part: --generator no.such:Maker: cannot be loaded" in differs(none, here, part)


@pytest.mark.skipif(importlib.util.find_spec("diffusers") is None, reason="needs the extra diffusion")
def test_a_worker_with_another_model_is_refused(
    folder: Path, tmp_path: Path, remotes: list[Remote], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same name on both machines, and on one of them another content."""
    from tools import random_models

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    random_models.kandinsky(tmp_path / "model")
    maker = generator("kandinsky")
    assert isinstance(maker, DiffusionGenerator)
    painted = LegRequest(2, diffusion=maker.prepared({"model": str(tmp_path / "model"), "steps": 4}))
    plain = first_leg(folder, Store(folder.parent / "head.walk"))
    leg, step = replace(plain, generator="kandinsky", request=painted), ("keyframe", 0)
    about = remotes[0].about(asdict(leg), step)
    assert differs(about, versions(), leg.part(step)) == ""
    config = tmp_path / "model" / "decoder" / "unet" / "config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    about = remotes[0].about(asdict(leg), step)
    assert "another version of --generator, --model" in differs(about, versions(), leg.part(step))
    shutil.rmtree(tmp_path / "model")
    about = remotes[0].about(asdict(leg), step)
    assert differs(about, versions(), leg.part(step)).startswith("cannot take part: ")


def test_networks_travel_as_files(folder: Path, tmp_path: Path) -> None:
    """Named on the baking machine by a path, and not there on the other one."""
    flow, upscaler = tmp_path / "mine.onnx", network(tmp_path, nearest()).rename(tmp_path / "larger.onnx")
    shutil.copy(model_file("film-small.onnx"), flow)
    plain = first_leg(folder, Store(folder.parent / "head.walk"))
    leg, step = replace(plain, flow=str(flow), upscale=str(upscaler)), ("segment", 0)
    part, sent = leg.part(step), networks(leg)
    assert networks(plain) == {}
    assert {which: name for which, (name, _) in sent.items()} == {"flow": "mine.onnx", "upscale": "larger.onnx"}
    flow.unlink()
    upscaler.unlink()
    remote = Remote(sent, tmp_path)
    try:
        assert differs(remote.about(asdict(leg), step), versions(), part) == ""
    finally:
        remote.leave()


def test_what_a_killed_worker_left_goes_when_the_next_one_comes(tmp_path: Path) -> None:
    left, held = tmp_path / "artwalks-bake-left", tmp_path / "artwalks-bake-held"
    for folder in (left, held):
        (folder / "leg").mkdir(parents=True)
    with locked(held / "lock", held):
        Remote(room=tmp_path).leave()
        assert [path.name for path in tmp_path.iterdir()] == [held.name], "its worker lives"
    Remote(room=tmp_path).leave()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("address", ["local", "", "somewhere", "http://host:80", "host:port", "a b:6379"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match=r"is no address: use auto, HOST:6379, or ray://HOST:10001"):
        check_address(address)


def test_nobody_at_an_address() -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install ray")
    with socket.socket() as taken:  # bound and not listening: nobody else can be there
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match=rf"^--ray {address}: nothing answers there \(Connection refused\): start"):
            check_address(address)


def test_a_head_that_stays_away_is_noticed() -> None:
    with socket.socket() as head:
        head.bind(("127.0.0.1", 0))
        head.listen()
        watched = Head(f"127.0.0.1:{head.getsockname()[1]}")
        watched.look(0.0)
    for now_s in (1.0, 5.0, 9.0, 10.0):
        watched.look(now_s)  # twice in vain: it may be starting anew
    with pytest.raises(ConnectionError, match="its head does not answer"):
        watched.look(15.0)
    Head("").look(0.0)
