"""Export files for tests: the real ones, and small ones made to measure."""

import json
from html import escape
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command

REAL = Path(__file__).parent / "data" / "exports"
BOMBS = Path(__file__).parent / "data" / "hostile" / "xml-bombs"
EXPECTED = json.loads((REAL / "expected.json").read_text(encoding="utf-8"))
COMMANDS = {"wxr": "import_wordpress", "blogger-atom": "import_blogger", "blogger-takeout": "import_blogger"}

WXR = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Harbour notes</title><link>https://notes.example</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://notes.example</wp:base_blog_url>
{beside}
{items}
</channel></rss>
"""
ARCHIVE = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0'
 xmlns:gd='http://schemas.google.com/g/2005'>
<id>tag:blogger.com,1999:blog-77.archive</id><updated>2020-01-01T00:00:00Z</updated>
{entries}
</feed>
"""
TAKEOUT = """<?xml version='1.0' encoding='utf-8'?>
<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'>
<id>tag:blogger.com,1999:blog-77</id><title>Harbour notes</title>
{entries}
</feed>
"""

BLOGGER_READER = (
    "<author><name>Ann</name><uri>http://www.blogger.com/profile/555</uri><email>noreply@blogger.com</email></author>"
)


def wxr_item(number=1, body="<p>The ferry is late.</p>", *, terms="", inside="", **fields):
    """One <item>. Fields are those of the `wp` namespace; title, link, creator, excerpt stand for their own."""
    title, link = fields.pop("title", f"Ferry {number}"), fields.pop("link", f"https://notes.example/ferry-{number}/")
    creator, excerpt = fields.pop("creator", "wanda"), fields.pop("excerpt", "")
    scalars = {
        "post_id": number,
        "post_date": "2012-05-06 10:00:00",
        "post_date_gmt": "2012-05-06 08:00:00",
        "post_name": f"ferry-{number}",
        "status": "publish",
        "post_type": "post",
    } | fields
    wp = "".join(f"<wp:{name}>{escape(str(value))}</wp:{name}>" for name, value in scalars.items())
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link><dc:creator>{escape(creator)}</dc:creator>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded><excerpt:encoded>{escape(excerpt)}</excerpt:encoded>"
        f"{wp}{terms}{inside}</item>"
    )


def wxr(*items, beside=""):
    return WXR.format(items="\n".join(items or [wxr_item()]), beside=beside)


def blogger_entry(number=1, body="<p>The ferry is late.</p>", *, kind="post", labels=(), inside="", **fields):
    """One <entry> of a classic archive."""
    fields = {
        "title": f"Ferry {number}",
        "published": "2012-05-06T10:00:00.000+02:00",
        "address": f"http://notes.blogspot.com/2012/05/ferry-{number}.html",
        "author": "Wanda Kovic",
    } | fields
    categories = "".join(
        f"<category scheme='http://www.blogger.com/atom/ns#' term='{escape(label)}'/>" for label in labels
    )
    link = f"<link rel='alternate' href='{escape(fields['address'])}'/>" if fields["address"] else ""
    return (
        f"<entry><id>tag:blogger.com,1999:blog-77.{'page' if kind == 'page' else 'post'}-{number}</id>"
        f"<published>{fields['published']}</published><updated>2019-01-01T00:00:00Z</updated>{categories}"
        f"<category scheme='http://schemas.google.com/g/2005#kind' "
        f"term='http://schemas.google.com/blogger/2008/kind#{kind}'/>"
        f"<title type='text'>{escape(fields['title'])}</title><content type='html'>{escape(body)}</content>{link}"
        f"<author><name>{escape(fields['author'])}</name><email>noreply@blogger.com</email></author>{inside}</entry>"
    )


def archive(*entries):
    return ARCHIVE.format(entries="\n".join(entries or [blogger_entry()]))


def takeout_entry(number=1, body="<p>The ferry is late.</p>", *, kind="POST", status="LIVE", trashed="", filename=None):
    path = f"/2012/05/ferry-{number}.html" if filename is None else filename
    return (
        f"<entry><id>tag:blogger.com,1999:blog-77.post-{number}</id><blogger:type>{kind}</blogger:type>"
        f"<blogger:status>{status}</blogger:status><author><name>Wanda Kovic</name><blogger:type>BLOGGER</blogger:type>"
        f"</author><title>Ferry {number}</title><content type='html'>{escape(body)}</content>"
        f"<published>2012-05-06T08:00:00Z</published><category/><blogger:filename>{path}</blogger:filename>"
        f"<blogger:trashed>{trashed}</blogger:trashed></entry>"
    )


def takeout(*entries):
    return TAKEOUT.format(entries="\n".join(entries or [takeout_entry()]))


