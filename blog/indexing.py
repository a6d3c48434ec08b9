"""What the live wording says, where it can be looked up: tags, section, authors, sources, search, pictures.

All of it can be made again.
"""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from . import addresses, picture_uses, rendering, search
from .models import Author, CitedSource, Post, Revision, Synonym, Tag, TaggedPost, Update, outlet_slug
from .rendering import Unacceptable

_NAMES = 7_365_203  # of the lock that who gives a name to a tag holds; any number that no other lock has


def refresh(post: Post, *, replace: bool = True) -> None:
    """Make the indexes say what the live wording says; sets `section` on the post, which the caller saves.

    `replace=False` is for a piece that is in none of them yet.
    """
    tags = tags_named(post.live.tags)
    if replace:
        post.tagged.all().delete()
        post.authors.clear()
    TaggedPost.objects.bulk_create(tagged_rows(post, tags))
    post.section = section_among(tags, post.live)
    post.authors.add(*authors_in(post.live))
    search.index(post, replace=replace)
    _cite(post.cited.all() if replace else (), cited_rows(post))
    picture_uses.refresh(post)


def refresh_update(update: Update) -> None:
    """The same for what one of its updates says, or says no longer: search and sources."""
    if update.post.live_id:
        search.index(update.post)
    _cite(update.post.cited.filter(update=update), _rows_of_update(update))
    picture_uses.refresh(update)


def _cite(known: Iterable[CitedSource], wanted: list[CitedSource]) -> None:
    """Make these rows of the index of sources those that are wanted. What is right already is not written."""
    missing = {said_of(row): row for row in wanted}
    wrong = [row.pk for row in known if missing.pop(said_of(row), None) is None]
    if wrong:
        CitedSource.objects.filter(pk__in=wrong).delete()
    CitedSource.objects.bulk_create(missing.values())


def cited_rows(post: Post) -> list[CitedSource]:
    """The rows by which the sources of a post and its updates are found, not saved yet; none while it is not live."""
    if not post.live_id:
        return []
    rows = _rows(post, post.live.sources)
    if post.coverage != Post.Coverage.NONE:
        updates = post.updates.live().select_related("live").order_by("number")
        for update in updates.only("post", "number", "published_at", "live__sources"):
            rows += _rows(update, update.live.sources)
    return rows


def said_of(row: CitedSource) -> tuple:
    """All that a row says, to be compared."""
    what = (row.outlet, row.outlet_slug, row.title, row.url, row.at, row.published_at)
    return (row.post_id, row.update_id, row.position, *what)


def _rows_of_update(update: Update) -> list[CitedSource]:
    return _rows(update, update.live.sources) if update.live_id and update.post.live_id else []


def _rows(piece: Post | Update, sources: list[dict[str, str]]) -> list[CitedSource]:
    return [
        CitedSource(
            post_id=piece.post.pk if isinstance(piece, Post) else piece.post_id,
            update_id=piece.pk if isinstance(piece, Update) else None,
            position=position,
            outlet=source["outlet"],
            outlet_slug=outlet_slug(source["outlet"]),
            title=source["title"],
            url=source["url"],
            at=datetime.fromisoformat(source["at"]) if source["at"] else None,
            published_at=piece.published_at,
        )
        for position, source in enumerate(sources, 1)
    ]


def tagged_rows(post: Post, tags: list[Tag]) -> list[TaggedPost]:
    """The rows by which a saved post is found under these tags; not saved yet."""
    return [TaggedPost(tag_id=tag.pk, content_object_id=post.pk, published_at=post.published_at) for tag in tags]


def section_among(tags: list[Tag], revision: Revision, others: dict[str, str] | None = None) -> Tag | None:
    """The tag that the wording names as its section, if by another name of it (`other_names`, where they are known)."""
    wanted = rendering.same_name(revision.section)
    found = next((tag for tag in tags if tag.folded == wanted), None)
    if found or not wanted:
        return found
    if others is None:
        others = dict(Synonym.objects.filter(folded=wanted).values_list("folded", "tag__folded"))
    return next((tag for tag in tags if tag.folded == others.get(wanted)), None)


def authors_in(revision: Revision) -> QuerySet[Author]:
    """The authors whom a wording names; guests are none."""
    return Author.objects.filter(slug__in=[person["slug"] for person in revision.byline if person["slug"]])


