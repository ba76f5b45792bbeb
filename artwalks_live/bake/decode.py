"""Any picture file as sRGB pixels, or one clear line why not.

Pillow reads; where it refuses a PNG or TIFF that is sound (a text chunk too long for it, 16 bits a channel),
OpenCV does. The size is looked at before a pixel is decoded, so a huge file cannot exhaust the memory; huge JPEGs
are decoded at a half, a quarter or an eighth, which costs next to nothing.
"""

from __future__ import annotations

import io
import logging
import math
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, TiffImagePlugin, UnidentifiedImageError

from artwalks_live.core.errors import PaintingError

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
VERSION = 1
MAX_PIXELS = 150_000_000
MAX_FILE_BYTES = 2**30
MIN_SIDE = 32
ENOUGH_SIDE = 6144  # a JPEG is not decoded larger than needed for this; framed sources are at most 4096 wide

# Pillow's own limit would refuse large JPEGs, which are decoded small here; `_check_size` takes its place.
Image.MAX_IMAGE_PIXELS = None
# What is wrong with a picture is said in our own line.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# What Pillow's decoders raise on damaged files, besides OSError.
_DAMAGE = (
    SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError, RuntimeError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
_PNG, _TIFF = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Decoded:
    """Pixels, (H, W, 3) uint8 sRGB, and what the person may want to know about how they were read."""

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def decode(path: Path) -> Decoded:
    """Read one picture file: turned by EXIF, its ICC profile converted to sRGB, 8 bits, alpha flattened.

    Raises PaintingError, one line, when the file is missing, empty, no picture, damaged, too large or too small.
    """
    try:
        if path.stat().st_size == 0:
            raise PaintingError(f"{path} is empty: fetch it again or leave it out")
        file = path.open("rb")
    except OSError as error:
        raise PaintingError(f"{path} cannot be read ({error.strerror})") from None
    notes: list[str] = []
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata does not matter here, and a damaged picture raises
        try:
            pixels = _by_pillow(path, file, notes)
        except UnidentifiedImageError:
            pixels = _by_opencv(path, file, notes, "is not a picture")
        except (OSError, *_DAMAGE) as error:
            pixels = _by_opencv(path, file, notes, f"is damaged ({_short(error)})")
    height, width = pixels.shape[:2]
    if min(width, height) < MIN_SIDE:
        raise PaintingError(f"{path} is {width}x{height} pixels: too small for a walk, use at least {MIN_SIDE} a side")
    return Decoded(pixels, tuple(f"{path.name}: {note}" for note in notes))


def _short(error: BaseException) -> str:
    """The first words of a library's message, on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 80 else text[:77] + "..."


def _check_size(path: Path, width: int, height: int, decoded_pixels: float) -> None:
    if decoded_pixels > MAX_PIXELS:
        raise PaintingError(
            f"{path} is {width}x{height} pixels, more than {MAX_PIXELS // 10**6} million: "
            "make it smaller (8000 pixels a side is plenty) or save it as a baseline JPEG"
        )


def _by_pillow(path: Path, file: BinaryIO, notes: list[str]) -> NDArray[np.uint8]:
    with Image.open(file, formats=_formats()) as image:
        width, height = image.size
        if image.format in ("JPEG", "MPO"):
            shrink = ENOUGH_SIDE / max(width, height)
            image.draft(image.mode, (math.ceil(width * shrink), math.ceil(height * shrink)))
        # a progressive JPEG is held whole in memory whatever size is asked for
        held = width * height if "progressive" in image.info else image.width * image.height
        _check_size(path, width, height, held)
        frames = getattr(image, "n_frames", 1)
        if frames > 1 and image.format != "MPO":  # a camera's MPO holds one picture and its previews
            notes.append(f"only the first of its {frames} frames is used")
            image.seek(0)
        image.load()
        return _srgb(_turned(image), notes)


def _formats() -> list[str]:
    """The formats that this Pillow was built with, among those that are pictures (never PostScript or PDF)."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _turned(image: Image.Image) -> Image.Image:
    """Turn the picture upright; the profile and alpha stay with it."""
    turn = _TURNS.get(image.getexif().get(0x0112, 1))
    if turn is None:
        return image
    upright = image.transpose(turn)
    upright.info.update(image.info)
    return upright


def _srgb(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    """Bring any mode to 8-bit sRGB, and what is much larger than any canvas to a size that is easy to hold."""
    profile = image.info.get("icc_profile")
    shrink = round(max(image.size) / ENOUGH_SIDE)
    if image.mode.startswith("I") or image.mode == "F":
        notes.append("its greater depth is scaled to 8 bits")
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    see_through = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
    plain = ("RGBA",) if see_through else ("RGB", "L", "CMYK", "LAB")
    if image.mode not in plain:
        image = image.convert("RGBA" if see_through else "RGB")
    if shrink > 1:
        image = image.reduce(shrink)
    alpha = None
    if see_through:
        alpha = np.asarray(image.getchannel("A"))
        image = image.convert("RGB")
    pixels = np.asarray(_from_profile(image, profile, notes))
    return pixels if alpha is None else _flattened(pixels, alpha)


def _from_profile(image: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """Convert from the embedded profile (relative colorimetric, black point kept); without one, plainly."""
    if profile and image.mode != "LAB":
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" in ImageCms.getProfileDescription(source).lower() and image.mode == "RGB":
                return image
            converted = ImageCms.profileToProfile(
                image,
                source,
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            if converted is not None:
                return converted
        except (OSError, ImageCms.PyCMSError):
            notes.append("its colour profile is damaged and ignored")
    return image.convert("RGB")


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale 16-bit, 32-bit or float grey to 8 bits: by 65535, or by the largest value beyond that."""
    grey = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    top = float(grey.max(initial=0.0))
    full = next((limit for limit in (1.0, 65535.0) if top <= limit), top)
    if np.issubdtype(values.dtype, np.integer):
        full = max(65535.0, full)
    scaled: NDArray[np.uint8] = np.round(np.clip(grey / full, 0.0, 1.0) * 255.0).astype(np.uint8)
    return scaled


def _flattened(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay the picture over the mean colour of what is visible of it: no hard edge where it ends.

    In strips, because a large picture in floating point would be several times as large.
    """
    strips = [slice(top, top + 256) for top in range(0, len(pixels), 256)]
    sums = sum(np.einsum("yxc,yx->c", pixels[rows], alpha[rows], dtype=np.float64) for rows in strips)
    ground = np.asarray(sums, np.float32) / max(1, int(alpha.sum(dtype=np.int64)))
    mixed = np.empty_like(pixels)
    for rows in strips:
        share = alpha[rows, :, None].astype(np.float32) / 255.0
        mixed[rows] = np.round(pixels[rows] * share + ground * (1.0 - share))
    return mixed


def _by_opencv(path: Path, file: BinaryIO, notes: list[str], why: str) -> NDArray[np.uint8]:
    """Second opinion on a PNG or TIFF; `why` is what to say when it is of no help either."""
    file.seek(0)
    data = file.read(MAX_FILE_BYTES)
    size = _sound_png_size(data) if data.startswith(_PNG) else _tiff_size(data)
    bgr: NDArray[np.uint8] | None = None
    if size is not None:
        _check_size(path, *size, size[0] * size[1])
        bgr = _quietly_decoded(data)
    if bgr is None:
        raise PaintingError(f"{path} {why}: fetch it again or leave it out")
    notes.append("read by OpenCV, without its colour profile, because Pillow refuses it")
    pixels: NDArray[np.uint8] = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return pixels


def _quietly_decoded(data: bytes) -> NDArray[np.uint8] | None:
    """(H, W, 3) uint8 BGR by OpenCV, which must not print what it thinks of the file; None when it refuses."""
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        bgr: NDArray[np.uint8] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)
    return bgr


def _sound_png_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG whose chunks are complete and whose picture chunks have the right checksum."""
    place, size = len(_PNG), None
    while place + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        end = place + 12 + length
        if end > len(data):
            return None
        if kind in (b"IHDR", b"IDAT", b"PLTE") and data[end - 4 : end] != struct.pack(
            ">I", zlib.crc32(data[place + 4 : end - 4])
        ):
            return None
        if kind == b"IHDR" and length == 13:
            size = struct.unpack(">II", data[place + 8 : place + 16])
        if kind == b"IEND":
            return size
        place = end
    return None


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of the first page of a TIFF."""
    if not data.startswith(_TIFF):
        return None
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(data[:8])
        file = io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        return int(tags[256]), int(tags[257])
    except (OSError, *_DAMAGE):
        return None
