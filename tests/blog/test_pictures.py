"""Uploads: whatever arrives is a picture of ours afterwards, or refused with a sentence."""

import io
import random
import resource
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image, ImageChops, ImageCms

from blog import decoding, pictures, pixels, rendering
from blog.models import Picture
from blog.rendering import Unacceptable
from blog.renditions import CENTRE, Kept
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


def beside(picture):
    """The names of the files that are made with it."""
    kept = Kept.named(picture.file.name)
    return [kept.shared(), *map(kept.narrow, kept.widths)]


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
    assert max(image.size) <= decoding.LONGEST_SIDE
    for name in beside(picture):
        kept = default_storage.open(name).read()
        assert b"<script" not in kept and b"<html" not in kept.lower() and b"Exif" not in kept


BOMBS = """
import io, sys, zlib, struct
from PIL import Image

def png(width, height, extra=b"", bits=8, kind=6, each=4):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    row = b"\\0" * (1 + width * each)
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))
    return head + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

def text_bomb():
    data = b"Comment\\0\\0" + zlib.compress(b"a" * 100_000_000, 9)
    return png(2, 2, struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data)))

def many_frames():
    file = io.BytesIO()
    frames = [Image.new("P", (2000, 2000), number) for number in range(30)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()

def by_pillow(kind, mode, size, **options):
    file = io.BytesIO()
    Image.effect_noise((size[0] // 50, size[1] // 50), 90).resize(size).convert(mode).save(file, kind, **options)
    return file.getvalue()

def in_scans(mode):
    return by_pillow("JPEG", mode, (4799, 5000), progressive=True, subsampling=0)

def after_one(data, end):
    # What stands behind the first scan, where the tables of the second begin.
    at = data.index(b"\\xff\\xc4", data.index(b"\\xff\\xda"))
    return data[:at] + end

def lying_avif():
    # The frame is as large as it is; what says how large it is says less.
    data = by_pillow("AVIF", "RGB", (11_000, 11_000), speed=10)
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", 1000, 1000) + data[at + 8 :]

sys.stdout.buffer.write({
    "88 MP": lambda: png(9400, 9400),
    "text": text_bomb,
    "frames": many_frames,
    "24 MP PNG": lambda: png(4799, 5000),
    "24 MP JPEG": lambda: by_pillow("JPEG", "CMYK", (4799, 5000)),
    "24 MP grey of 16 bits": lambda: png(4799, 5000, bits=16, kind=0, each=2),
    "scans": lambda: in_scans("RGB"),
    "scans of four inks": lambda: in_scans("CMYK"),
    "an end in a comment": lambda: in_scans("CMYK").replace(b"\\xff\\xc4", b"\\xff\\xfe\\0\\4\\xff\\xd9\\xff\\xc4"),
    "the first scan alone": lambda: after_one(in_scans("CMYK"), b"\\xff\\xd9"),
    "24 MP WebP": lambda: by_pillow("WEBP", "RGB", (6000, 4000), method=0),
    "12 MP WebP": lambda: by_pillow("WEBP", "RGB", (4000, 3000), method=0),
    "12 MP AVIF": lambda: by_pillow("AVIF", "RGBA", (4000, 3000), speed=10, subsampling="4:4:4"),
    "121 MP AVIF that says 1": lying_avif,
}[sys.argv[1]]())
"""
STORE = """
import io, os, resource, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
import django
django.setup()
from blog import pictures, pixels
from blog.renditions import Kept, name_of
from blog.rendering import Unacceptable
def peak():
    # Of this program: what `getrusage` says is at least what the process had that started it.
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
data = sys.stdin.buffer.read()
before = peak()
try:
    image, drawn = pixels.read(pictures._bytes_of(io.BytesIO(data)))
    print("taken", image.size)
    written, ending = pixels.written(image, drawn=drawn)
    pictures._made_from(image, Kept.named(name_of("0" * 64, image.size, ending)))
except Unacceptable as refusal:
    print("refused", refusal)
of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # what one has in all
print(max(peak() - before, of_children) // 1024)
"""


