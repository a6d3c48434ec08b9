"""What somebody sent → the pixels alone, upright, in sRGB, small enough; and from those, files.

Decoders are where a server is exhausted: nothing is decoded whose header says that it would take more than memory
and time allow. Knows no models and no storage.
"""

import re
import warnings
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from . import decoding
from .rendering import Unacceptable
from .renditions import SHARED

MOST_PIXELS = 24_000_000
# Their decoders hold the picture four times over: 24 million took 375 MB (WebP) and 218 MB (AVIF).
MOST_OF = {"WEBP": 12_000_000, "AVIF": 12_000_000}
MOST_IN_SCANS = 10_000_000  # a JPEG in several scans above it is read at half its size: else it takes up to 280 MB
MOST_SCANS = 64  # of a JPEG; real ones have about ten, and each costs as much as a whole picture
MOST_IN_MEMORY = 150_000_000  # bytes
MAY_LIE = {"AVIF"}  # a file that says a million pixels may hold one of 268 million
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# Of a JPEG: what has a length behind it, and the end. A decoder reads over the rest: fillings, marks to begin again at,
# and codes that mean nothing.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_END, _SCAN, _FRAMES, _PROGRESSIVE = 0xD9, 0xDA, set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}, {0xC2, 0xC6, 0xCA, 0xCE}


def read(data: bytes) -> tuple[Image.Image, bool]:
    """The picture, and whether it was drawn rather than taken: kept without loss. Of an animated one its first frame.

    Raises Unacceptable, with a sentence for the person who sent it, when it cannot be read within 200 MB.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns above its own limit; ours is lower and answers with a sentence.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=FORMATS)
    except Exception as error:
        raise _refusal(error) from error
    scans = _scans(data)
    _refuse_too_many(image, scans)
    drawn = image.format in {"PNG", "GIF"}
    try:
        if image.format in MAY_LIE:
            return decoding.apart(data, image.format), drawn
        half = scans > 1 and image.width * image.height > MOST_IN_SCANS
        return decoding.tidied(image, (image.width // 2, image.height // 2) if half else None), drawn
    except Exception as error:
        raise _refusal(error) from error


def written(image: Image.Image, *, drawn: bool) -> tuple[bytes, str]:
    """The file that is kept of a picture, and its ending."""
    target = BytesIO()
    if drawn or image.mode == "RGBA":
        image.save(target, "PNG", compress_level=3)  # 6 takes a second more for a twentieth less
        return target.getvalue(), "png"
    image.save(target, "JPEG", quality=85, optimize=True, progressive=True)
    return target.getvalue(), "jpg"


def narrowed(image: Image.Image, widths: list[int]) -> dict[int, bytes]:
    """The same picture at these widths, as WebP."""
    found = {}
    for width in sorted(widths, reverse=True):  # each made from the one before: less to do, and no worse
        height = max(1, round(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.LANCZOS) if width < image.width else image
        target = BytesIO()
        image.save(target, "WEBP", quality=80, method=2)
        found[width] = target.getvalue()
    return found


def cut(image: Image.Image, focus: tuple[int, int]) -> bytes:
    """As much as fits into the shape of what is shared, round this point (per cent), as JPEG."""
    scale = min(1, image.width / SHARED[0], image.height / SHARED[1])
    size = max(1, round(SHARED[0] * scale)), max(1, round(SHARED[1] * scale))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    target = BytesIO()
    fitted = ImageOps.fit(image.convert("RGB"), size, centering=(focus[0] / 100, focus[1] / 100))
    fitted.save(target, "JPEG", quality=85, optimize=True)
    return target.getvalue()


def _refuse_too_many(image: Image.Image, scans: int) -> None:
    pixels, most = image.width * image.height, MOST_OF.get(image.format, MOST_PIXELS)
    if pixels > MOST_PIXELS:
        raise Unacceptable(
            _("The picture has %(pixels)d million pixels; 24 million is the most that is taken.")
            % {"pixels": pixels // 1_000_000}
        )
    if pixels > most:
        raise Unacceptable(
            _("The picture has %(pixels)d million pixels; of WebP and AVIF 12 million is the most. Send it as JPEG.")
            % {"pixels": pixels // 1_000_000}
        )
    in_memory = len(image.getbands()) * pixels * 2  # of a JPEG in several scans all are kept until the last
    if scans > MOST_SCANS or (scans > 1 and in_memory > MOST_IN_MEMORY):
        raise Unacceptable(
            _("The picture takes too much time or memory to be read. Save it once more, as JPEG without “progressive”.")
        )


def _scans(data: bytes) -> int:
    """In how many scans a JPEG draws its picture, two at least where all of it is kept until the last; else 0.

    From marker to marker, as the decoder goes: what stands in a segment (a thumbnail, an end that is none) is not read.
    """
    scans, at, bands, least = 0, 2, 0, 0
    while data[:2] == b"\xff\xd8" and scans <= MOST_SCANS and (marker := _MARKER.search(data, at)):
        code, at = marker[1][0], marker.end()
        if code == _END:
            break
        if code in _FRAMES:
            bands = _byte(data, at + 7)
            least = 2 if code in _PROGRESSIVE else least
        elif code == _SCAN:
            least = least if _byte(data, at + 2) == bands else 2
            scans += 1
        at += max(2, int.from_bytes(data[at : at + 2]))
    return max(scans, least)


def _byte(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 1])


def _refusal(error: Exception) -> Unacceptable:
    if isinstance(error, Image.DecompressionBombError):
        return Unacceptable(_("The picture has too many pixels; 24 million is the most that is taken."))
    return Unacceptable(_("This is not a picture that can be read. JPEG, PNG, WebP, GIF and AVIF are taken."))
