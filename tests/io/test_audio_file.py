"""Every kind of sound file decodes, or is refused in one line."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from artwalks_live.core.audio import AudioClip, Samples
from artwalks_live.core.errors import AudioError
from artwalks_live.io import audio_ffmpeg, audio_sndfile
from artwalks_live.io.audio_file import convert, decode
from tests.core.sounds import sine

READERS = (audio_sndfile.read, audio_ffmpeg.read)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "audio"
EDGE = sorted((SHARED / "edge").glob("*")) if SHARED.is_dir() else []
REFUSED = {"bad_audio_file_lyrics3.mp3", "zero_channels.mp3"}
needs_shared = pytest.mark.skipif(not EDGE, reason="../shared/data is not there")


def tone(channels: int = 1, seconds: float = 0.5, rate: int = 44100) -> Samples:
    """A tone, softer on each further channel."""
    return sine(440.0, seconds, rate)[:, None] / np.arange(1, channels + 1, dtype=np.float32)


def encode(path: Path, codec: str, samples: Samples, rate: int, layout: str = "mono") -> None:
    """Write a file with FFmpeg."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = rate
        for part in av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


@needs_shared
@pytest.mark.parametrize("path", EDGE, ids=lambda path: path.name)
def test_each_awkward_file_is_read_or_refused_in_one_line(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if path.name in REFUSED:
        with pytest.raises(AudioError) as error:
            decode(path, READERS)
        message = str(error.value)
        assert path.name in message
        assert "convert it to" in message
        assert "\n" not in message
    else:
        clip = decode(path, READERS)
        assert clip.samples.dtype == np.float32
        assert clip.samples.ndim == 2
        assert clip.samples.shape[1] in (1, 2)
        assert 0.5 < clip.duration_s < 31
        assert np.isfinite(clip.samples).all()
        assert clip.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert capfd.readouterr().err == ""


@needs_shared
def test_silence_is_a_sound() -> None:
    assert not decode(SHARED / "edge" / "digital_silence.wav", READERS).samples.any()


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000, 192000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_U8", "FLOAT", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_come_as_they_were(tmp_path: Path, rate: int, subtype: str, channels: int) -> None:
    samples = tone(channels, rate=rate)
    path = tmp_path / "tone.wav"
    soundfile.write(path, samples, rate, subtype)
    clip = decode(path, READERS)
    assert clip.sample_rate_hz == rate
    assert clip.samples.shape == samples.shape
    assert np.abs(clip.samples - samples).max() < {"PCM_U8": 0.01, "ULAW": 0.02}.get(subtype, 1e-4)
    assert not clip.samples.flags.writeable


@pytest.mark.parametrize(
    ("name", "codec"), [("t.m4a", "aac"), ("t.mka", "pcm_s16le"), ("t.webm", "libopus"), ("t.mp4", "aac")]
)
def test_what_libsndfile_does_not_know_ffmpeg_reads(tmp_path: Path, name: str, codec: str) -> None:
    encode(tmp_path / name, codec, tone(rate=48000), 48000)
    clip = decode(tmp_path / name, READERS)
    assert clip.sample_rate_hz == 48000
    assert clip.duration_s == pytest.approx(0.5, abs=0.05)
    assert clip.samples[4000:20000].std() == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_six_channels_become_two_by_their_places(tmp_path: Path) -> None:
    surround = np.zeros((48000, 6), np.float32)
    surround[:, 2] = sine(440, 1.0, 48000, 0.3)  # the centre belongs to both sides alike
    path = tmp_path / "surround.wav"
    encode(path, "pcm_f32le", surround, 48000, "5.1")
    clip = decode(path, READERS)
    assert clip.samples.shape == (48000, 2)
    assert np.abs(clip.samples[:, 0] - clip.samples[:, 1]).max() < 1e-6
    assert np.abs(clip.samples).max() > 0.1


@pytest.mark.parametrize(("rate", "read_at"), [(4000, 8000), (384000, 192000)])
def test_a_rate_that_is_not_analysed_is_brought_near(tmp_path: Path, rate: int, read_at: int) -> None:
    soundfile.write(tmp_path / "tone.wav", tone(rate=rate), rate)
    clip = decode(tmp_path / "tone.wav", READERS)
    assert clip.sample_rate_hz == read_at
    assert clip.duration_s == pytest.approx(0.5, abs=0.01)


def test_a_stream_that_changes_its_format_is_read_to_its_end(tmp_path: Path) -> None:
    for name, channels, rate in (("a.mp3", 1, 44100), ("b.mp3", 2, 22050)):
        soundfile.write(tmp_path / name, tone(channels, 1.0, rate), rate)
    both = tmp_path / "both.mp3"
    both.write_bytes((tmp_path / "a.mp3").read_bytes() + (tmp_path / "b.mp3").read_bytes())
    clip = decode(both, READERS)
    assert clip.duration_s == pytest.approx(2.0, abs=0.3)


def test_samples_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    samples = tone()
    samples[100:103, 0] = [np.nan, np.inf, -np.inf]
    soundfile.write(tmp_path / "nan.wav", samples, 44100, "FLOAT")
    clip = decode(tmp_path / "nan.wav", READERS)
    assert clip.samples[100:103, 0].tolist() == [0.0, 0.0, 0.0]
    assert clip.samples[200, 0] == samples[200, 0]


@pytest.mark.parametrize("suffix", ["flac", "ogg", "wav", "mp3"])
def test_a_file_that_breaks_off_gives_what_is_there(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, (5 * 44100, 1)), 44100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    clip = decode(path, READERS)
    assert 1.0 < clip.duration_s < 4.0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.wav", b"", "cannot be read as sound"),
        ("text.mp3", b"la la la\n" * 100, "cannot be read as sound"),
        ("zeros.flac", bytes(5000), "cannot be read as sound"),
        ("header.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", "cannot be read as sound"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n", "cannot be read as sound"),
    ],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AudioError, match=reason) as error:
        decode(tmp_path / name, READERS)
    assert "\n" not in str(error.value)


