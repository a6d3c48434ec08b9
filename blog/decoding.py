"""An opened picture → its pixels alone, upright, in sRGB, small enough.

Knows Pillow and nothing of the site, so that it can be started as a program: a picture whose header may lie about what
it takes is decoded in a process of its own, which the system stops.
"""

import subprocess
import sys
from io import BytesIO

from PIL import AvifImagePlugin, Image, ImageCms

LONGEST_SIDE = 2_400  # pixels, of what is kept
LARGEST_PROFILE = 1_000_000  # bytes; of a camera's about a thousand
MOST_MEMORY = 180 * 1024 * 1024  # bytes that a process of its own may have; the largest that is taken needs 150
MOST_SECONDS = 20  # that it may take; the largest needs one
_STRIP = 256  # rows that are made smaller at a time
_SRGB = ImageCms.createProfile("sRGB")


def apart(data: bytes, kind: str) -> Image.Image:
    """As `tidied`, by a process of its own, which may take so much memory and time and no more. Raises ValueError."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__, kind], input=data, capture_output=True, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError("it takes too long") from error
    if done.returncode != 0:
        raise ValueError(done.stderr.decode(errors="replace")[-1000:])
    mode, width, height = done.stdout[:_HEAD].split()
    return Image.frombytes(mode.decode(), (int(width), int(height)), done.stdout[_HEAD:])


def tidied(image: Image.Image, wanted: tuple[int, int] | None = None) -> Image.Image:
    """The pixels alone of an opened picture; a JPEG is decoded at the size that is next to the wanted one.

    What it raises on a broken file is of no one family: it may be any Exception, an AssertionError too.
    """
    orientation = image.getexif().get(0x0112, 1)
    profile = image.info.get("icc_profile") or b""
    image.draft(None, wanted or within(image.size))
    image.load()
    image = _in_sight(_smaller(image), profile)
    turn = _TURNS.get(orientation)
    image = image.transpose(turn) if turn is not None else image
    # A picture without the sender's words: the pixels alone go into the new one.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def within(size: tuple[int, int]) -> tuple[int, int]:
    """The size of what is kept of a picture of this size."""
    scale = min(1, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _in(mode: str, strip: Image.Image) -> Image.Image:
    """In this mode. Sixteen bits of grey as eight first: by Pillow alone, all but the darkest would be white."""
    if strip.mode.startswith("I"):
        strip = strip.convert("I").point(lambda value: value * (255 / 65_535)).convert("L")
    return strip.convert(mode)


def _smaller(image: Image.Image) -> Image.Image:
    """Not larger than what is kept, in strips: one copy of the whole would be too many."""
    size = within(image.size)
    see_through = image.has_transparency_data
    mode = "RGBA" if see_through else {"CMYK": "CMYK", "L": "L", "I;16": "L", "I": "L"}.get(image.mode, "RGB")
    if size == image.size:
        return _in(mode, image)
    small = Image.new(mode, size)
    step = image.height / size[1]
    for top in range(0, size[1], _STRIP):
        bottom = min(top + _STRIP, size[1])
        # What the filter looks at beyond the strip, so that no seam is seen.
        first, last = max(0, int((top - 4) * step)), min(image.height, int((bottom + 4) * step) + 1)
        strip = _in(mode, image.crop((0, first, image.width, last)))
        box = (0, top * step - first, image.width, min(bottom * step - first, strip.height))
        small.paste(strip.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return small


def _in_sight(image: Image.Image, profile: bytes) -> Image.Image:
    """The colours that were meant, in sRGB: nothing is said of colours in what is kept."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if not 0 < len(profile) <= LARGEST_PROFILE:
        return image.convert(mode)
    try:
        meant = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, meant, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):  # it is no profile, or one of other colours
        return image.convert(mode)


_HEAD = 32  # bytes that say of which mode and size the pixels behind them are


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each would have a part of the memory
    image = tidied(Image.open(BytesIO(sys.stdin.buffer.read()), formats=[sys.argv[1]]))
    sys.stdout.buffer.write(f"{image.mode} {image.width} {image.height}".encode().ljust(_HEAD) + image.tobytes())


if __name__ == "__main__":
    import resource  # not everywhere, and nothing else needs it

    _main()
