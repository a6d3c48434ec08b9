"""Quotations for which nobody is named: quoting blocks, and long passages between quotation marks. Knows no models.

What names a source is a link or a citation, a speaker ("said", "laut", "selon"), a caption, a line that begins with a
dash, or a colon before. It may stand in the paragraph itself, before it or after it. Short quotations are not looked
at: who says them is said in the sentence, or long before.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .passages import Block, said_in, shown

LONG = 100  # characters between quotation marks

_PASSAGES = re.compile(
    "|".join(
        (
            rf"“([^“”\n]{{{LONG},}})(?:”|$|\n)",
            rf"„([^„“”\n]{{{LONG},}})(?:[“”]|$|\n)",
            rf"«([^«»\n]{{{LONG},}})(?:»|$|\n)",
            rf"»([^«»\n]{{{LONG},}})(?:«|$|\n)",
            rf'(?<![^\s(\[—–])"(?=\S)([^"\n]{{{LONG},}})"',
        )
    )
)
_SPEAKS = re.compile(
    r"(?<!\w)(?:"
    # English
    r"said|says|saying|told|tells|wrote|writes|writing|asked|asks|added|adds|according to|statement|announced|"
    r"explained|explains|replied|answered|recalled|argued|argues|warned|noted|notes|claimed|claims|insisted|tweeted|posted|quotes|"
    r"quoted|quoting|reads|stated|states|concluded|letter|interview|"
    # German
    r"sagt|sagte|sagten|schreibt|schrieb|erklärt|erklärte|laut|zufolge|teilte|teilt|heißt|hieß|meint|meinte|betonte|"
    r"ergänzte|antwortete|fragte|zitiert|"
    # French
    r"dit|disait|déclare|déclaré|selon|écrit|écrivait|explique|expliqué|ajoute|ajouté|affirme|affirmé|répond|répondu|"
    r"d[’']après|"
    # Spanish and Portuguese
    r"dijo|dice|según|escribió|escribe|explicó|explica|afirmó|afirma|añadió|declaró|señaló|"
    r"disse|diz|segundo|escreveu|escreve|explicou|afirmou|acrescentou|declarou"
    r")(?!\w)",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"^[ \t\xa0]*(?:[—–―]|--?[ \xa0])[ \xa0]?\S", re.MULTILINE)
_NEEDED_AROUND = 2  # blocks between which one stands


class Unnamed(NamedTuple):
    """A quotation without a source: the number of its block, and its first words."""

    number: int
    words: str


def without_source(blocks: list[Block]) -> Iterator[Unnamed]:
    """Each quotation for which nobody is named nearby, from top to bottom."""
    outside = [_PASSAGES.sub(" ", block.words) for block in blocks]
    names = [_names_somebody(block, words) for block, words in zip(blocks, outside, strict=True)]
    for place, block in enumerate(blocks):
        before = blocks[place - 1] if place else None
        around = names[max(place - 1, 0) : place] + names[place + 1 : place + _NEEDED_AROUND]
        if any(around) or (before is not None and before.words.rstrip().endswith(":")):
            continue
        if next(block.element.iter("blockquote"), None) is not None:
            if not _is_signed(block):
                yield Unnamed(block.number, shown(block.words))
            continue
        yield from _between_marks(block)


def _between_marks(block: Block) -> Iterator[Unnamed]:
    found = list(_PASSAGES.finditer(block.words))
    if not found or block.links or _SPEAKS.search(_PASSAGES.sub(" ", block.words)):
        return
    for match in found:
        if not block.words[: match.start()].rstrip().endswith(":"):
            yield Unnamed(block.number, shown(match[0]))


def _names_somebody(block: Block, words: str) -> bool:
    """Does a block beside a quotation say where it is from? Another quotation does not."""
    if block.element.tag == "blockquote":
        return False
    return bool(block.links or _SIGNED.search(words) or _SPEAKS.search(words))


def _is_signed(block: Block) -> bool:
    """Does a quoting block name its source itself?"""
    if block.links or _SIGNED.search(block.words):
        return True
    for quote in block.element.iter("blockquote", "q"):
        if quote.get("cite"):
            return True
    return any(said_in(one) for one in block.element.iter("cite", "figcaption"))