LARGEST = [
    ("88 MP", "refused The picture has 88 million pixels"),
    ("text", "refused This is not a picture"),
    ("frames", "taken (2000, 2000)"),
    ("24 MP PNG", "taken (2304, 2400)"),
    ("24 MP JPEG", "taken (2304, 2400)"),
    ("24 MP grey of 16 bits", "taken (2304, 2400)"),
    ("scans", "taken (2304, 2400)"),
    ("scans of four inks", "refused The picture takes too much time or memory"),
    ("an end in a comment", "refused The picture takes too much time or memory"),
    ("the first scan alone", "refused The picture takes too much time or memory"),
    ("24 MP WebP", "refused The picture has 24 million pixels; of WebP and AVIF 12 million"),
    ("12 MP WebP", "taken (2400, 1800)"),
    ("12 MP AVIF", "taken (2400, 1800)"),
    ("121 MP AVIF that says 1", "refused This is not a picture"),
]


@pytest.mark.parametrize(("bomb", "answer"), LARGEST)
def test_a_bomb_takes_under_200_megabytes(bomb, answer):
    data = subprocess.run([sys.executable, "-c", BOMBS, bomb], capture_output=True, check=True).stdout
    assert len(data) < pictures.LARGEST_FILE
    done = subprocess.run([sys.executable, "-c", STORE], input=data, capture_output=True, check=True)
    said, megabytes = done.stdout.decode().splitlines()
    assert said.startswith(answer)
    assert int(megabytes) < 200, megabytes


def test_a_jpeg_in_more_scans_than_anybody_draws_is_refused():
    """Each costs as much as a whole picture, and a few bytes: ten megabytes would take minutes."""
    data = made("JPEG", (64, 64), progressive=True).getvalue()
    end = data.rindex(b"\xff\xd9")
    last = data[data.rindex(b"\xff\xda") : end]
    with pytest.raises(Unacceptable, match="too much time"):
        pictures.store(io.BytesIO(data[:end] + last * pixels.MOST_SCANS + data[end:]))


def test_the_scans_of_a_jpeg_are_counted_as_its_decoder_meets_them():
    plain, several = (made("JPEG", (64, 64), progressive=scans).getvalue() for scans in (False, True))
    counted = pixels._scans(several)
    assert (pixels._scans(plain), counted) == (1, 10)
    inside = b"\xff\xfe" + (2 + len(several)).to_bytes(2) + several  # as a thumbnail stands in what cameras write
    for told, before in [
        ("an end that is none", b"\xff\xfe\0\4\xff\xd9"),
        ("another picture", inside),
        ("fillings", b"\xff\xff\xff"),
        ("a mark to begin again", b"\xff\xd3"),
        ("a code that means nothing, and has no length", b"\xff\x02"),
    ]:
        assert pixels._scans(several.replace(b"\xff\xc4", before + b"\xff\xc4")) == counted, told
    twice = several.replace(b"\xff\xda", several[several.index(b"\xff\xc2") :][:19] + b"\xff\xda")
    assert pixels._scans(twice) == counted  # the decoder gives up at the second, but not before
    behind = several + inside
    assert pixels._scans(behind) == counted
    assert pixels._scans(made("PNG").getvalue()) == pixels._scans(b"\xff\xd8") == 0


def test_a_jpeg_that_is_kept_until_its_end_counts_as_one_in_scans():
    """One scan with some of the colours, or the rough of all: the decoder waits for the others."""
    several = made("JPEG", (64, 64), progressive=True).getvalue()
    rough = several[: several.index(b"\xff\xc4", several.index(b"\xff\xda"))] + b"\xff\xd9"
    assert pixels._scans(rough) == 2
    plain = bytearray(made("JPEG", (64, 64)).getvalue())
    plain[plain.index(b"\xff\xda") + 4] = 1
    assert pixels._scans(bytes(plain)) == 2


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
    assert picture.file.name == f"pictures/{picture.sha256[:2]}/{picture.sha256}-40x30.{ending}"
    assert (picture.width, picture.height, picture.alt, picture.credit) == (40, 30, "A", "C")


