"""Uploaded pictures: looked at before they are decoded, written anew, kept under the hash of what was written.

Nothing of the sender's file is kept but its picture: no position, no thumbnail, no text, nothing behind the end.
"""

import hashlib
import os
import tempfile
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from . import rendering
from .models import Picture
from .rendering import Unacceptable

LARGEST_FILE = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 24_000_000  # decoded, four bytes each: what a server can hold for a moment
LONGEST_SIDE = 2_400  # pixels, of what is kept
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


def store(upload: BinaryIO, *, alt: str = "", credit: str = "", by: AbstractBaseUser | None = None) -> Picture:
    """Keep an uploaded picture; of an animated one its first frame. The same picture twice is one row.

    Raises Unacceptable, with a sentence for the person who sent it, when it is not a picture that can be kept.
    """
    alt, credit = rendering.clean_text(alt, 1_000), rendering.clean_line(credit, 200)
    written, ending, size = _written_anew(_bytes_of(upload))
    sha256 = hashlib.sha256(written).hexdigest()
    known = Picture.objects.filter(sha256=sha256).first()
    if known and default_storage.exists(known.file.name):
        return known
    name = f"pictures/{sha256[:2]}/{sha256}.{ending}"
    _keep(written, name)
    return Picture.objects.get_or_create(
        sha256=sha256,
        defaults={"file": name, "width": size[0], "height": size[1], "alt": alt, "credit": credit, "added_by": by},
    )[0]


def describe(picture: Picture, alt: str, credit: str) -> None:
    """Keep the first words that are given to a picture, for the next piece that takes it."""
    if not picture.alt and alt:
        picture.alt, picture.credit = alt, credit
        picture.save(update_fields=["alt", "credit"])


def _bytes_of(upload: BinaryIO) -> bytes:
    upload.seek(0)
    data = upload.read(LARGEST_FILE + 1)
    if not data:
        raise Unacceptable(_("The file is empty."))
    if len(data) > LARGEST_FILE:
        raise Unacceptable(_("The file is larger than 10 MB."))
    return data


def _written_anew(data: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The picture as a new file, its ending, its width and height."""
    try:
        with warnings.catch_warnings():
            # Pillow warns above its own limit; ours is lower and answers with a sentence.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refusal(error) from error
    if image.width * image.height > MOST_PIXELS:
        raise Unacceptable(
            _("The picture has %(pixels)d million pixels; 24 million is the most that is taken.")
            % {"pixels": image.width * image.height // 1_000_000}
        )
    try:
        return _small_and_upright(image)
    # What a decoder raises on a broken file is not one family.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise _refusal(error) from error


def _refusal(error: Exception) -> Unacceptable:
    if isinstance(error, Image.DecompressionBombError):
        return Unacceptable(_("The picture has too many pixels; 24 million is the most that is taken."))
    return Unacceptable(_("This is not a picture that can be read. JPEG, PNG, WebP, GIF and AVIF are taken."))


def _small_and_upright(image: Image.Image) -> tuple[bytes, str, tuple[int, int]]:
    lossless = image.format in {"PNG", "GIF"}
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at the smaller size
    image = ImageOps.exif_transpose(image)
    see_through = image.has_transparency_data
    image = image.convert("RGBA" if see_through else "RGB")
    # A picture without the sender's words: the pixels alone go into the new one.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    target = BytesIO()
    if lossless or see_through:
        bare.save(target, "PNG", compress_level=6)
        return target.getvalue(), "png", bare.size
    bare.save(target, "JPEG", quality=85, optimize=True, progressive=True)
    return target.getvalue(), "jpg", bare.size


def _keep(data: bytes, name: str) -> None:
    """Write the file beside its place and move it there: under its name it is whole or not at all (threat T-17)."""
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, settings.FILE_UPLOAD_PERMISSIONS or 0o644)
        os.replace(part, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
