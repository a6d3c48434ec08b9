"""Uploads: whatever arrives is a picture of ours afterwards, or refused with a sentence."""

import io
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from blog import pictures
from blog.models import Picture
from blog.rendering import Unacceptable
from tests.factories import make_contributor

pytestmark = pytest.mark.django_db
HOSTILE = Path(__file__).parents[1] / "data" / "hostile" / "images"
REFUSED = [
    "empty.png",
    "eps-named.png",
    "gif-header-js.gif",
    "html-named.jpg",
    "pdf-named.png",
    "png-169mp-1bit-under-pillow-error-limit.png",
    "svg-named.png",
    "svg-script.svg",
    "truncated.jpg",
]
TAKEN = ["jpeg-exif-gps-and-script.jpg", "jpeg-with-html-tail.jpg", "png-65000x1.png"]


def made(kind="PNG", size=(40, 30), mode="RGB", colour=None, **options):
    """A file with a picture, by Pillow."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    file.seek(0)
    return file


def files():
    if not Path(default_storage.location).exists():
        return []
    return sorted(str(path) for path in Path(default_storage.location).rglob("*") if path.is_file())


def test_the_list_of_hostile_files_is_complete():
    assert sorted(path.name for path in HOSTILE.iterdir()) == sorted(REFUSED + TAKEN)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_of_the_five_kinds_is_refused_quickly_and_leaves_nothing(name):
    before, began = files(), time.process_time()
    with pytest.raises(Unacceptable) as refusal, (HOSTILE / name).open("rb") as file:
        pictures.store(file)
    assert str(refusal.value).endswith(".")
    assert time.process_time() - began < 2
    assert files() == before
    assert not Picture.objects.exists()


@pytest.mark.parametrize("name", TAKEN)
def test_of_what_is_taken_nothing_but_the_picture_is_kept(name):
    with (HOSTILE / name).open("rb") as file:
        picture = pictures.store(file)
    kept = default_storage.open(picture.file.name).read()
    assert b"<script" not in kept and b"<html" not in kept.lower()
    image = Image.open(io.BytesIO(kept))
    assert not image.getexif()
    assert (image.width, image.height) == (picture.width, picture.height)
    assert max(image.size) <= pictures.LONGEST_SIDE


BOMBS = """
import io, sys, zlib, struct
from PIL import Image

def png(width, height, extra=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    row = b"\\0" * (1 + width * 4)
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return head + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

def text_bomb():
    data = b"Comment\\0\\0" + zlib.compress(b"a" * 100_000_000, 9)
    return png(2, 2, struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data)))

def many_frames():
    file = io.BytesIO()
    frames = [Image.new("P", (2000, 2000), number) for number in range(30)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()

sys.stdout.buffer.write({"88 MP": lambda: png(9400, 9400), "text": text_bomb, "frames": many_frames}[sys.argv[1]]())
"""
STORE = """
import io, os, resource, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
import django
django.setup()
from blog import pictures
from blog.rendering import Unacceptable
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print("taken", pictures._written_anew(pictures._bytes_of(io.BytesIO(data)))[2])
except Unacceptable as refusal:
    print("refused", refusal)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("bomb", "answer"), [("88 MP", "refused"), ("text", "refused"), ("frames", "taken (2000, 2000)")]
)
def test_a_bomb_takes_under_200_megabytes(bomb, answer):
    data = subprocess.run([sys.executable, "-c", BOMBS, bomb], capture_output=True, check=True).stdout
    assert len(data) < pictures.LARGEST_FILE
    done = subprocess.run([sys.executable, "-c", STORE], input=data, capture_output=True, check=True)
    said, megabytes = done.stdout.decode().splitlines()
    assert said.startswith(answer)
    assert int(megabytes) < 200


def test_the_largest_picture_that_is_taken_fits_into_memory_and_time():
    began = time.process_time()
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    picture = pictures.store(made("JPEG", (6000, 4000), colour="teal"))
    assert (picture.width, picture.height) == (2400, 1600)
    assert time.process_time() - began < 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - usage < 200 * 1024


def test_one_pixel_row_more_than_24_million_is_refused():
    with pytest.raises(Unacceptable, match="24 million"):
        pictures.store(made("PNG", (6000, 4001), "1"))


def test_more_than_ten_megabytes_are_refused_before_they_are_looked_at():
    with pytest.raises(Unacceptable, match="10 MB"):
        pictures.store(io.BytesIO(b"\xff" * (pictures.LARGEST_FILE + 1)))


KINDS = [
    ("JPEG", "RGB", "jpg"),
    ("JPEG", "CMYK", "jpg"),
    ("JPEG", "L", "jpg"),
    ("PNG", "RGBA", "png"),
    ("PNG", "P", "png"),
    ("PNG", "I;16", "png"),
    ("PNG", "1", "png"),
    ("WEBP", "RGB", "jpg"),
    ("WEBP", "RGBA", "png"),
    ("GIF", "P", "png"),
    ("AVIF", "RGB", "jpg"),
]


@pytest.mark.parametrize(("kind", "mode", "ending"), KINDS)
def test_the_five_kinds_are_taken_whatever_their_colours(kind, mode, ending):
    picture = pictures.store(made(kind, mode=mode), alt="A", credit="C", by=make_contributor())
    assert picture.file.name == f"pictures/{picture.sha256[:2]}/{picture.sha256}.{ending}"
    assert (picture.width, picture.height, picture.alt, picture.credit) == (40, 30, "A", "C")


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_kinds_are_refused(kind):
    with pytest.raises(Unacceptable, match="JPEG, PNG, WebP, GIF and AVIF"):
        pictures.store(made(kind))


def test_a_picture_lying_on_its_side_is_stood_up():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = pictures.store(made("JPEG", exif=exif))
    assert (picture.width, picture.height) == (30, 40)


def test_the_same_picture_twice_is_one_row_and_one_file():
    first = pictures.store(made(), alt="First")
    again = pictures.store(made(), alt="Again")
    assert (first.pk, again.alt) == (again.pk, "First")
    assert len([name for name in files() if first.sha256 in name]) == 1


def test_a_file_that_was_lost_comes_back_with_the_picture():
    picture = pictures.store(made(colour="red"))
    default_storage.delete(picture.file.name)
    assert pictures.store(made(colour="red")).pk == picture.pk
    assert default_storage.exists(picture.file.name)


def test_when_the_disk_is_full_there_is_no_half_file_and_no_row(monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    before = files()
    monkeypatch.setattr(pictures.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        pictures.store(made(colour="blue"))
    assert files() == before
    assert not Picture.objects.exists()
