"""How fast a recorder is beside the bare encoder: the same codec, options, pictures and machine, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import av
import numpy as np

from artwalks_live.core.sink import FrameSink
from artwalks_live.core.video import MasterSpec, Pixels, encoder_options


@dataclass(frozen=True, slots=True)
class Throughput:
    """Frames a second: of PyAV alone, of the recorder, and the median of their ratios round by round."""

    bare_fps: float
    recorder_fps: float
    ratio: float


def throughput(
    spec: MasterSpec, pictures: Sequence[Pixels], record: Callable[[MasterSpec], FrameSink], *, frames: int, rounds: int
) -> Throughput:
    """Encode the same frames with and without the recorder, in turns, so that a busy machine slows both.

    spec      an H.264 master, not live, without sound; its path is used as a stem and the files are removed
    pictures  NV12, repeated as often as needed
    record    opens the recorder
    """
    bare, recorded, ratios = [], [], []
    for turn in range(rounds):
        order = (_bare, _recorded) if turn % 2 else (_recorded, _bare)
        rates = {}
        for number, way in enumerate(order):
            path = spec.path.with_name(f"{spec.path.stem}-{turn}-{number}{spec.path.suffix}")
            begun = time.perf_counter()
            way(replace(spec, path=path), pictures, record, frames)
            rates[way] = frames / (time.perf_counter() - begun)
            path.unlink()
        bare.append(rates[_bare])
        recorded.append(rates[_recorded])
        ratios.append(rates[_recorded] / rates[_bare])
    return Throughput(statistics.median(bare), statistics.median(recorded), statistics.median(ratios))


def _recorded(
    spec: MasterSpec, pictures: Sequence[Pixels], record: Callable[[MasterSpec], FrameSink], frames: int
) -> None:
    sink = record(spec)
    for index in range(frames):
        sink.write(index, pictures[index % len(pictures)])
    sink.close()


def _bare(spec: MasterSpec, pictures: Sequence[Pixels], _: object, frames: int) -> None:
    """PyAV as in its own examples: a plain file, one thread that feeds the encoder."""
    width, height = spec.size
    with av.open(str(spec.path), "w") as file:
        stream = file.add_stream(spec.codec.encoder, spec.fps, encoder_options(spec, spec.codec.encoder))
        stream.width, stream.height, stream.pix_fmt = width, height, spec.codec.coded_format
        stream.codec_context.gop_size = round(spec.fps)
        for index in range(frames):
            frame = av.VideoFrame(width, height, "nv12")
            pixels = pictures[index % len(pictures)]
            for plane, rows in zip(frame.planes, (pixels[:height], pixels[height:]), strict=True):
                np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, :width] = rows
            frame.pts = index
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