def broken(data, chance):
    """Some of it lost, or some bits of it turned."""
    if chance.random() < 0.2:
        return data[: chance.randrange(len(data))]
    data = bytearray(data)
    for _time in range(chance.choice([1, 1, 4, 30])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


@pytest.mark.parametrize(("kind", "times"), [("JPEG", 99), ("PNG", 99), ("WEBP", 99), ("GIF", 99), ("AVIF", 20)])
def test_what_is_broken_is_read_as_far_as_it_goes_or_refused_with_a_sentence(kind, times):
    chance, file = random.Random(kind), io.BytesIO()
    Image.effect_noise((60, 60), 90).convert("RGBA" if kind in {"PNG", "WEBP"} else "RGB").save(file, kind)
    refused = 0
    for _time in range(times):
        try:
            pixels.read(broken(file.getvalue(), chance))
        except Unacceptable:
            refused += 1
    assert 0 < refused <= times


def test_a_part_that_does_not_belong_into_a_png_is_no_error_of_ours():
    data = made("PNG").getvalue()
    part = b"fdAT" + bytes(8)
    alone = len(part[4:]).to_bytes(4) + part + zlib.crc32(part).to_bytes(4)
    with pytest.raises(Unacceptable, match="not a picture that can be read"):
        pixels.read(data[:33] + alone + data[33:])


def test_a_decoder_of_its_own_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(decoding, "MOST_SECONDS", 0.001)
    with pytest.raises(Unacceptable, match="not a picture that can be read"):
        pixels.read(made("AVIF").getvalue())


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
    assert len([name for name in files() if first.sha256 in name]) == 1 + len(beside(first))


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
    with pytest.raises(Unacceptable, match="no room"):
        pictures.store(made(colour="blue"))
    assert files() == before
    assert not Picture.objects.exists()


def with_position():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (54.0, 19.0, 48.0), 3: "E", 4: (10.0, 8.0, 24.0)})
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_no_file_of_a_picture_says_where_it_was_taken(kind):
    sent = made(kind, colour="teal", exif=with_position().tobytes())
    assert Image.open(sent).getexif().get_ifd(0x8825)  # the file that is sent does
    picture = pictures.store(sent)
    assert (picture.width, picture.height) == (30, 40)  # and it was stood up
    for name in [picture.file.name, *beside(picture)]:
        image = Image.open(default_storage.path(name))
        assert not image.getexif() and not {"exif", "xmp", "comment", "icc_profile"} & image.info.keys(), name


def test_sixteen_bits_of_grey_are_the_same_grey_in_eight():
    picture = pictures.store(made("PNG", mode="I;16", colour=0x8000))
    assert Image.open(default_storage.path(picture.file.name)).convert("L").getpixel((0, 0)) in {127, 128}


def test_what_a_palette_lets_through_stays_clear():
    image = Image.new("P", (40, 30), 1)
    image.putpalette([0, 0, 0, 200, 0, 0])
    file = io.BytesIO()
    image.save(file, "GIF", transparency=1)
    kept = Image.open(default_storage.path(pictures.store(file).file.name))
    assert kept.mode == "RGBA" and kept.getpixel((0, 0))[3] == 0


def test_colours_are_those_that_the_profile_meant():
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    plain = pictures.store(made("JPEG", colour=(200, 30, 30)))
    unfit = pictures.store(made("JPEG", colour=(30, 200, 30), icc_profile=swapped.tobytes()))
    broken = pictures.store(made("JPEG", colour=(30, 30, 200), icc_profile=b"no profile"))
    seen = [Image.open(default_storage.path(one.file.name)).getpixel((9, 9)) for one in (plain, unfit, broken)]
    wanted = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    assert all(abs(got - due) < 6 for pair in zip(seen, wanted, strict=True) for got, due in zip(*pair, strict=True))


