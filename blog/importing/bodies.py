"""The HTML of other people's blogs on its way to ours: pictures with their captions, players, code, leftovers of tools.

What is safe is decided in `rendering.clean` alone, through which every body goes when it is written. Here only the
meaning is saved that cleaning would lose: a caption in a table, a film in a frame, a line break in a listing.
"""

import re
from collections.abc import Callable

from lxml import etree
from lxml import html as lxml_html

from blog import rendering

from . import listings, players, sizes
from .elements import inner_html
from .scanning import sections

_COMMENT = re.compile(r"<!--")
_WORD_ISLAND = re.compile(r"<xml\b[^<>]{0,1000}>", re.IGNORECASE)
_CONDITIONAL = re.compile(r"<!\[(?:if|endif)[^<>]{0,200}>", re.IGNORECASE)
_PICTURE_PAGE = re.compile(r"/(s\d{2,5})-h/")  # Blogger's page round a picture; without "-h" it is the picture
_ALONE = frozenset({"img", "a", "br"})
_FLOATS = re.compile(r"\balign(?:left|right)\b|\bfloat\s*:\s*(?:left|right)\b", re.IGNORECASE)
_IN_A_LINE = frozenset("a b strong i em u span font small big".split())
_SMILEY = re.compile(r"\b(?:wp-smiley|emoji)\b")
MOST_IN_A_PARAGRAPH = 200  # elements
_LATER = ("data-orig-file", "data-lazy-src", "data-src", "data-original")
_CONTROLS = "button input label optgroup option select textarea".split()


def tidy(html: str, moved: Callable[[str], str | None], site: str = "") -> str:
    """Mend the HTML of a body. `moved` gives the new address of a page that is brought in as well.

    `site` is the address that pictures without a host belong to.

    Raises rendering.TooBig for what is too large to be cleaned, before anything is done with it.
    """
    rendering.measure(html)
    for opening, closing in ((_COMMENT, "-->"), (_WORD_ISLAND, "</xml>")):
        html = "".join(part for marker, part in sections(html, opening, closing) if marker is None)
    html = _CONDITIONAL.sub("", html)
    html = rendering.CONTROLS.sub("", html)
    if not html.strip():
        return ""
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    _drop_leftovers(root)
    for short in list(root.iter("acronym")):
        short.tag = "abbr"  # with what it stands for, which cleaning would lose
    players.embeds_to_links(root)
    players.to_links(root)
    listings.mend(root)
    _captioned_tables(root)
    _captions(root)
    _galleries(root)
    _separators(root)
    _floats(root)
    _trim_citations(root)
    _pictures(root, site)
    _links(root, moved)
    return inner_html(root)


def _drop_leftovers(root: etree._Element) -> None:
    """Jump marks, counting pixels, form controls, and what stands for nothing."""
    for element in list(root.iter("a", "img", "form", *_CONTROLS)):
        if element.tag == "a":
            if element.get("name") == "more" and not element.get("href"):
                element.drop_tag()
            elif "wp-block-file__button" in element.get("class", ""):
                element.drop_tree()
        elif element.tag == "img":
            if _SMILEY.search(element.get("class", "")) and 0 < len(element.get("alt", "")) <= 20:
                element.tail = element.get("alt") + (element.tail or "")
                element.drop_tree()
            elif element.get("width") in ("0", "1") and element.get("height") in ("0", "1"):
                element.drop_tree()
        elif element.getparent() is not None and (element.tag != "form" or "search" in element.get("class", "")):
            element.drop_tree()


def _trim_citations(root: etree._Element) -> None:
    """Line breaks at the ends of a `<cite>` stand for nothing."""
    for cite in root.iter("cite"):
        while len(cite) and cite[-1].tag == "br" and not (cite[-1].tail or "").strip():
            cite.remove(cite[-1])
        while len(cite) and cite[0].tag == "br" and not (cite.text or "").strip():
            cite.text = cite[0].tail
            cite.remove(cite[0])


def _captioned_tables(root: etree._Element) -> None:
    """Blogger's picture with a caption is a table of two rows."""
    for table in list(root.iter("table")):
        if "tr-caption-container" not in table.get("class", ""):
            continue
        picture = table.find(".//img")
        caption = next((cell for cell in table.iter("td") if "tr-caption" in cell.get("class", "").split()), None)
        if picture is None:
            continue
        figure = etree.Element("figure")
        figure.append(_with_its_link(picture, table))
        if caption is not None:
            words = etree.SubElement(figure, "figcaption")
            _move_content(caption, words)
        figure.tail, table.tail = table.tail, None
        table.getparent().replace(table, figure)


def _captions(root: etree._Element) -> None:
    """What WordPress made of captions, where an export holds that: a block with a paragraph, or a list of two."""
    for frame in list(root.iter("div", "dl")):
        if "wp-caption" not in frame.get("class", "").split():
            continue
        if frame.find(".//img") is None:
            if not "".join(frame.itertext()).strip(rendering.BLANK):
                frame.drop_tree()
            continue
        frame.tag = "figure"
        for part in list(frame.iter("p", "dt", "dd")):
            if "wp-caption-text" in part.get("class", "") or part.tag == "dd":
                part.tag = "figcaption"
            elif part.tag == "dt":
                part.tag = "div"


