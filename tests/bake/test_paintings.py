"""Paintings: found, ordered, read whatever their file is like, refused with one clear line, framed by what matters."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from artwalks_live.bake import paintings
from artwalks_live.bake.decode import decode
from artwalks_live.bake.fit import crop_window, fit, resize
from artwalks_live.core.errors import PaintingError, UsageError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "paintings"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared paintings are not on this machine")


def picture(width: int = 80, height: int = 60, seed: int = 0) -> Image.Image:
    """A smooth colourful picture whose upper left corner is red and whose upper right one is blue."""
    values = np.random.default_rng(seed).integers(40, 200, (6, 8, 3), dtype=np.uint8)
    pixels = cv2.resize(values, (width, height), interpolation=cv2.INTER_CUBIC)
    pixels[: height // 4, : width // 4] = (230, 10, 10)
    pixels[: height // 4, -width // 4 :] = (10, 10, 230)
    return Image.fromarray(pixels)


def is_upright(pixels: np.ndarray) -> bool:
    """Whether the red corner is where `picture` has it."""
    corner = pixels[4, 4].astype(int)
    return bool(corner[0] > 180 and corner[1] < 60 and corner[2] < 60)


# --- finding and ordering


def test_a_folder_gives_its_pictures_in_natural_order(tmp_path: Path) -> None:
    for name in ("wave 10.png", "Wave 2.jpg", "wave 1.PNG", "notes.txt", "._wave 3.png", "paintings.md"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.png").write_bytes(b"x")
    names = [source.path.name for source in paintings.find([tmp_path])]
    assert names == ["wave 1.PNG", "Wave 2.jpg", "wave 10.png"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no painting was given: a walk needs at least two"),
        (["a.png"], "only .*a.png was given: a walk needs at least two"),
        (["nowhere"], "nowhere does not exist"),
        (["empty"], "empty holds no pictures"),
    ],
)
def test_too_few_paintings(tmp_path: Path, names: list[str], message: str) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PaintingError, match=message):
        paintings.find([tmp_path / name for name in names])


def test_orders(tmp_path: Path) -> None:
    for name in "cab":
        (tmp_path / f"{name}.png").write_bytes(b"x")
    given = paintings.find([tmp_path / f"{name}.png" for name in "cab"])

    def titles(order: str, seed: int = 0) -> str:
        return "".join(source.title for source in paintings.arrange(given, order, seed))

    assert titles("given") == "cab"
    assert titles("name") == "abc"
    assert titles("random", 3) == titles("random", 3)
    assert {titles("random", seed) for seed in range(20)} > {"abc"}
    with pytest.raises(UsageError, match=r"--order 'nmae' is unknown: use one of .* \(nearest: name\)"):
        titles("nmae")


def test_similar_is_a_short_way() -> None:
    shades = [0, 200, 40, 240, 80, 160, 120]
    pictures = [np.full((16, 16, 3), shade, np.uint8) for shade in shades]
    way = [shades[index] for index in paintings.similar_path(pictures, loop=False)]
    assert way == sorted(shades)
    # as a loop, the way out and the way back share the work: no step is needed twice
    round_trip = [shades[index] for index in paintings.similar_path(pictures, loop=True)]
    assert round_trip[0] == 0
    assert sum(abs(a - b) for a, b in zip(round_trip, [*round_trip[1:], 0], strict=True)) == 480


def test_labels_come_from_paintings_toml(tmp_path: Path) -> None:
    for name in ("the_great-wave.png", "kiss.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "paintings.toml").write_text(
        '["kiss.png"]\ntitle = "The Kiss"\nartist = "Gustav Klimt"\nlicence = "public domain"\n', encoding="utf-8"
    )
    kiss, wave = paintings.find([tmp_path])
    assert (kiss.title, kiss.artist, kiss.licence) == ("The Kiss", "Gustav Klimt", "public domain")
    assert (wave.title, wave.artist) == ("the great wave", "")
    (tmp_path / "paintings.toml").write_text("kiss = 3", encoding="utf-8")
    with pytest.raises(PaintingError, match=r"paintings.toml: 'kiss'"):
        paintings.find([tmp_path])
    (tmp_path / "paintings.toml").write_text("[", encoding="utf-8")
    with pytest.raises(PaintingError, match=r"paintings.toml cannot be read"):
        paintings.find([tmp_path])


def test_a_name_that_cannot_be_shown_is_made_so(tmp_path: Path) -> None:
    for name in ("a\x1b[2J.png", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    source = paintings.find([tmp_path])[0]
    assert source.title.isprintable()
    assert paintings.source_name(source).isprintable()


# --- decoding


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def test_a_plain_picture_is_read_as_it_is(tmp_path: Path) -> None:
    made = decode(saved(tmp_path / "a.png", picture()))
    assert np.array_equal(made.pixels, np.asarray(picture()))
    assert made.notes == ()


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "PA"])
def test_grey_palette_and_alpha_become_rgb(tmp_path: Path, mode: str) -> None:
    suffix = "tif" if mode == "PA" else "png"
    image = picture().convert("RGBA").convert("PA") if mode == "PA" else picture().convert(mode)
    pixels = decode(saved(tmp_path / f"a.{suffix}", image)).pixels
    assert pixels.shape == (60, 80, 3)
    assert pixels.dtype == np.uint8
    assert pixels.std() > 10


def test_alpha_lies_over_the_mean_colour_of_what_is_visible(tmp_path: Path) -> None:
    image = Image.new("RGBA", (64, 64), (0, 255, 0, 0))
    image.paste((200, 100, 50, 255), (0, 0, 32, 64))
    pixels = decode(saved(tmp_path / "a.png", image)).pixels
    assert np.array_equal(np.unique(pixels.reshape(-1, 3), axis=0), [[200, 100, 50]])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture(tmp_path: Path, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = picture().transpose(undo[orientation]) if orientation > 1 else picture()
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("a.jpg", "a.png", "a.tif"):
        options = {"quality": 95} if name == "a.jpg" else {}
        pixels = decode(saved(tmp_path / name, stored, exif=exif, **options)).pixels
        assert pixels.shape == (60, 80, 3), name
        assert is_upright(pixels), name


def test_sixteen_bits_are_scaled(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    for name in ("a.png", "a.tif"):
        made = decode(saved(tmp_path / name, Image.fromarray(ramp)))
        assert np.abs(made.pixels[..., 0].astype(float) - ramp / 257.0).max() <= 1.0
        assert "8 bits" in made.notes[0]
    colours = np.stack([ramp, ramp[::-1], ramp.T], axis=-1)
    for name in ("c.png", "c.tif"):  # a 16-bit colour TIFF is one that Pillow refuses and OpenCV reads
        cv2.imwrite(str(tmp_path / name), colours[..., ::-1])
        pixels = decode(tmp_path / name).pixels
        assert np.abs(pixels.astype(float) - colours / 257.0).max() <= 1.0, name


def test_cmyk_is_converted_with_and_without_a_profile(tmp_path: Path) -> None:
    cmyk = picture().convert("CMYK")
    pixels = decode(saved(tmp_path / "a.jpg", cmyk, quality=95)).pixels
    assert pixels.shape == (60, 80, 3)
    assert is_upright(pixels)
    broken = decode(saved(tmp_path / "b.jpg", cmyk, quality=95, icc_profile=b"no profile at all"))
    assert is_upright(broken.pixels)
    assert "profile" in broken.notes[0]


def test_an_icc_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    """A profile whose red and blue primaries are swapped must swap them in the picture."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    table = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = table[b"rXYZ"], table[b"bXYZ"]
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    data = bytes(profile).replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))
    pixels = decode(saved(tmp_path / "a.png", picture(), icc_profile=data)).pixels
    expected = np.asarray(picture())[..., ::-1]
    assert np.abs(pixels.astype(int) - expected).mean() < 3.0


