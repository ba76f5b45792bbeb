"""A million OSC packets at a listening server, good, damaged and hostile: run by hand after changing the OSC room.

    python tools/soak/osc_flood.py [--packets 1000000] [--rate 40000] [--seed 0] [--sane 0.5]

Sends from a process of its own, polls at 60 Hz as a show does, and prints what arrived, what was counted, how late
the poll came (the picture's share of it), and whether the last value sent is the value that was received.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import socket
import struct
import time
from collections.abc import Iterator

from artwalks_live.core.events import COMMANDS
from artwalks_live.io.osc import Address, OscServer

LATEST = tuple(f"/group{i}/value" for i in range(64))
LAST = "/group0/value"


def message(address: str, *floats: float) -> bytes:
    """An OSC message of floats."""
    parts = [address, "," + "f" * len(floats)]
    padded = b"".join(part.encode() + b"\0" * (4 - len(part.encode()) % 4) for part in parts)
    return padded + struct.pack(f">{len(floats)}f", *floats)


def bundle(tag: int, *elements: bytes) -> bytes:
    """An OSC bundle with a time tag."""
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(struct.pack(">i", len(e)) + e for e in elements)


def packets(chance: random.Random, sane: float) -> Iterator[bytes]:
    """Packets without end: a share of sound ones, the rest damaged, nested, wild, endless or random bytes."""
    wild = ["/*/*", "/group?/[v-z]alue", "/group{1,2,3}/value", "/" + "{,}" * 7, "/" + "*a" * 200, "/[z-a]", "/[", "/{"]
    while True:
        sound = message(chance.choice(LATEST), chance.random())
        kind = 1.0 if chance.random() < sane else chance.random()
        if kind > 0.8:
            yield sound if chance.random() < 0.9 else message(chance.choice(COMMANDS).address, 1.0)
        elif kind > 0.5:
            damaged = bytearray(sound)
            for _ in range(chance.randint(1, 5)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            yield bytes(damaged[: chance.randint(0, len(damaged))])
        elif kind > 0.4:
            yield message(chance.choice(wild), chance.random())
        elif kind > 0.3:
            nested = sound
            for _ in range(chance.randint(1, 400)):
                nested = bundle(chance.getrandbits(64), nested)
            yield nested
        elif kind > 0.2:
            yield bundle(int((time.time() + 2_208_988_800 + chance.uniform(-5, 5)) * 2**32), sound, sound)
        else:
            yield chance.randbytes(chance.randint(0, 300))


def send(address: Address, count: int, rate_hz: float, seed: int, sane: float) -> None:
    """Send packets at a rate, then the last word."""
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ready = packets(random.Random(seed), sane)
    begun = time.monotonic()
    for sent in range(count):
        outgoing.sendto(next(ready), address)
        if sent % 64 == 0:
            time.sleep(max(0.0, begun + sent / rate_hz - time.monotonic()))
    time.sleep(1.2)  # longer than the server holds a time tag
    outgoing.sendto(message(LAST, 0.625), address)


def main() -> None:
    """Flood, poll, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=40_000, help="packets a second")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sane", type=float, default=0.5, help="share of packets that are sound [0, 1]")
    options = parser.parse_args()
    server = OscServer("127.0.0.1:0", latest=LATEST, ordered=[command.address for command in COMMANDS])
    sender = multiprocessing.get_context("spawn").Process(
        target=send, args=(server.address, options.packets, options.rate, options.seed, options.sane)
    )
    sender.start()
    begun = time.monotonic()
    late: list[float] = []
    polls: list[float] = []
    events = 0
    last: object = None
    frame = 0
    while sender.is_alive() or frame % 60:
        frame += 1
        due = begun + frame / 60
        time.sleep(max(0.0, due - time.monotonic()))
        polled = time.monotonic()
        for event in server.poll():
            events += 1
            last = event.args if event.address == LAST else last
        polls.append(time.monotonic() - polled)
        late.append(polled - due)
    counts = server.counts
    server.close()
    late.sort()
    polls.sort()
    seconds = time.monotonic() - begun
    print(f"{counts.received} of {options.packets + 1} datagrams arrived in {seconds:.1f} s; {counts}")
    print(f"{events} events in {frame} polls; last word {'received' if last == (0.625,) else f'LOST: {last}'}")
    for name, values in (("frame late by", late), ("poll took", polls)):
        marks = [values[int(share * (len(values) - 1))] * 1e3 for share in (0.5, 0.99, 0.999, 1.0)]
        print(f"{name} ms: p50 {marks[0]:.2f}  p99 {marks[1]:.2f}  p99.9 {marks[2]:.2f}  max {marks[3]:.2f}")


if __name__ == "__main__":
    main()
