"""OSC datagrams: what is right is read, what is wrong is refused, nothing else happens."""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path

import pytest

from artwalks_live.core.osc_packet import Message, PacketError, is_pattern, matching, parse

SHARED = Path(__file__).parents[3] / "shared" / "data" / "osc" / "datagrams"
FLOAT = b"/a/b\0\0\0\0,f\0\0?\0\0\0"


def bundle(tag: int, *elements: bytes) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(struct.pack(">i", len(e)) + e for e in elements)


def test_every_type_is_read_or_read_over() -> None:
    head = b"/t\0\0,ifhdsSTFNItrmcb[i]\0"
    body = struct.pack(">ifqd", -3, 0.5, 1 << 40, 0.25) + b"abc\0" + b"\xc3\xa9\0\0" + b"\0" * (8 + 12)
    blob = struct.pack(">i", 5) + b"hello\0\0\0"
    message = parse(head + body + blob + struct.pack(">i", 9))[0]
    assert message == Message("/t", (-3, 0.5, 1 << 40, 0.25, "abc", "é", True, False, 9))


def test_a_message_without_arguments_needs_no_type_tags() -> None:
    assert parse(b"/go\0") == [Message("/go")]


def test_bundles_keep_their_order_and_the_innermost_time() -> None:
    now = 1_800_000_000.5
    tag = int((now + 2_208_988_800) * 2**32)
    messages = parse(bundle(1, b"/x\0\0", bundle(tag, FLOAT), b"/y\0\0"))
    assert [(m.address, m.due_s) for m in messages] == [("/x", None), ("/a/b", now), ("/y", None)]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"abc",
        b"#bundle\0\0\0",
        b"/a/b",
        FLOAT[:-1],
        FLOAT.replace(b",f", b"xf"),
        FLOAT.replace(b",f", b",z"),
        b"/s\0\0,s\0\0abcd",
        b"/s\0\0,s\0\0\xff\xfe\0\0",
        b"/\xff\0\0,f\0\0?\0\0\0",
        b"/b\0\0,b\0\0\xff\xff\xff\xff",
        b"/b\0\0,b\0\0\x7f\xff\xff\xff",
        bundle(1, FLOAT, b"nonsense"),
        bundle(1) + struct.pack(">i", -8) + FLOAT,
        bundle(1) + struct.pack(">i", 0),
    ],
)
def test_what_is_not_osc_is_refused_whole(datagram: bytes) -> None:
    with pytest.raises(PacketError):
        parse(datagram)


def test_bundles_in_bundles_without_end_are_refused() -> None:
    nested = FLOAT
    for _ in range(3000):
        nested = bundle(1, nested)
    with pytest.raises(PacketError, match="deep"):
        parse(nested)


def test_any_bytes_are_either_read_or_refused() -> None:
    chance = random.Random(0)
    for _ in range(20_000):
        data = bytearray(bundle(1, FLOAT, FLOAT) if chance.random() < 0.5 else FLOAT)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            parse(bytes(data[: chance.randint(0, len(data))]))
        except PacketError:
            continue


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared datagrams are not here")
def test_the_shared_datagrams() -> None:
    refused = set()
    for file in sorted(SHARED.glob("*.bin")):
        try:
            parse(file.read_bytes())
        except PacketError:
            refused.add(file.name.split("dgram_")[1])
    assert refused == {"invalid.bin", "invalid_index.bin", "unknown_type.bin", "unknown_param_type.bin"}
    nested = parse((SHARED / "osc_packet.dgram_nested_mess.bin").read_bytes())
    assert [m.address for m in nested] == ["/1111", "/2222", "/3333", "/4444"]


KNOWN = ("/flow/strength", "/flow/speed", "/bloom/strength", "/walk/next", "/a/b/c")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("/flow/*", ("/flow/strength", "/flow/speed")),
        ("/*/strength", ("/flow/strength", "/bloom/strength")),
        ("/*", ()),
        ("/flow/s*d", ("/flow/speed",)),
        ("/flow/spee?", ("/flow/speed",)),
        ("/a/[a-c]/c", ("/a/b/c",)),
        ("/a/[!a-c]/c", ()),
        ("/a/[!x^]/c", ("/a/b/c",)),
        ("/a/[^]/c", ()),
        ("/{flow,bloom}/strength", ("/flow/strength", "/bloom/strength")),
        ("/walk.next*", ()),
    ],
)
def test_patterns_reach_what_they_match(pattern: str, found: tuple[str, ...]) -> None:
    assert is_pattern(pattern)
    assert matching(pattern, KNOWN) == found


@pytest.mark.parametrize("pattern", ["/[", "/{a", "/a]", "/[z-a]", "/" + "*a" * 50, "/" + "{,}" * 20, "/*" + "a" * 200])
def test_patterns_that_are_broken_or_could_take_long_are_refused(pattern: str) -> None:
    with pytest.raises(PacketError):
        matching(pattern, KNOWN)


def test_the_wildest_pattern_allowed_is_cheap() -> None:
    """Work, not time: the process clock of this thread, with a hundredfold margin."""
    known = [f"/{'a' * 20}/{'a' * 20}{i}" for i in range(200)]
    begun = time.thread_time()
    matching("/*a*a*a*b" + "?" * 20, known)
    assert time.thread_time() - begun < 2.0