def _with_its_link(picture: etree._Element, inside: etree._Element) -> etree._Element:
    """The picture, in the link that stood round it and nothing else."""
    link = next((above for above in picture.iterancestors("a")), None)
    picture.tail = None
    if link is None or inside not in link.iterancestors():
        return picture
    around = etree.Element("a", {"href": link.get("href", "")})
    around.append(picture)
    return around


def _move_content(source: etree._Element, target: etree._Element) -> None:
    target.text = source.text
    for child in list(source):
        target.append(child)


def _galleries(root: etree._Element) -> None:
    """Figures in figures and in lists: each picture becomes a figure of its own, in their order."""
    for figure in list(root.iter("figure")):
        kind = figure.get("class", "")
        if "wp-block-gallery" in kind or figure.find(".//figure") is not None:
            _unfold(figure)
        elif "pullquote" in kind or figure.find("blockquote") is not None:
            figure.tag = "div"
    for item in list(root.iter("li")):
        if "gallery-item" in item.get("class", "") and item.find(".//figure") is not None:
            item.tag = "div"
            if item.getparent().tag == "ul":
                item.getparent().tag = "div"


def _unfold(figure: etree._Element) -> None:
    """The outer figure goes; its own caption is a paragraph after the pictures."""
    for caption in figure.findall("figcaption"):
        caption.tag = "p"
    figure.tag = "div"


def _separators(root: etree._Element) -> None:
    """Blogger's block that holds one picture and nothing else."""
    for block in list(root.iter("div")):
        if "separator" not in block.get("class", "").split():
            continue
        pictures = list(block.iter("img"))
        others = [one for one in block.iterdescendants() if one.tag not in _ALONE]
        if len(pictures) == 1 and not others and not "".join(block.itertext()).strip(rendering.BLANK):
            block.tag = "figure"
            block.attrib.clear()


def _floats(root: etree._Element) -> None:
    """A picture that text flowed round stood beside a paragraph: here it stands before it, and cuts no sentence."""
    for picture in list(root.iter("img")):
        if not _is_floating(picture) or any(above.tag == "figure" for above in picture.iterancestors()):
            continue
        moved, parent = picture, picture.getparent()
        while parent.tag in _IN_A_LINE and len(parent) == 1 and not "".join(parent.itertext()).strip(rendering.BLANK):
            moved, parent = parent, parent.getparent()
        if parent.tag in _IN_A_LINE:
            continue
        before = _end_of_paragraph_before(moved)
        figure = etree.Element("figure")
        _cut_out(moved)
        if before is not None:
            before.addnext(figure)
            figure.tail, before.tail = before.tail, None
        else:
            parent.insert(0, figure)
            figure.tail, parent.text = parent.text, None
        link = picture.getparent()
        figure.append(link if link is not None and link.tag == "a" else picture)


def _is_floating(picture: etree._Element) -> bool:
    """Does text flow round it, or round the link in which it stands alone?"""
    said = [picture.get("class", ""), picture.get("style", "")]
    parent = picture.getparent()
    if parent.tag == "a" and len(parent) == 1:
        said += [parent.get("class", ""), parent.get("style", "")]
    return picture.get("align", "").lower() in ("left", "right") or bool(_FLOATS.search(" ".join(said)))


def _end_of_paragraph_before(element: etree._Element) -> etree._Element | None:
    """After what the paragraph begins in which it stands: two breaks, or a block; None at its parent's start."""
    after, one = None, element.getprevious()
    for _step in range(MOST_IN_A_PARAGRAPH):
        if one is None:
            return None
        is_break = one.tag == "br"
        if is_break and after is not None and after.tag == "br" and not (one.tail or "").strip(rendering.BLANK):
            return after
        if not is_break and one.tag not in _IN_A_LINE and one.tag != "img":
            return one
        after, one = one, one.getprevious()
    return after


def _cut_out(element: etree._Element) -> None:
    """Take it out and leave the words behind it where they are."""
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
    parent.remove(element)


def _pictures(root: etree._Element, site: str) -> None:
    for picture in list(root.iter("img")):
        if "cover__image" in picture.get("class", ""):
            _framed(picture)
        picture.set("src", _address(picture, site))
        picture.set("alt", picture.get("alt", "").strip())
        for side in ("width", "height"):
            if side in picture.attrib and not re.fullmatch(r"\d{1,5}", picture.get(side)):
                del picture.attrib[side]


def _address(picture: etree._Element, site: str) -> str:
    """Where it stands on the web; of one that a script was to load later, where it would have come from."""
    address = picture.get("src", "").strip()
    if not address or address.startswith("data:image/gif"):
        later = (picture.get(name, "").strip() for name in _LATER)
        address = next(filter(None, later), address)
    if address.startswith("//"):
        return f"https:{address}"
    return sizes.joined(site, address) if site and not address.startswith("data:") else address


def _framed(picture: etree._Element) -> None:
    frame = etree.Element("figure")
    frame.tail, picture.tail = picture.tail, None
    picture.getparent().replace(picture, frame)
    frame.append(picture)


def _links(root: etree._Element, moved: Callable[[str], str | None]) -> None:
    for link in root.iter("a"):
        address = link.get("href", "").strip()
        if address and (new := moved(address)):
            link.set("href", new)
        elif _PICTURE_PAGE.search(address):
            link.set("href", _PICTURE_PAGE.sub(r"/\1/", address, count=1))