def wxr_comment(number=1, text="Well said.", *, parent=0, approved="1", inside="", **fields):
    """One <wp:comment>. Fields are those of the `wp` namespace, without `comment_`."""
    fields = {
        "author": "Ann",
        "author_email": "ann@mail.example",
        "author_IP": "192.0.2.7",
        "date_gmt": f"2012-05-07 08:{number % 60:02}:00",
        "content": text,
        "approved": approved,
        "type": "comment",
        "parent": parent,
        "user_id": 0,
    } | fields
    parts = "".join(
        f"<wp:comment_{name}>{escape(str(value))}</wp:comment_{name}>"
        for name, value in {"id": number, **fields}.items()
    )
    return f"<wp:comment>{parts}{inside}</wp:comment>"


def blogger_comment(number=100, body="Well said.", *, under=1, answers=None, removed=False, author=None, inside=""):
    """One comment of a classic archive."""
    related = (
        f"<link rel='related' href='http://www.blogger.com/feeds/77/{under}/comments/default/{answers}'/>"
        if answers
        else ""
    )
    gone = "<gd:extendedProperty name='blogger.contentRemoved' value='true'/>" if removed else ""
    return (
        f"<entry><id>tag:blogger.com,1999:blog-77.post-{number}</id>"
        f"<published>2012-05-07T10:{number % 60:02}:00.000+02:00</published>"
        f"<category scheme='http://schemas.google.com/g/2005#kind' "
        f"term='http://schemas.google.com/blogger/2008/kind#comment'/>"
        f"<title>Well…</title><content type='html'>{escape(body)}</content>{related}{author or BLOGGER_READER}{gone}"
        f"<thr:in-reply-to ref='tag:blogger.com,1999:blog-77.post-{under}' type='text/html'/>{inside}</entry>"
    )


def takeout_comment(number=100, body="Well said.", *, under=1, answers="", status="LIVE", trashed="", author="Ann"):
    parent = f"tag:blogger.com,1999:blog-77.post-{answers}" if answers else ""
    return (
        f"<entry><id>tag:blogger.com,1999:blog-77.post-{number}</id><blogger:type>COMMENT</blogger:type>"
        f"<blogger:parent>tag:blogger.com,1999:blog-77.post-{under}</blogger:parent>"
        f"<blogger:inReplyTo>{parent}</blogger:inReplyTo><blogger:status>{status}</blogger:status>"
        f"<author><name>{author}</name><blogger:type>BLOGGER</blogger:type></author>"
        f"<content type='html'>{escape(body)}</content><published>2012-05-07T08:{number % 60:02}:00Z</published>"
        f"<blogger:trashed>{trashed}</blogger:trashed></entry>"
    )


def disqus(*parts):
    return (
        "<?xml version='1.0' encoding='utf-8'?><disqus xmlns='http://disqus.com' "
        f"xmlns:dsq='http://disqus.com/disqus-internals'>{''.join(parts)}</disqus>"
    )


def disqus_thread(number=1, link="https://notes.example/ferry-1/", own=""):
    return (
        f"<thread dsq:id='{number}'><id>{escape(own)}</id><link>{escape(link)}</link><title>Ferry</title>"
        "<createdAt>2012-05-06T08:00:00Z</createdAt><author><name>Wanda Kovic</name><isAnonymous>false</isAnonymous>"
        "<username>wanda</username></author></thread>"
    )


def disqus_post(number=1, message="<p>Well said.</p>", *, thread=1, answers=None, own="", author="Ann", **fields):
    facts = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    parent = f"<parent dsq:id='{answers}'/>" if answers else ""
    return (
        f"<post dsq:id='{number}'><id>{own}</id><message>{escape(message)}</message>"
        f"<createdAt>2013-05-07T08:{number % 60:02}:00Z</createdAt>{facts}<author><name>{author}</name>"
        f"<email>ann@mail.example</email><username>{author.lower()}</username></author>"
        f"<ipAddress>192.0.2.7</ipAddress><thread dsq:id='{thread}'/>{parent}</post>"
    )


def saved(place, content, name="export.xml"):
    """The content as a file in this folder."""
    path = place / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run(command, *files, report, **options):
    """Run an import; gives the report as a program reads it."""
    call_command(command, *map(str, files), report=str(report), stdout=StringIO(), stderr=StringIO(), **options)
    return json.loads(report.read_text(encoding="utf-8"))


def refusal(command, *files, **options):
    """The sentence with which an import is refused; fails when it is not."""
    try:
        call_command(command, *map(str, files), stdout=StringIO(), stderr=StringIO(), **options)
    except CommandError as error:
        assert error.returncode == 2
        return str(error)
    raise AssertionError("the import was not refused")
