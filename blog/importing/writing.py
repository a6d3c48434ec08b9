"""From records to stories, through the same verbs as everything else: adopt, start, submit, spike.

Pieces come in by the two hundred, each batch in one transaction with its bylines and forwarded addresses. So a run that
is stopped at any moment leaves whole pieces only, and the next run goes on where it was.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import DataError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from lxml import etree

from blog import addresses, adopting, indexing, rendering, revisions, workflow
from blog.adopting import Arrival
from blog.models import Author, Post, Tag
from blog.rendering import TooBig, Unacceptable
from blog.revisions import Content
from blog.workflow import WorkflowError

from . import afterwards, bodies, fetching
from .fetching import Fetcher
from .planning import Plan, key_of
from .records import Archive, Person, Piece, Standing
from .report import Report

A_BATCH = 200
A_FEW = 10  # where pictures are fetched, at a second each: what a killed run has to do once more
_NAMES = {"blogger": "Blogger", "wordpress": "WordPress"}


def bring_in(
    archive: Archive,
    report: Report,
    *,
    by: Callable[[], AbstractBaseUser],
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda pieces: None,
    fetcher: Fetcher | None = None,
) -> None:
    """Write what is not here yet, and say in the report what was done and what was not.

    `by` gives the account that does it, inside of each transaction. A dry run does all of it and takes it back, but it
    fetches nothing. `fetcher` brings in pictures: for what is new before it is written, so that its first wording
    has them, and for what came in without.
    """
    _Writer(archive, report, by, dry_run, None if dry_run else fetcher).write(progress)


class _Writer:
    def __init__(
        self,
        archive: Archive,
        report: Report,
        by: Callable[[], AbstractBaseUser],
        dry_run: bool,
        fetcher: Fetcher | None,
    ):
        self.archive, self.report, self.account, self.dry_run = archive, report, by, dry_run
        self.fetcher, self.at_once = fetcher, A_FEW if fetcher else A_BATCH
        self.now = timezone.now()
        self.plan = Plan(archive, self.now)
        self.forwarded: set[str] = set()

    def write(self, progress: Callable[[int], None]) -> None:
        batch: list[tuple[Piece, Content]] = []
        for piece, body in self.archive.bodies():
            if piece.source_id in self.plan.here:
                self.report.unchanged[piece.kind] += 1
                if self.fetcher:
                    self._bring_pictures(piece)
            elif content := self._content(piece, body):
                batch.append((piece, content))
            if len(batch) >= self.at_once:
                self._save(batch)
                batch = []
            progress(1)
        self._save(batch)

    def _content(self, piece: Piece, body: str) -> Content | None:
        """The words as they will be kept, but for the last cleaning; None, and reported, where they cannot be."""
        try:
            html = self.archive.html_of(body, piece)
            html = bodies.tidy(html, lambda address: self.plan.moved(piece, address), piece.site)
            if self.fetcher:
                html = self.fetcher.localised(html, piece.site)
            headline = piece.headline or self._headline(html)
        except TooBig as refusal:
            self.report.skip(piece, "too big", str(refusal))
            return None
        except (etree.LxmlError, ValueError, RecursionError) as error:
            self.report.skip(piece, "text cannot be read", str(error))
            return None
        self.report.remote.update(fetching.hosts_of(html))
        names = list(dict.fromkeys(label.name for label in piece.labels))
        return Content(
            headline=headline,
            standfirst=piece.standfirst,
            body=html,
            tags=tuple(self._tags(names)),
            section=piece.section,
        )

    def _bring_pictures(self, piece: Piece) -> None:
        """For a piece that is here already: what it shows from elsewhere, where nobody has changed it since."""
        post = Post.objects.select_related("head", "live").get(source=self.archive.source, source_id=piece.source_id)
        try:
            why = afterwards.bring_pictures(post, piece.site, self.fetcher, by=self.account)
        except (Unacceptable, WorkflowError, revisions.Stale) as refusal:
            why = str(refusal)
        if why:
            self.report.without_pictures.append({"id": piece.source_id, "headline": post.head.headline, "reason": why})
        post.refresh_from_db(fields=["head"])
        self.report.remote.update(fetching.hosts_of(post.head.body))

    def _headline(self, html: str) -> str:
        """Of a piece without a title: its first words."""
        self.archive.repairs["headline-from-text"] += 1
        return rendering.clean_line(rendering.excerpt(rendering.clean(html), 60)) or _("Untitled")

    def _tags(self, names: list[str]) -> list[str]:
        """One spelling for each, and no more than a piece may have."""
        by_key: dict[str, str] = {}
        for name in names:
            by_key.setdefault(rendering.same_name(name), name)
        if len(by_key) < len(names):
            self.archive.repairs["merge-tags-by-case"] += len(names) - len(by_key)
        if len(by_key) > revisions.MOST_TAGS:
            self.archive.repairs["drop-tags-over-limit"] += len(by_key) - revisions.MOST_TAGS
        return list(by_key.values())[: revisions.MOST_TAGS]

    def _save(self, batch: list[tuple[Piece, Content]]) -> None:
        """One transaction; where the database refuses a row of it, each piece in one of its own."""
        if not batch:
            return
        try:
            with self._transaction():
                self._save_all(batch)
        except (DataError, IntegrityError) as error:
            if len(batch) == 1:
                self.report.skip(batch[0][0], "the database refused it", str(error).partition("\n")[0])
                return
            for one in batch:
                self._save([one])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        known, forwarded = self.report.counts(), set(self.forwarded)
        try:
            with transaction.atomic():
                yield
                if self.dry_run:
                    transaction.set_rollback(True)
        except BaseException:
            self.report.restore(known)
            self.forwarded = forwarded
            raise

    def _save_all(self, batch: list[tuple[Piece, Content]]) -> None:
        by = self.account()
        authors = self._authors(person for piece, _content in batch for person in piece.people)
        signed = [(piece, _signed(piece, content, authors)) for piece, content in batch]
        live = [(piece, content) for piece, content in signed if piece.standing == Standing.LIVE]
        answers = adopting.adopt_many([self._arrival(piece, content) for piece, content in live], by=by)
        public = []
        for (piece, _content), answer in zip(live, answers, strict=True):
            if isinstance(answer, Post):
                public.append((piece, answer))
                self.report.created[piece.kind] += 1
            else:
                self.report.skip(piece, "cannot be kept", str(answer))
        for piece, content in signed:
            if piece.standing != Standing.LIVE:
                self._start(piece, content, by)
        self._forward(public, authors)

    def _arrival(self, piece: Piece, content: Content) -> Arrival:
        return Arrival(
            content=content,
            published_at=piece.published_at,
            kind=piece.kind,
            slug=piece.slug,
            note=self._note(piece),
            source=self.archive.source,
            source_id=piece.source_id,
            key=key_of(piece, self.archive.source),
        )

    def _start(self, piece: Piece, content: Content, by: AbstractBaseUser) -> None:
        """What was not public is written, and goes no further than its stage there."""
        try:
            with transaction.atomic():
                post = revisions.start(
                    content,
                    by=by,
                    kind=piece.kind,
                    slug=piece.slug,
                    note=self._note(piece),
                    at=_past(piece.published_at, self.now),
                    source=self.archive.source,
                    source_id=piece.source_id,
                    key=key_of(piece, self.archive.source),
                )
                if piece.standing == Standing.REVIEW:
                    workflow.submit(post, by=by, note=_("It was waiting for review there."))
                elif piece.standing == Standing.SPIKED:
                    workflow.spike(post, by=by, note=_("It was in the bin there."))
        except Unacceptable as refusal:
            self.report.skip(piece, "cannot be kept", str(refusal))
        else:
            self.report.created[piece.kind] += 1

    def _note(self, piece: Piece) -> str:
        told = _("Brought in from %(source)s.") % {"source": _NAMES[self.archive.source]}
        return " ".join([told, *piece.remarks])

    def _authors(self, people: Iterable[Person]) -> dict[Person, Author]:
        """A byline for each person: the one of that name, or a new one."""
        people = list(dict.fromkeys(people))
        known = {author.name.casefold(): author for author in Author.objects.filter(name__in=[p.name for p in people])}
        made = {}
        for person in people:
            author = known.get(person.name.casefold())
            if author is None:
                author = Author.objects.create(name=person.name, slug=_slug_for_author(person.name))
                known[person.name.casefold()] = author
            made[person] = author
        return made

    def _forward(self, public: list[tuple[Piece, Post]], authors: dict[Person, Author]) -> None:
        pairs: dict[str, str] = {}
        for path, here in self._pages(public, authors):
            if path not in self.forwarded:
                self.forwarded.add(path)
                pairs[path] = here()
        new, unkept = addresses.forward_many(pairs.items())
        self.report.redirects += new
        self.report.unkept_addresses += unkept

    def _pages(
        self, public: list[tuple[Piece, Post]], authors: dict[Person, Author]
    ) -> Iterator[tuple[str, Callable[[], str]]]:
        """The old path of each of these pieces and of each page that listed it; and what gives the new one."""
        named = {name for _piece, post in public for name in post.live.tags}
        tags = {tag.folded: tag for tag in indexing.tags_named(sorted(named))}
        for piece, post in public:
            yield from ((path, post.get_absolute_url) for path in piece.paths)
            for label in piece.labels:
                if tag := tags.get(rendering.same_name(label.name)):
                    yield from ((path, partial(_page_of, path, tag)) for path in label.paths)
            for person in piece.people:
                yield from ((path, authors[person].get_absolute_url) for path in person.paths)
            yield from ((path, partial(_month_of, post)) for path in piece.month_paths)
        if public:
            yield from ((path, partial(reverse, "blog:feed_atom")) for path in self.archive.feeds)


def _month_of(post: Post) -> str:
    return reverse("blog:month", args=[post.published_on.year, post.published_on.month])


def _signed(piece: Piece, content: Content, authors: dict[Person, Author]) -> Content:
    signed = dict.fromkeys(authors[person] for person in piece.people)
    return replace(content, byline=tuple({"name": author.name, "slug": author.slug} for author in signed))


def _page_of(path: str, tag: Tag) -> str:
    """The tag's page, or its feed for what was a feed."""
    if "/feed/" in path or path.startswith("/feeds/"):
        return reverse("blog:tag_feed_atom", args=[tag.slug])
    return tag.get_absolute_url()


def _slug_for_author(name: str) -> str:
    return addresses.numbered(addresses.slug_for(name), lambda slug: Author.objects.filter(slug=slug).exists())


def _past(moment: datetime | None, now: datetime) -> datetime:
    return min(moment or now, now)
