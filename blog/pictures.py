"""Uploaded pictures: looked at before they are decoded, written anew, kept under the hash of what was written.

Nothing of the sender's file is kept but its picture: no position, no thumbnail, no text, nothing behind the end. All
files of a picture are made when it is sent, so that no reader's request ever makes one.
"""

import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from . import pixels, rendering, renditions
from .models import Picture
from .rendering import Unacceptable
from .renditions import CENTRE, Kept

logger = logging.getLogger(__name__)

LARGEST_FILE = 10 * 1024 * 1024  # bytes
WORDS = ("alt", "is_decorative", "credit", "licence")


def store(
    upload: BinaryIO,
    *,
    alt: str = "",
    credit: str = "",
    licence: str = "",
    is_decorative: bool = False,
    by: AbstractBaseUser | None = None,
) -> Picture:
    """Keep an uploaded picture; of an animated one its first frame. The same picture twice is one row.

    The words are kept where it is new, or nobody has said yet what it shows.

    Raises Unacceptable, with a sentence for the person who sent it, when it is not a picture that can be kept.
    """
    words = tidy_words(alt=alt, credit=credit, licence=licence, is_decorative=is_decorative)
    image, drawn = pixels.read(_bytes_of(upload))
    data, ending = pixels.written(image, drawn=drawn)
    sha256 = hashlib.sha256(data).hexdigest()
    known = Picture.objects.filter(sha256=sha256).first()
    kept = Kept.named(known.file.name if known else renditions.name_of(sha256, image.size, ending))
    if kept is None:  # from before names said sizes: pieces go on to show it under its old one
        kept = Kept.named(renditions.name_of(sha256, image.size, ending))
    if not known or missing(kept):
        _keep({kept.name: data} | _made_from(image, kept))
    if known and known.file.name != kept.name:
        known.file = kept.name
        known.save(update_fields=["file"])
    if known is None:
        size = {"width": image.width, "height": image.height}
        made = {"file": kept.name, "added_by": by} | size | words
        known, is_new = Picture.objects.get_or_create(sha256=sha256, defaults=made)
        if is_new:
            return known
    return describe(known, **words)


def tidy_words(*, alt: str = "", credit: str = "", licence: str = "", is_decorative: bool = False) -> dict:
    """The words that go with a picture, in one form. Raises Unacceptable: decorative is what has nothing to say."""
    alt = rendering.clean_line(alt, 1_000)
    if alt and is_decorative:
        raise Unacceptable(_("Either it is decorative, or it has an alternative text."))
    return {
        "alt": alt,
        "is_decorative": is_decorative,
        "credit": rendering.clean_line(credit, 200),
        "licence": rendering.clean_line(licence, 200),
    }


def describe(picture: Picture, alt: str, credit: str, *, licence: str = "", is_decorative: bool = False) -> Picture:
    """Keep the first words that are given to a picture, for the next piece that takes it; gives it as it is then."""
    with transaction.atomic():
        now = Picture.objects.select_for_update(no_key=True).get(pk=picture.pk)
        if now.is_described() or not (alt or is_decorative):
            return now
        said = {"alt": alt, "credit": credit or now.credit, "licence": licence or now.licence}
        return change(now, **tidy_words(**said, is_decorative=is_decorative))


def change(picture: Picture, *, focus: tuple[int, int] | None = None, **words: str | bool) -> Picture:
    """Other words, another point that has to stay in sight: what the next piece that takes it begins with.

    Raises Unacceptable when they do not fit each other, or the cut for the new point cannot be made.
    """
    words = tidy_words(**{name: getattr(picture, name) for name in WORDS} | words)
    for name, said in words.items():
        setattr(picture, name, said)
    if focus is not None:
        make_cut(picture, focus)
        picture.focus_x, picture.focus_y = focus
    picture.save(update_fields=[*WORDS, "focus_x", "focus_y"])
    return picture


def make_cut(picture: Picture, focus: tuple[int, int]) -> None:
    """The file that keeps this point of a picture in sight where a page is shared. Raises Unacceptable."""
    kept = Kept.named(picture.file.name)
    name = kept and kept.shared(focus)
    if name and not default_storage.exists(name):
        _keep({name: pixels.cut(_opened(picture), focus)})


def complete(picture: Picture) -> bool:
    """Make what is missing of a picture's files, and give one from before names said sizes a name that does.

    Pieces go on to show it under the old one. Were any made? Raises Unacceptable when it cannot be read or written.
    """
    kept = Kept.named(picture.file.name)
    if kept and not missing(kept):
        return False
    image = _opened(picture)
    ending = picture.file.name.rpartition(".")[2]
    kept = kept or Kept.named(renditions.name_of(picture.sha256, image.size, ending))
    with default_storage.open(picture.file.name) as file:
        _keep({kept.name: file.read()} | _made_from(image, kept, picture.focus))
    picture.file = kept.name
    picture.save(update_fields=["file"])
    return True


def numbered(number: str) -> Picture | None:
    """The picture whose number somebody sent; None when there is none, or the text is no number."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    return Picture.objects.filter(pk=int(number)).first() if is_number else None


def missing(kept: Kept) -> list[str]:
    """Those of a picture's files that are not there."""
    names = [kept.name, kept.shared(), *(kept.narrow(width) for width in kept.widths)]
    return [name for name in names if not default_storage.exists(name)]


def as_image(picture: Picture, *, alt: str = "", credit: str = "") -> dict:
    """The picture as a wording keeps the one above its text."""
    image = {
        "src": picture.file.url,
        "alt": alt or picture.alt,
        "width": picture.width,
        "height": picture.height,
        "credit": credit or picture.credit,
    }
    return image if picture.focus == CENTRE else image | {"focus": renditions.spell_focus(picture.focus)}


def _bytes_of(upload: BinaryIO) -> bytes:
    upload.seek(0)
    data = upload.read(LARGEST_FILE + 1)
    if not data:
        raise Unacceptable(_("The file is empty."))
    if len(data) > LARGEST_FILE:
        raise Unacceptable(_("The file is larger than 10 MB."))
    return data


def _opened(picture: Picture) -> Image.Image:
    try:
        with default_storage.open(picture.file.name) as file:
            return pixels.read(file.read())[0]
    except OSError as error:
        raise Unacceptable(_("The file of the picture cannot be read.")) from error


def _made_from(image: Image.Image, kept: Kept, focus: tuple[int, int] = CENTRE) -> dict[str, bytes]:
    """The files beside a picture, by their names."""
    narrow = pixels.narrowed(image, kept.widths)
    files = {kept.narrow(width): data for width, data in narrow.items()}
    return files | {kept.shared(point): pixels.cut(image, point) for point in {CENTRE, focus}}


def _keep(files: dict[str, bytes]) -> None:
    """Write files beside their places, then move them there: all are whole, or none is there (threat T-17).

    Raises Unacceptable when they cannot be written.
    """
    parts: dict[str, Path] = {}
    try:
        for name, data in files.items():
            target = Path(default_storage.path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            parts[_part_of(target, data)] = target
        for part, target in parts.items():
            os.replace(part, target)
    except OSError as error:
        logger.exception("A picture could not be written.")
        raise Unacceptable(
            _("The picture could not be kept: there is no room for it, or it cannot be written. Try again later.")
        ) from error
    finally:
        for part in parts:
            with suppress(FileNotFoundError):
                os.unlink(part)


def _part_of(target: Path, data: bytes) -> str:
    """The path of a new file with this in it, beside where it is to stand."""
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, settings.FILE_UPLOAD_PERMISSIONS or 0o644)
    except BaseException:
        os.unlink(part)
        raise
    return part
