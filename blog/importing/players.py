"""Frames, players and embedded objects become a link in a paragraph of its own: nothing of theirs runs here."""

import re
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html

PLAYERS = frozenset({"iframe", "object", "embed", "video", "audio"})
_YOUTUBE = re.compile(r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/(?:v|embed)/([\w-]{6,20})", re.IGNORECASE)
_WATCHED = re.compile(r"(?:https?:)?//(?:www\.|m\.)?youtube\.com/watch\?(.*)", re.IGNORECASE)
_FILM = re.compile(r"(?:^|&)(v=[\w-]{11})(?=&|#|$)")
_VIMEO = re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d{3,15})", re.IGNORECASE)
_GIST = re.compile(r"(https?://gist\.github\.com/[\w./-]+?)(?:\.js)?(?:\?[^\s]*)?$", re.IGNORECASE)


def link_to(address: str) -> etree._Element | None:
    """A block with a link to what is played, at the page where people watch it; None for no web address."""
    address = watch_address(address)
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    block = etree.Element("div")
    link = etree.SubElement(block, "a", href=address)
    shown = f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}"
    shown += f"?{parts.query}" if parts.query else ""
    link.text = shown if len(shown) <= 80 else shown[:79] + "…"
    return block


def watch_address(address: str) -> str:
    """Where people watch what a player's address plays; any other address as it is."""
    address = address.strip()
    if found := _YOUTUBE.match(address):
        return f"https://www.youtube.com/watch?v={found[1]}"
    if (found := _WATCHED.match(address)) and (film := _FILM.search(found[1])):
        return f"https://www.youtube.com/watch?{film[1]}"  # how large the player was is not said
    if found := _VIMEO.match(address):
        return f"https://vimeo.com/{found[1]}"
    return f"https:{address}" if address.startswith("//") else address


def to_links(root: etree._Element) -> None:
    """A link in a paragraph for each film, map or other frame; the cleaner would drop them without a trace."""
    for player in list(root.iter(*PLAYERS)):
        if any(above.tag in PLAYERS for above in player.iterancestors()):
            continue  # goes with the one around it
        _put_link(player, _address_of(player))
    for script in list(root.iter("script")):
        found = _GIST.match(script.get("src", "").strip())
        if found:
            _put_link(script, found[1])


def embeds_to_links(root: etree._Element) -> None:
    """WordPress' embed blocks hold nothing but the address."""
    for figure in list(root.iter("figure")):
        if "wp-block-embed" in figure.get("class", ""):
            wrapper = next((one for one in figure.iter("div") if "embed__wrapper" in one.get("class", "")), None)
            if wrapper is not None and (link := link_to("".join(wrapper.itertext()))) is not None:
                wrapper.getparent().replace(wrapper, link)
            figure_to_paragraphs(figure)


def figure_to_paragraphs(figure: etree._Element) -> None:
    """What stood under a player goes on as a paragraph of its own."""
    for caption in list(figure.iter("figcaption")):
        caption.tag = "p"
    figure.tag = "div"


def _put_link(player: etree._Element, address: str) -> None:
    figure = next((above for above in player.iterancestors("figure")), None)
    link = link_to(address)
    if link is None:
        player.drop_tree() if isinstance(player, lxml_html.HtmlElement) else player.getparent().remove(player)
    else:
        link.tail, player.tail = player.tail, None
        player.getparent().replace(player, link)
    if figure is not None and figure.find(".//img") is None:
        figure_to_paragraphs(figure)


def _address_of(player: etree._Element) -> str:
    """Where it plays from: its own address, or the one of a part (object → embed, param; video → source)."""
    candidates = [player.get("src", ""), player.get("data", "")]
    for part in player.iterdescendants():
        if part.tag == "param" and part.get("name", "").lower() in ("movie", "src", "url", "filename"):
            candidates.append(part.get("value", ""))
        elif part.tag in ("embed", "source", "iframe"):
            candidates.append(part.get("src", ""))
    return next((one for one in candidates if one.strip()), "")