def test_an_animation_gives_its_first_frame_and_says_so(tmp_path: Path) -> None:
    frames = [picture(seed=seed) for seed in range(3)]
    for name in ("a.gif", "a.webp", "a.png"):
        saved(tmp_path / name, frames[0], save_all=True, append_images=frames[1:])
        made = decode(tmp_path / name)
        assert is_upright(made.pixels), name
        assert "only the first of its 3 frames" in made.notes[0], name


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "gif", "avif"])
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path / f"a.{suffix}", picture(320, 240))
    data = path.read_bytes()
    for share in (0.02, 0.5, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(PaintingError, match=f"a.{suffix} is (damaged|not a picture)") as caught:
            decode(path)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == "", "libraries must not chatter"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Dear curator, here is the painting.\n" * 40, "is not a picture"),
        (b"", "is empty"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "is not a picture"),
        (b"\x89PNG\r\n\x1a\n", "is not a picture|is damaged"),
        (b"II*\0" + b"\xff" * 64, "is not a picture|is damaged"),
        (random.Random(1).randbytes(4000), "is not a picture"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(PaintingError, match=message):
        decode(path)


def test_what_cannot_be_opened_and_what_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(PaintingError, match="cannot be read"):
        decode(tmp_path / "gone.png")
    with pytest.raises(PaintingError, match="20x10 pixels: too small"):
        decode(saved(tmp_path / "a.png", picture(20, 10)))


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 10**6)) + chunk(b"IEND", b"")


