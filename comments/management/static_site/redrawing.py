"""A page of the site as a page of a copy: links from file to file, and nothing on it that needs the site to answer."""

from collections.abc import Callable
from html import escape

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lxml import etree
from lxml import html as lxml_html

from .addresses import Address, leads_to

Way = Callable[[str], str | None]

# Scripts that ask the site nothing. The others poll, or help to write to it.
QUIET_SCRIPTS = frozenset({"writethru", "embeds"})
# Of machines: they name the page on the site itself.
_KEPT_LINKS = frozenset({"canonical"})
_FIELDS = "input button label select textarea"


def redraw(body: bytes, way: Way, page: Address) -> bytes:
    """The page with every link as `way` gives it (None: the link goes)."""
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    root = lxml_html.document_fromstring(body, parser=parser)
    _drop_what_asks(root)
    for form in list(root.iter("form")):
        _replace_form(form, page)
    for element in list(root.iter(etree.Element)):
        _set_links(element, way)
    return lxml_html.tostring(root, encoding="utf-8", doctype="<!doctype html>") + b"\n"


def stays(path: str) -> bool:
    """Is this file wanted in a copy? All are but scripts that need the site."""
    return not path.endswith(".js") or _script(path) in QUIET_SCRIPTS


def _script(path: str) -> str:
    """What a script is called, without the hash that its name may hold."""
    return path.rpartition("/")[2].partition(".")[0]


def sent_on(way: str, living: str) -> bytes:
    """A page that leads to another."""
    there, here = escape(living), escape(way)
    return (
        f'<!doctype html>\n<html lang="{get_language()}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_('Moved')}</title>\n"
        f'<link rel="canonical" href="{there}">\n<meta name="robots" content="noindex">\n'
        f'<meta http-equiv="refresh" content="0; url={here}">\n</head>\n'
        f'<body><p><a href="{here}">{_("The page has moved here.")}</a></p></body>\n</html>\n'
    ).encode()


def _drop_what_asks(root: etree._Element) -> None:
    """Scripts that poll, the words by which they speak, and hints to a browser that only help with a server."""
    for script in list(root.iter("script")):
        if script.get("src") and _script(script.get("src")) not in QUIET_SCRIPTS:
            _drop(script)
    for link in list(root.iter("link")):
        if link.get("rel") == "preload":
            _drop(link)
    for element in root.xpath("//*[@data-follow or @data-changes]"):
        _drop(element)


def _replace_form(form: etree._Element, page: Address) -> None:
    """What is sent goes nowhere: instead it is said where it can be sent. What only stands in a form, stays."""
    action = Address.of(form.get("action", ""), page)
    name = leads_to(action[0]) if action else ""
    if form.get("method", "").lower() == "post":
        _say(form, _("This is a copy of the page. Comments are written on the site itself:"), page.living("add"))
    elif name == "blog:search":
        _drop(form)
    elif form.find(".//ol") is not None:  # versions, of which two are chosen
        for words in form.getroottree().xpath("//*[@aria-hidden and *[@id='from']]"):
            _drop(words)
        for field in [*form.iter(*_FIELDS.split())]:
            _drop_with_what_held_it(field)
        form.drop_tag()
    else:
        _say(form, _("This is a copy of the page. Ask the site itself:"), page.living())


def _say(form: etree._Element, words: str, address: str) -> None:
    paragraph = lxml_html.fromstring(render_to_string("comments/_copy.html", {"words": words, "address": address}))
    paragraph.tail = form.tail
    form.getparent().replace(form, paragraph)


def _set_links(element: etree._Element, way: Way) -> None:
    if element.tag == "link" and element.get("rel") in _KEPT_LINKS:
        return
    if "srcset" in element.attrib:
        choices = [one.strip().partition(" ") for one in element.get("srcset").split(",")]
        element.set("srcset", ", ".join(f"{way(address) or address} {size}" for address, _space, size in choices))
    for name in ("href", "src", "cite"):
        if name not in element.attrib:
            continue
        new = way(element.get(name))
        if new is not None:
            element.set(name, new)
        elif element.tag == "a":
            _drop_with_what_held_it(element)
        else:
            del element.attrib[name]


def _drop(element: etree._Element) -> None:
    element.drop_tree()


def _drop_with_what_held_it(element: etree._Element) -> None:
    """The element, and what has nothing in it afterwards."""
    while True:
        above = element.getparent()
        if above is None:
            return
        element.drop_tree()
        if above.tag not in ("p", "span", "div", "li") or len(above) or (above.text or "").strip() or above.get("id"):
            return
        element = above