def test_a_profile_as_large_as_no_camera_has_is_not_followed():
    """It takes memory and time; one of the same words that is small is followed."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = swapped.index(b"rXYZ"), swapped.index(b"bXYZ")
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    padded = bytes(swapped) + bytes(decoding.LARGEST_PROFILE)
    large = len(padded).to_bytes(4) + padded[4:]
    seen = []
    for profile in (bytes(swapped), large):
        image, _drawn = pixels.read(made("JPEG", colour=(200, 30, 30), icc_profile=profile).getvalue())
        seen.append(image.getpixel((9, 9)))
    assert seen[0][2] > 150 > seen[0][0] and seen[1][0] > 150 > seen[1][2]


def test_the_strips_in_which_a_picture_is_made_smaller_leave_no_seam():
    sent = Image.linear_gradient("L").resize((2600, 5000)).convert("RGB")
    in_strips, at_once = decoding._smaller(sent), sent.resize(decoding.within(sent.size), Image.Resampling.LANCZOS)
    assert max(most for _least, most in ImageChops.difference(in_strips, at_once).getextrema()) <= 1


def test_every_file_of_a_picture_is_there_and_as_large_as_it_says():
    picture = pictures.store(made("JPEG", (2000, 1000), colour="teal"))
    kept = Kept.named(picture.file.name)
    assert (kept.width, kept.height, kept.widths) == (2000, 1000, [480, 960, 1440])
    assert [Image.open(default_storage.path(kept.narrow(width))).size for width in kept.widths] == [
        (480, 240),
        (960, 480),
        (1440, 720),
    ]
    assert Image.open(default_storage.path(kept.shared())).size == (1200, 630)
    assert pictures.missing(kept) == []


def test_the_cut_keeps_what_has_to_stay_in_sight():
    image = Image.new("RGB", (1000, 2000), "white")
    image.paste("red", (0, 0, 1000, 200))
    file = io.BytesIO()
    image.save(file, "PNG")
    picture = pictures.change(pictures.store(file, alt="Red above"), focus=(50, 0))
    kept = Kept.named(picture.file.name)
    above, middle = (Image.open(default_storage.path(kept.shared(focus))) for focus in ((50, 0), CENTRE))
    assert above.getpixel((500, 20))[1] < 20 and middle.getpixel((500, 20))[1] > 235
    assert pictures.as_image(picture)["focus"] == "50 0"


def test_a_point_whose_cut_cannot_be_written_is_not_kept(monkeypatch):
    picture = pictures.store(made("PNG", (700, 700)), alt="A")
    monkeypatch.setattr(pictures.os, "replace", no_room)
    with pytest.raises(Unacceptable, match="no room"):
        pictures.change(picture, focus=(1, 1))
    assert Picture.objects.get().focus == CENTRE


def no_room(*_paths):
    raise OSError(28, "No space left on device")


def test_of_a_picture_that_could_not_be_moved_into_its_place_nothing_is_left(monkeypatch):
    before = files()
    monkeypatch.setattr(pictures.os, "replace", no_room)
    with pytest.raises(Unacceptable, match="no room"):
        pictures.store(made(colour="navy"))
    assert files() == before
    assert not Picture.objects.exists()


def test_a_picture_from_before_names_said_sizes_is_given_one_that_does_and_its_old_file_stays():
    picture = pictures.store(made(colour="olive"), alt="A")
    old = f"pictures/{picture.sha256[:2]}/{picture.sha256}.png"
    Path(default_storage.path(picture.file.name)).rename(default_storage.path(old))
    for name in beside(picture):
        default_storage.delete(name)
    Picture.objects.update(file=old)
    assert pictures.complete(Picture.objects.get())
    now = Picture.objects.get()
    assert now.file.name == picture.file.name and default_storage.exists(old)
    assert pictures.missing(Kept.named(now.file.name)) == []
    assert not pictures.complete(now)


def test_the_same_picture_sent_again_makes_what_was_lost_of_it():
    picture = pictures.store(made(colour="plum"))
    default_storage.delete(beside(picture)[0])
    pictures.store(made(colour="plum"))
    assert pictures.missing(Kept.named(picture.file.name)) == []


def test_a_picture_is_described_once_and_decorative_is_one_way():
    picture = pictures.store(made())
    assert not picture.is_described()
    pictures.describe(picture, "The bridge", "E. E.")
    pictures.describe(picture, "Another", "Somebody")
    now = Picture.objects.get()
    assert (now.alt, now.credit, now.is_described()) == ("The bridge", "E. E.", True)
    with pytest.raises(Unacceptable, match="Either"):
        pictures.change(now, is_decorative=True)
    now = pictures.change(now, is_decorative=True, alt="", licence=" CC  BY ")
    assert (now.alt, now.licence, now.is_described()) == ("", "CC BY", True)


def test_what_a_text_says_of_a_picture_of_ours_is_written_by_us_alone():
    picture = pictures.store(made("JPEG", (1000, 500), colour="teal"))
    src = picture.file.url
    typed = f'<p><img src="{src}" alt="A" srcset="https://evil.example/x 1w" sizes="1vw" width="3" loading="eager"></p>'
    cleaned = rendering.clean(typed)
    stem = src.removesuffix(".jpg")
    assert f'srcset="{stem}-480.webp 480w, {stem}-960.webp 960w, {stem}-1000.webp 1000w"' in cleaned
    assert 'width="1000" height="500"' in cleaned and 'loading="lazy"' in cleaned and "evil" not in cleaned
    assert rendering.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "src", ["https://a.example/x.jpg", "/media/pictures/aa/" + "a" * 64 + ".jpg", "/media/../x-1x1.jpg", "/x-20x20.jpg"]
)
def test_of_other_pictures_nothing_is_said(src):
    """Those from before names said sizes too: texts with them are the same texts as they were."""
    typed = f'<p><img src="{src}" alt=""></p>'
    assert rendering.clean(typed.replace("alt", 'srcset="/x 1w" sizes="1vw" loading="lazy" alt')) == typed