def tags_in(revision: Revision) -> list[Tag]:
    """The tags that a wording names, and none is made: one that nothing live ever had is a tag without a slug."""
    names = {rendering.same_name(name): name for name in revision.tags}
    known = _known(names)
    return _once(known.get(key) or Tag(name=name, folded=key) for key, name in names.items())


def clear(post: Post) -> None:
    """Take a piece that is no longer public out of every index."""
    post.tagged.all().delete()
    post.authors.clear()
    post.section = None
    post.save(update_fields=["section"])
    search.remove(post)
    post.cited.all().delete()
    picture_uses.refresh(post)


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags with these names, whatever their case, in the order of the names; those that are new are made."""
    return _once(tags_by_name(names).values())


def tags_by_name(names: Iterable[str]) -> dict[str, Tag]:
    """As `tags_named`, each under its name as `rendering.same_name` has it. A tag may be there under several.

    They stay what they are until the transaction ends: whoever merges one (`labelling`) waits.
    """
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(rendering.same_name(name), name)
    for _attempt in range(addresses.MOST_ATTEMPTS):
        known = _known(wanted)
        if len(known) < len(wanted) and hold_names():
            known = _known(wanted)  # somebody may have given such a name while we waited
        if missing := {key: name for key, name in wanted.items() if key not in known}:
            _make(missing)
            known |= _known(missing)
        known = {key: known.get(key) or _new_tag(name, key) for key, name in wanted.items()}
        if _hold(known):
            return known
    raise Unacceptable(_("Somebody is changing these tags: try again."))


def other_names() -> dict[str, str]:
    """Every other name of a tag, and the name under which pieces that bear it are found; both folded."""
    return dict(Synonym.objects.values_list("folded", "tag__folded"))


def hold_names() -> bool:
    """Let nobody else give a name to a tag until the transaction ends: pieces first, then names, then tags are held.

    False where there is nothing to hold: on SQLite one writes at a time.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NAMES])
    return True


def _hold(known: dict[str, Tag]) -> bool:
    """Keep tags from being merged and renamed, in the order of all who hold some; False where one was meanwhile."""
    called = {tag.pk: tag.folded for tag in known.values()}
    if not called or connection.vendor != "postgresql" or not connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, folded FROM blog_tag WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [sorted(called)])
        if dict(cursor.fetchall()) != called:
            return False
    others = {key: tag.pk for key, tag in known.items() if key != tag.folded}
    return not others or dict(Synonym.objects.filter(folded__in=others).values_list("folded", "tag")) == others


def _once(tags: Iterable[Tag]) -> list[Tag]:
    """Each once: a wording may name a tag by two of its names."""
    return list({tag.folded: tag for tag in tags}.values())


def free_slug_for_tag(name: str) -> str:
    """A slug for a tag of this name that no tag has."""
    return addresses.numbered(_slug_for_tag(name), lambda slug: Tag.objects.filter(slug=slug).exists())


def author_of(user: AbstractBaseUser) -> Author | None:
    """The byline of an account, if it has one."""
    return Author.objects.filter(user=user).first()


def _known(keys: Iterable[str]) -> dict[str, Tag]:
    """The tags that are called like this, by their own name or by another."""
    keys = list(keys)
    if not keys:
        return {}
    known = {tag.folded: tag for tag in Tag.objects.filter(folded__in=keys)}
    if len(known) < len(keys):
        others = Synonym.objects.filter(folded__in=keys).select_related("tag")
        known = {other.folded: other.tag for other in others} | known
    return known


def _make(missing: dict[str, str]) -> None:
    """Make those whose slug is free, all at once; the others are made one by one after."""
    rows = [Tag(name=name, slug=_slug_for_tag(name), folded=key) for key, name in missing.items()]
    Tag.objects.bulk_create(rows, ignore_conflicts=True)


def _new_tag(name: str, key: str) -> Tag:
    for _attempt in range(addresses.MOST_ATTEMPTS):
        try:
            with transaction.atomic():
                return Tag.objects.create(name=name, slug=free_slug_for_tag(name))
        except IntegrityError:  # somebody made the same tag, or one with the same slug, at the same moment
            if made := Tag.objects.filter(folded=key).first():
                return made
    raise Unacceptable(_("The tag “%(tag)s” cannot be made.") % {"tag": name})


def _slug_for_tag(name: str) -> str:
    return slugify(name, allow_unicode=True)[:90].strip("-_") or "tag"
