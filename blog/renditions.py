"""The files of a picture: what each is called, and what a browser is told to choose from. Knows no models, no pixels.

A picture is kept under a name that says its hash and its size, and beside it, always, the same files: narrower ones
to choose from, and a cut one for where somebody shares a page. So its name alone says all of them, a text with its
`srcset` can be written once, and no request of a reader makes or looks up anything.

These sizes stand in texts that are kept for ever. Other sizes need another form of the name.
"""

import re
from typing import NamedTuple, Self

from django.conf import settings
from lxml import etree

WIDTHS = (480, 960, 1440)  # pixels; those that are narrower than the picture
SHARED = (1200, 630)  # what the places want in which pages are shared
SIZES = "(min-width: 44rem) 39rem, 100vw"  # of a picture in a text: as wide as the text
CENTRE = (50, 50)

_NAME = re.compile(r"(pictures/[0-9a-f]{2}/([0-9a-f]{64})-([1-9]\d{0,3})x([1-9]\d{0,3}))\.(jpg|png)\Z", re.ASCII)
_HASH = re.compile(r"/pictures/[0-9a-f]{2}/([0-9a-f]{64})(?:-[1-9]\d{0,3}x[1-9]\d{0,3})?\.(?:jpg|png)", re.ASCII)
_FILE = (
    rf"{re.escape(settings.MEDIA_URL)}pictures/[0-9a-f]{{2}}/[0-9a-f]{{64}}-"
    r"[1-9]\d{0,3}x[1-9]\d{0,3}-[1-9]\d{0,3}\.webp [1-9]\d{0,3}w"
)
# What may stand in a text beside the address of a picture
OURS = {
    "srcset": re.compile(rf"{_FILE}(?:, {_FILE}){{0,2}}", re.ASCII),
    "sizes": re.compile(re.escape(SIZES)),
    "loading": re.compile("lazy"),
}
_FOCUS = re.compile(r"(\d{1,2}|100) (\d{1,2}|100)\Z", re.ASCII)


class Kept(NamedTuple):
    """A picture, as its name says it."""

    name: str
    stem: str
    width: int
    height: int

    @classmethod
    def at(cls, address: str) -> Self | None:
        """The picture of ours at an address; None for one of others, and for one from before names said sizes."""
        prefix = settings.MEDIA_URL
        return cls.named(address.removeprefix(prefix)) if address.startswith(prefix) else None

    @classmethod
    def named(cls, name: str) -> Self | None:
        match = _NAME.match(name)
        return cls(name, match[1], int(match[3]), int(match[4])) if match else None

    @property
    def widths(self) -> list[int]:
        """How wide the files are among which a browser chooses."""
        narrower = [width for width in WIDTHS if width < self.width]
        return narrower if self.width > WIDTHS[-1] else [*narrower, self.width]

    def narrow(self, width: int) -> str:
        """The name of the file of this width."""
        return f"{self.stem}-{width}.webp"

    def shared(self, focus: tuple[int, int] = CENTRE) -> str:
        """The name of the cut file that keeps this point in sight."""
        return f"{self.stem}-share-{focus[0]}-{focus[1]}.jpg"

    @property
    def srcset(self) -> str:
        return ", ".join(f"{settings.MEDIA_URL}{self.narrow(width)} {width}w" for width in self.widths)


def name_of(sha256: str, size: tuple[int, int], ending: str) -> str:
    """Under which name a picture is kept."""
    return f"pictures/{sha256[:2]}/{sha256}-{size[0]}x{size[1]}.{ending}"


def hashes_in(text: str) -> set[str]:
    """The hashes of the pictures of ours whose addresses stand in a text, those of old names too."""
    return set(_HASH.findall(text))


def spell_focus(focus: tuple[int, int]) -> str:
    """How a wording keeps the point that has to stay in sight: per cent from the left and from above."""
    return f"{focus[0]} {focus[1]}"


def read_focus(text: str) -> tuple[int, int]:
    """The opposite of `spell_focus`; the centre for whatever it did not write."""
    match = _FOCUS.match(text)
    return (int(match[1]), int(match[2])) if match else CENTRE


def shared_address(image: dict) -> str:
    """What to show where somebody shares a page with this picture (as a wording keeps it); empty for none."""
    kept = Kept.at(image.get("src", ""))
    return settings.MEDIA_URL + kept.shared(read_focus(image.get("focus", ""))) if kept else image.get("src", "")


def mend(root: etree._Element) -> None:
    """Say of each picture of ours in a text how large it is and what there is to choose from. Part of the one form."""
    for image in root.iter("img"):
        kept = Kept.at(image.get("src", ""))
        for name in ("srcset", "sizes", "loading"):
            image.attrib.pop(name, None)
        if kept:
            size = {"width": str(kept.width), "height": str(kept.height)}
            image.attrib.update(size | {"srcset": kept.srcset, "sizes": SIZES, "loading": "lazy"})