def test_a_huge_png_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_header(30_000, 30_000))
    with pytest.raises(PaintingError, match="30000x30000 pixels, more than 150 million: make it smaller"):
        decode(path)


def test_a_huge_jpeg_is_decoded_small(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", Image.new("L", (30_000, 3_000), 90), quality=50)
    assert decode(path).pixels.shape == (750, 7500, 3)


def test_a_large_picture_with_alpha_is_reduced_before_it_is_mixed(tmp_path: Path) -> None:
    image = Image.new("RGBA", (12_300, 400), (0, 0, 0, 0))
    image.paste((200, 100, 50, 255), (0, 0, 6150, 400))
    pixels = decode(saved(tmp_path / "a.png", image, compress_level=1)).pixels
    assert pixels.shape == (200, 6150, 3)
    assert np.array_equal(np.unique(pixels.reshape(-1, 3), axis=0), [[200, 100, 50]])


def test_a_png_that_pillow_refuses_is_read_by_opencv(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("history", "x" * (2 * PngImagePlugin.MAX_TEXT_CHUNK), zip=True)
    path = saved(tmp_path / "a.png", picture(), pnginfo=text)
    with pytest.raises(ValueError, match="Decompressed data too large"):
        Image.open(path).load()
    made = decode(path)
    assert np.array_equal(made.pixels, np.asarray(picture()))
    assert "OpenCV" in made.notes[0]
    data = path.read_bytes()
    path.write_bytes(data[:-40])  # but a truncated one is not half a painting
    with pytest.raises(PaintingError, match="is damaged"):
        decode(path)


# --- framing


def with_subject(width: int, height: int, x: int, y: int) -> np.ndarray:
    """A plain grey-green ground with a face-like patch of skin and detail at (x, y)."""
    noise = np.random.default_rng(5).integers(-6, 7, (height, width, 1))
    pixels = np.clip(np.array([96, 112, 100]) + noise, 0, 255).astype(np.uint8)
    cv2.ellipse(pixels, (x, y), (16, 22), 0, 0, 360, (224, 172, 140), -1)
    for eye in (-6, 6):
        cv2.circle(pixels, (x + eye, y - 4), 2, (30, 20, 20), -1)
    return pixels


@pytest.mark.parametrize("x", [40, 160, 280])
@pytest.mark.parametrize("y", [40, 160, 280])
@pytest.mark.parametrize("canvas", [(128, 72), (72, 128), (96, 96)])
def test_a_crop_keeps_its_subject_wherever_it_stands(x: int, y: int, canvas: tuple[int, int]) -> None:
    left, top, width, height = crop_window(with_subject(320, 320, x, y), canvas)
    assert abs(width / height - canvas[0] / canvas[1]) < 0.01
    assert left <= x - 14
    assert x + 14 <= left + width
    assert top <= y - 20
    assert y + 20 <= top + height


@needs_shared
def test_the_kiss_keeps_both_heads() -> None:
    pixels = decode(SHARED / "the-kiss.jpg").pixels
    left, top, width, height = crop_window(pixels, (1280, 720))
    size = pixels.shape[0]
    assert top <= 0.02 * size  # his wreath begins right below the upper edge
    assert top + height >= 0.3 * size  # her cheek and his hand
    assert (left, width) == (0, pixels.shape[1])


@needs_shared
def test_portraits_keep_their_faces() -> None:
    """Upper edge above the hair, lower edge below the chin, both as shares of the picture's height."""
    for name, hair, chin in (("mona-lisa.jpg", 0.1, 0.33), ("girl-pearl-earring.jpg", 0.12, 0.55)):
        pixels = decode(SHARED / name).pixels
        _, top, _, height = crop_window(pixels, (1280, 720))
        assert top <= hair * len(pixels), name
        assert top + height >= chin * len(pixels), name


@pytest.mark.parametrize("canvas", [(96, 54), (54, 96), (64, 64)])
def test_pad_shows_the_whole_painting_between_black_bars(canvas: tuple[int, int]) -> None:
    pixels = np.full((90, 120, 3), 200, np.uint8)
    made = fit(pixels, canvas, "pad")
    lit = made.canvas[..., 0] > 100
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    ratio = (columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1)
    assert made.canvas.shape == (canvas[1], canvas[0], 3)
    assert abs(ratio - 120 / 90) < 0.08
    assert made.canvas[~lit].max(initial=0) < 130


def test_the_source_has_the_frame_of_the_canvas_at_its_own_size() -> None:
    pixels = np.asarray(picture(640, 400))
    made = fit(pixels, (96, 54), "crop")
    assert made.source.shape == (360, 640, 3)
    again = resize(made.source, (96, 54))
    assert np.abs(again.astype(int) - made.canvas).mean() < 2.0
    assert fit(np.zeros((3000, 6000, 3), np.uint8), (96, 54), "crop").source.shape == (2304, 4096, 3)


def test_the_whole_is_neither_cropped_nor_padded() -> None:
    pixels = np.asarray(picture(640, 400))
    for how in ("crop", "pad"):
        assert np.array_equal(fit(pixels, (96, 96), how).whole, pixels)
    assert fit(np.zeros((1000, 3000, 3), np.uint8), (96, 54), "crop").whole.shape == (341, 1024, 3)


def test_a_painting_of_the_canvas_size_is_kept_pixel_for_pixel() -> None:
    pixels = np.asarray(picture(96, 54))
    for how in ("crop", "pad"):
        assert np.array_equal(fit(pixels, (96, 54), how).canvas, pixels)


def test_an_unknown_fit_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match=r"--fit 'cropp' is unknown: use one of blur, .*pad \(nearest: crop\)"):
        fit(np.zeros((64, 64, 3), np.uint8), (64, 64), "cropp")


def test_plain_pictures_do_not_confuse_the_crop() -> None:
    for pixels in (np.zeros((60, 200, 3), np.uint8), np.full((200, 60, 3), 255, np.uint8)):
        assert fit(pixels, (64, 64), "crop").canvas.shape == (64, 64, 3)


def test_an_in_memory_jpeg_is_the_same_as_pillow_reads(tmp_path: Path) -> None:
    data = io.BytesIO()
    picture().save(data, "JPEG", quality=95)
    (tmp_path / "a.jpg").write_bytes(data.getvalue())
    assert np.array_equal(decode(tmp_path / "a.jpg").pixels, np.asarray(Image.open(data)))