def test_a_sound_file_without_a_sample_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros((0, 2), np.float32), 44100)
    with pytest.raises(AudioError, match="no sound in it"):
        decode(tmp_path / "none.wav", READERS)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, width=64, height=64, pix_fmt="yuv420p")
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    with pytest.raises(AudioError, match="no sound stream in it"):
        decode(tmp_path / "film.mp4", READERS)


def test_no_such_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"nothing.wav: does not exist: give --audio a sound file"):
        decode(tmp_path / "nothing.wav", READERS)
    with pytest.raises(AudioError, match="is a folder"):
        decode(tmp_path, READERS)


def test_no_room_is_said_so_and_not_tried_twice(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"x")
    tried = []

    def full(_path: Path) -> Iterator[tuple[int, Samples]]:
        tried.append(1)
        yield 48000, tone()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(AudioError, match=r"no space in .* TMPDIR"):
        decode(tmp_path / "song.wav", (full, full))
    assert len(tried) == 1


def test_a_long_file_stays_on_disk(tmp_path: Path) -> None:
    (tmp_path / "set.wav").write_bytes(b"x")
    block = np.zeros((1 << 16, 2), np.float32)

    def hour(_path: Path) -> Iterator[tuple[int, Samples]]:
        for _ in range(400):
            yield 48000, block

    def resident_mb() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    if not Path("/proc/self/statm").exists():
        pytest.skip("resident memory is read from /proc")
    before = resident_mb()
    clip = decode(tmp_path / "set.wav", (hour,))
    assert clip.samples.nbytes == 400 * block.nbytes
    assert resident_mb() - before < 30


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("rate", "wanted"), [(44100, 48000), (96000, 44100), (8000, 48000)])
def test_another_rate_is_the_same_sound(channels: int, rate: int, wanted: int) -> None:
    clip = AudioClip(tone(channels, 1.0, rate), rate, Path("x.wav"), "hash")
    other = convert(clip, audio_ffmpeg.resample(clip, wanted))
    assert (other.sample_rate_hz, other.path, other.sha256) == (wanted, clip.path, "hash")
    assert len(other.samples) == pytest.approx(wanted, abs=64)
    middle = slice(wanted // 4, wanted // 2)
    assert np.abs(other.samples[middle] - tone(channels, 1.0, wanted)[middle]).max() < 0.02
