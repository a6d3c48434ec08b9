"""A piece as one text, for programs that know nothing of updates, corrections and sources: as it stands on the page.

WordPress changes what it is given: it makes paragraphs of lines, and takes words in brackets for orders. So every
block stands between the marks by which it knows its own, and a bracket is written as the sign that HTML has for it.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from blog import coverage
from blog.atom import with_own_addresses
from blog.coverage import Correction, Entry
from blog.models import Post, Revision, Spot
from blog.structured import absolute

_CHOICE = re.compile(r' (?:srcset|sizes|loading)="[^"]*"')
_PICTURE = re.compile(r"<img [^<>]*>")
_TO_SOURCE = re.compile(r'(<a [^<>]*href=")#t-((?:u\d+-)?s)(\d+)"')
_PARAGRAPH = re.compile(r"<p>.*</p>")
_HEADING = re.compile(r"<h([234])>.*</h\1>")


def of_post(post: Post) -> str:
    """What readers see of a live piece: where things stand, its text, its updates, what was corrected, its sources."""
    entries = _entries(post)
    parts = [*_summary(post.live), _text(post, post.live.body, 0)]
    if post.coverage != Post.Coverage.NONE:
        count = ngettext("%(count)d update", "%(count)d updates", post.update_count) % {"count": post.update_count}
        parts.append(format_html("<h2>{}</h2>", count))
        for entry in entries:
            parts += _update(post, entry)
    parts += _corrections(post)
    parts += _sources(post.live, 0)
    return in_blocks("\n".join(part for part in parts if part))


def of_draft(post: Post) -> str:
    """The newest wording of a piece that is not public."""
    return in_blocks("\n".join([*_summary(post.head), _text(post, post.head.body, 0), *_sources(post.head, 0)]))


def in_blocks(html: str) -> str:
    """Our HTML (a block on each line) between the marks of WordPress' editor; other lines are one block of HTML."""
    done: list[str] = []
    rest: list[str] = []
    for line in html.replace("[", "&#91;").split("\n"):
        paragraph, heading = _PARAGRAPH.fullmatch(line), _HEADING.fullmatch(line)
        if paragraph or heading:
            done += _as_html(rest)
            rest = []
            settings = f' {{"level":{heading[1]}}}' if heading and heading[1] != "2" else ""
            name = "paragraph" if paragraph else "heading"
            done.append(f"<!-- wp:{name}{settings} -->\n{line}\n<!-- /wp:{name} -->")
        else:
            rest.append(line)
    return "\n\n".join([*done, *_as_html(rest)])


def _as_html(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    return [f"<!-- wp:html -->\n{text}\n<!-- /wp:html -->"] if text.strip() else []


def _entries(post: Post) -> list[Entry]:
    """All updates that readers see, and what is left of withdrawn ones; in the order of the page, the pinned above."""
    if post.coverage == Post.Coverage.NONE:
        return []
    told = [Correction.of(one) for one in reversed(post.notices) if not one["gone"]]
    rows = post.updates.shown().select_related("live", "withdrawal")
    entries = [coverage.entry(update, told) for update in rows]
    newest_first = not coverage.usual_order(post.coverage)
    entries.sort(key=lambda one: Spot(one.happened_at, one.number), reverse=newest_first)
    return sorted(entries, key=lambda one: not one.pinned)


def _summary(revision: Revision) -> list[str]:
    if not revision.summary:
        return []
    text = with_own_addresses(revision.summary, absolute("/"))
    return [format_html("<h2>{}</h2>", _("Where things stand")), _plain_pictures(text)]


def _text(post: Post, html: str, update: int) -> str:
    html = _TO_SOURCE.sub(rf'\1#{_name_of_source(update)}\3"', html)
    page = absolute(post.get_absolute_url() if post.is_live() else "/")
    # What leads to another place in the text still does where the text is taken.
    return _plain_pictures(with_own_addresses(html, page).replace(f' href="{page}#', ' href="#'))


def _plain_pictures(html: str) -> str:
    """Without the sizes of ours: what keeps pictures makes its own."""
    return _PICTURE.sub(lambda tag: _CHOICE.sub("", tag[0]), html)


def _name_of_source(update: int) -> str:
    return f"t-source-{update}-" if update else "t-source-"


def _update(post: Post, entry: Entry) -> Iterator[str]:
    at = _moment(entry.happened_at)
    live = entry.revision
    if live is None:
        yield format_html("<h3>{} {}</h3>", at, _("This update was withdrawn"))
        yield format_html("<p>{}</p>", entry.withdrawal.public_note)
        return
    yield format_html("<h3>{} {}</h3>", at, live.headline) if live.headline else format_html("<h3>{}</h3>", at)
    yield _text(post, live.body, entry.number)
    if live.is_blank():
        yield format_html("<p>{}</p>", _("The words that stood here were removed for legal reasons."))
    for remark in entry.remarks:
        yield format_html("<p><em>{} {}: {}</em></p>", _("Edited"), _moment(remark.at), remark.note)
    for correction in entry.corrections:
        yield _correction(correction)
    yield from _list_of_sources(live, entry.number)


def _corrections(post: Post) -> Iterator[str]:
    """Those of the post's own text; those of an update stand below it."""
    own = [one for one in coverage.corrections_of(post) if not one.update]
    if own:
        yield format_html("<h2>{}</h2>", _("Corrections"))
        yield from map(_correction, own)


def _correction(one: Correction) -> str:
    return format_html("<p><strong>{} {}:</strong> {}</p>", _("Corrected"), _moment(one.at), one.note)


def _sources(revision: Revision, update: int) -> Iterator[str]:
    if revision.sources:
        yield format_html("<h2>{}</h2>", _("Sources"))
        yield from _list_of_sources(revision, update)


def _list_of_sources(revision: Revision, update: int) -> Iterator[str]:
    if not revision.sources:
        return
    items = []
    for number, source in enumerate(revision.sources, 1):
        outlet, title, url = (source.get(name, "") for name in ("outlet", "title", "url"))
        link = format_html('<a href="{}">{}</a>', url, title or url) if url else title
        shown = format_html("<cite>{}</cite>", outlet) if outlet else ""
        between = ", " if outlet and link else ""
        items.append(format_html('<li id="{}{}">{}{}{}</li>', _name_of_source(update), number, shown, between, link))
    yield f"<ol>{''.join(items)}</ol>"


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), str(pgettext("format of a day and time", "j F Y, H:i")))
