"""A site as WordPress would export it (WXR 1.2): the one format that every other system reads.

What is public, and nothing else, unless the caller names more. Pieces are read a hundred at a time and written at
once, so that a site of any size takes the same memory. Posts have even numbers, pictures odd ones: in WordPress they
are rows of one table, and a later export must call each by the same number.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from mimetypes import guess_type
from typing import Protocol, TextIO
from urllib.parse import unquote

from django.conf import settings
from django.contrib.redirects.models import Redirect
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language

from blog import indexing, renditions
from blog.models import Author, Picture, PictureUse, Post, Revision, Tag
from blog.structured import absolute

from . import wordpress_bodies
from .wxr import Writer

A_BATCH = 100
NEVER = "0000-00-00 00:00:00"  # as WordPress spells it
_STATUSES = {
    Post.Stage.DRAFT: "draft",
    Post.Stage.CHANGES: "draft",
    Post.Stage.REVIEW: "pending",
    Post.Stage.APPROVED: "pending",
    Post.Stage.PUBLISHED: "publish",
    Post.Stage.WITHDRAWN: "private",
    Post.Stage.SPIKED: "trash",
}


class Comment(Protocol):
    """What of a comment goes into the file; empty where the caller was not asked for it."""

    number: int
    answers: int  # the number of another that stands before it; 0 for none
    name: str
    email: str
    html: str
    at: datetime
    approved: str  # in WordPress' own words: 1, 0, spam, trash
    user_id: int | None


@dataclass
class Wanted:
    """What of a site goes into the file."""

    drafts: bool = False  # also what is not public
    emails: bool = False  # addresses of the house's writers; those of commenters are the caller's
    comments_of: Callable[[Post], Iterable[Comment]] = lambda post: ()
    takes_comments: Callable[[Post], bool] = lambda post: False


@dataclass
class Written:
    """What is in a file, in numbers."""

    posts: int = 0
    pages: int = 0
    not_public: int = 0
    comments: int = 0
    pictures: int = 0
    authors: int = 0
    tags: int = 0


def count(wanted: Wanted) -> int:
    """How many pieces a file will have."""
    return _pieces(wanted).count()


def write(out: TextIO, wanted: Wanted, progress: Callable[[int], None] = lambda pieces: None) -> Written:
    """Write the whole file, and say what is in it."""
    return _Export(out, wanted).write(progress)


def _pieces(wanted: Wanted):
    # One that was never given a word has nothing to take along.
    return Post.objects.exclude(head=None) if wanted.drafts else Post.objects.live()


@dataclass
class _People:
    """Who signs. A login is all letters and figures: WordPress knows no others."""

    logins: dict[tuple[str, str], str] = field(default_factory=dict)  # (name, slug) of a byline → login
    numbers: dict[str, int] = field(default_factory=dict)  # login → number
    of_account: dict[int, int] = field(default_factory=dict)

    def login(self, person: dict[str, str]) -> str:
        return self.logins.get(_key(person), "")


class _Export:
    def __init__(self, out: TextIO, wanted: Wanted):
        self.xml, self.wanted, self.written = Writer(out), wanted, Written()
        self.people = _People()

    def write(self, progress: Callable[[int], None]) -> Written:
        self.xml.begin()
        with self.xml.inside("channel"):
            self._site()
            self._authors()
            self._tags()
            for post in self._in_parts():
                self._piece(post)
                progress(1)
            for picture in self._pictures():
                self._picture(picture)
        self.xml.end()
        return self.written

    def _in_parts(self) -> Iterator[Post]:
        """Every piece, oldest first, with what is asked for a hundred of them at once."""
        last = 0
        while True:
            posts = _pieces(self.wanted).filter(pk__gt=last).order_by("pk")
            posts = list(posts.select_related("live", "head")[:A_BATCH])
            if not posts:
                return
            self._forwarded = _forwarded_to(posts)
            self._leading = _leading_pictures(posts)
            yield from posts
            last = posts[-1].pk

    # What stands above the items

    def _site(self) -> None:
        xml, now = self.xml, timezone.now().astimezone(UTC)
        xml.words("title", escape(settings.SITE_NAME, quote=False))
        xml.text("link", settings.SITE_URL)
        xml.words("description", escape(settings.SITE_TAGLINE, quote=False))
        xml.text("pubDate", format_datetime(now))
        xml.text("language", get_language())
        xml.text("wp:wxr_version", "1.2")
        xml.text("wp:base_site_url", settings.SITE_URL)
        xml.text("wp:base_blog_url", settings.SITE_URL)

    def _authors(self) -> None:
        known = {author.slug: author for author in Author.objects.select_related("user")}
        for person in self._signers():
            author = known.get(person.get("slug", ""))
            login = self._new_login(person, author)
            self.people.logins[_key(person)] = login
            self.people.numbers[login] = author.pk if author else 1_000_000 + len(self.people.logins)
            user = author.user if author else None
            if user:
                self.people.of_account[user.pk] = author.pk
            with self.xml.inside("wp:author"):
                self.xml.text("wp:author_id", self.people.numbers[login])
                self.xml.words("wp:author_login", login)
                self.xml.words("wp:author_email", user.email if user and self.wanted.emails else "")
                self.xml.words("wp:author_display_name", author.name if author else person["name"])
                self.xml.words("wp:author_first_name", "")
                self.xml.words("wp:author_last_name", "")
            self.written.authors += 1

    def _signers(self) -> Iterator[dict[str, str]]:
        """Each person of a byline once; the same page under two names is one person."""
        seen = set()
        which = "head__byline" if self.wanted.drafts else "live__byline"
        rows = _pieces(self.wanted).order_by("pk").values_list(which, "live__byline")
        for bylines in rows.iterator():
            for person in (one for byline in bylines for one in byline or ()):
                if _key(person) not in seen:
                    seen.add(_key(person))
                    yield person

    def _new_login(self, person: dict[str, str], author: Author | None) -> str:
        slug = person.get("slug", "")
        wanted = slug if slug.isascii() and slug else slugify(person["name"])
        wanted = (wanted or (f"author-{author.pk}" if author else "author"))[:50]
        login, number = wanted, 1
        while login in self.people.numbers:
            number += 1
            login = f"{wanted}-{number}"
        return login

    def _tags(self) -> None:
        """Sections are categories: in WordPress these are two lists."""
        sections = Post.objects.live().stories().exclude(section=None).values("section")
        for tag in Tag.objects.filter(pk__in=sections).iterator():
            with self.xml.inside("wp:category"):
                self.xml.text("wp:term_id", 2 * tag.pk)
                self.xml.words("wp:category_nicename", tag.slug)
                self.xml.words("wp:category_parent", "")
                self.xml.words("wp:cat_name", escape(tag.name, quote=False))
                self.xml.words("wp:category_description", escape(tag.description, quote=False))
        for tag in Tag.objects.filter(tagged__isnull=False).distinct().iterator():
            with self.xml.inside("wp:tag"):
                self.xml.text("wp:term_id", 2 * tag.pk + 1)
                self.xml.words("wp:tag_slug", tag.slug)
                self.xml.words("wp:tag_name", escape(tag.name, quote=False))
                self.xml.words("wp:tag_description", escape(tag.description, quote=False))
            self.written.tags += 1

    # Posts and pages

    def _piece(self, post: Post) -> None:
        revision = post.live or post.head
        status = "publish" if post.is_live() else _STATUSES[post.stage]
        number = 2 * post.pk
        address = absolute(post.get_absolute_url()) if post.is_live() else f"{settings.SITE_URL}/?p={number}"
        began = post.published_at or revision.created_at
        with self.xml.inside("item"):
            self.xml.words("title", escape(revision.headline, quote=False))
            self.xml.text("link", address)
            self.xml.text("pubDate", format_datetime(began.astimezone(UTC).replace(microsecond=0)))
            people = [login for login in map(self.people.login, revision.byline) if login]
            self.xml.words("dc:creator", people[0] if people else "")
            self.xml.text("guid", address, isPermaLink="false")
            self.xml.text("description", "")
            body = wordpress_bodies.of_post(post) if post.is_live() else wordpress_bodies.of_draft(post)
            self.xml.words("content:encoded", body)
            self.xml.words("excerpt:encoded", escape(revision.standfirst, quote=False))
            self.xml.text("wp:post_id", number)
            self._dates(began, post.last_changed_at() or revision.created_at, has_date=post.published_at is not None)
            self.xml.words("wp:comment_status", "open" if self.wanted.takes_comments(post) else "closed")
            self.xml.words("wp:ping_status", "closed")
            self.xml.words("wp:post_name", post.slug)
            self.xml.words("wp:status", status)
            self.xml.text("wp:post_parent", 0)
            self.xml.text("wp:menu_order", 0)
            self.xml.words("wp:post_type", post.kind)
            self.xml.words("wp:post_password", "")
            self.xml.text("wp:is_sticky", 0)
            self._terms(revision, people)
            self._extras(post, revision)
            for comment in self.wanted.comments_of(post):
                self._comment(comment)
        self._count(post)

    def _count(self, post: Post) -> None:
        if post.kind == Post.Kind.POST:
            self.written.posts += 1
        else:
            self.written.pages += 1
        self.written.not_public += not post.is_live()

    def _dates(self, began: datetime, changed: datetime, *, has_date: bool) -> None:
        self.xml.words("wp:post_date", _local(began))
        self.xml.words("wp:post_date_gmt", _gmt(began) if has_date else NEVER)
        self.xml.words("wp:post_modified", _local(changed))
        self.xml.words("wp:post_modified_gmt", _gmt(changed))

    def _terms(self, revision: Revision, people: list[str]) -> None:
        tags = indexing.tags_in(revision) if revision.tags else []
        section = indexing.section_among(tags, revision) if revision.section else None
        for tag in tags:
            domain = "category" if tag is section else "post_tag"
            nicename = tag.slug or slugify(tag.name, allow_unicode=True)
            self.xml.words("category", escape(tag.name, quote=False), domain=domain, nicename=nicename)
        if len(people) > 1:
            names = {self.people.login(person): person["name"] for person in revision.byline}
            for login in people:
                self.xml.words("category", names[login], domain="author", nicename=f"cap-{login}")

    def _extras(self, post: Post, revision: Revision) -> None:
        picture = self._leading.get(revision.image.get("src", ""))
        if picture:
            self.xml.meta("_thumbnail_id", str(2 * picture + 1))
        for slug in self._forwarded.get(post.get_absolute_url(), ()) if post.is_live() else ():
            self.xml.meta("_wp_old_slug", slug)

    def _comment(self, comment: Comment) -> None:
        with self.xml.inside("wp:comment"):
            self.xml.text("wp:comment_id", comment.number)
            self.xml.words("wp:comment_author", comment.name)
            self.xml.words("wp:comment_author_email", comment.email)
            self.xml.text("wp:comment_author_url", "")
            self.xml.words("wp:comment_author_IP", "")
            self.xml.words("wp:comment_date", _local(comment.at))
            self.xml.words("wp:comment_date_gmt", _gmt(comment.at))
            self.xml.words("wp:comment_content", comment.html)
            self.xml.words("wp:comment_approved", comment.approved)
            self.xml.words("wp:comment_type", "comment")
            self.xml.text("wp:comment_parent", comment.answers)
            self.xml.text("wp:comment_user_id", self.people.of_account.get(comment.user_id, 0))
        self.written.comments += 1

    # Pictures

    def _pictures(self) -> Iterator[Picture]:
        """Those that what is written shows; the library holds others."""
        shown = PictureUse.objects.all() if self.wanted.drafts else PictureUse.objects.filter(in_live=True)
        of_picture = shown.filter(picture=OuterRef("pk")).order_by("post").values("post")
        pictures = Picture.objects.annotate(first_post=Subquery(of_picture[:1])).exclude(first_post=None)
        return pictures.order_by("pk").iterator()

    def _picture(self, picture: Picture) -> None:
        address, number = absolute(picture.file.url), 2 * picture.pk + 1
        name = picture.file.name.rpartition("/")[2].rpartition(".")[0]
        with self.xml.inside("item"):
            self.xml.words("title", name)
            self.xml.text("link", address)
            self.xml.text("pubDate", format_datetime(picture.added_at.astimezone(UTC).replace(microsecond=0)))
            self.xml.words("dc:creator", "")
            self.xml.text("guid", address, isPermaLink="false")
            self.xml.text("description", "")
            self.xml.words("content:encoded", "")
            credit = " · ".join(part for part in (picture.credit, picture.licence) if part)
            self.xml.words("excerpt:encoded", escape(credit, quote=False))
            self.xml.text("wp:post_id", number)
            self._dates(picture.added_at, picture.added_at, has_date=True)
            self.xml.words("wp:comment_status", "closed")
            self.xml.words("wp:ping_status", "closed")
            self.xml.words("wp:post_name", name)
            self.xml.words("wp:status", "inherit")
            self.xml.text("wp:post_parent", 2 * picture.first_post)
            self.xml.text("wp:menu_order", 0)
            self.xml.words("wp:post_type", "attachment")
            self.xml.words("wp:post_password", "")
            self.xml.text("wp:is_sticky", 0)
            self.xml.words("wp:attachment_url", address)
            self.xml.text("wp:post_mime_type", guess_type(address)[0] or "")
            self.xml.meta("_wp_attached_file", picture.file.name)
            if picture.alt:
                self.xml.meta("_wp_attachment_image_alt", picture.alt)
        self.written.pictures += 1


def _key(person: dict[str, str]) -> tuple[str, str]:
    """What makes two entries of bylines one person: the page; for guests, who have none, the name."""
    slug = person.get("slug", "")
    return ("" if slug else person["name"], slug)


def _local(moment: datetime) -> str:
    return _spelt(moment.astimezone(timezone.get_default_timezone()))


def _gmt(moment: datetime) -> str:
    return _spelt(moment.astimezone(UTC))


def _spelt(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat(" ")


def _forwarded_to(posts: list[Post]) -> dict[str, list[str]]:
    """For the address of each post the slugs that it had: WordPress sends on from these, and from nothing else."""
    rows = Redirect.objects.filter(site_id=settings.SITE_ID, new_path__in=[p.get_absolute_url() for p in posts])
    found: dict[str, list[str]] = {}
    for row in rows.order_by("pk"):
        folder, slug = _parts(row.old_path)
        now, present = _parts(row.new_path)
        if folder == now and slug != present:
            found.setdefault(row.new_path, []).append(slug)
    return found


def _parts(path: str) -> tuple[str, str]:
    """The folder of an address (the day of a post), and the slug in it."""
    folder, _slash, slug = path.rstrip("/").rpartition("/")
    return folder, unquote(slug)


def _leading_pictures(posts: list[Post]) -> dict[str, int]:
    """The numbers of the pictures of ours above these posts, by their addresses."""
    addresses = {(post.live or post.head).image.get("src", "") for post in posts}
    kept = {renditions.Kept.at(address): address for address in addresses if address}
    names = {one.name: address for one, address in kept.items() if one}
    rows = Picture.objects.filter(file__in=names).values_list("file", "pk")
    return {names[name]: pk for name, pk in rows}
