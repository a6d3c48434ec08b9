"""Reads the parts of one entry, whatever prefixes and namespaces somebody's tool left on them."""

from html import escape

from lxml import etree


def local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    return element.tag.rpartition("}")[0][1:]


def text_of(element: etree._Element | None) -> str:
    """All the text inside, stripped; empty where there is no element."""
    if element is None:
        return ""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name; never a grandchild (an author has a `type` as well)."""
    return next(element.iterchildren(f"{{*}}{name}"), None)


def first(element: etree._Element, *names: str) -> etree._Element | None:
    """The child of the first of these names that there is."""
    return next((found for name in names if (found := child(element, name)) is not None), None)


def child_text(element: etree._Element, name: str) -> str:
    return text_of(child(element, name))


def children(element: etree._Element, name: str) -> list[etree._Element]:
    return list(element.iterchildren(f"{{*}}{name}"))


def inner_html(element: etree._Element) -> str:
    """What stands inside of an element, as HTML."""
    parts = [etree.tostring(one, encoding="unicode", method="html") for one in element]
    return escape(element.text or "", quote=False) + "".join(parts)


def atom_html(element: etree._Element | None) -> str:
    """The HTML of an Atom text: escaped, as XHTML elements, or plain text made into HTML."""
    if element is None:
        return ""
    kind = element.get("type", "html")
    if len(element):
        inner = element[0] if len(element) == 1 and local(element[0]) == "div" else element
        return escape(inner.text or "", quote=False) + "".join(_as_html(one) for one in inner)
    if kind in ("text", "text/plain"):
        return escape(element.text or "", quote=False)
    return element.text or ""


def _as_html(element: etree._Element) -> str:
    for one in element.iter(etree.Element):
        one.tag = local(one)
    return etree.tostring(element, encoding="unicode", method="html")
