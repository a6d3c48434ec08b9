"""Names of tags: merged, renamed, given other names, and all of that taken back.

Wordings keep the names that they were written with; a tag's other names (`Synonym`) say under which tag they are found.
So nothing that is merged is lost: what a piece says decides again when the merge is undone. Readers who come by an
address that is gone are sent on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.redirects.models import Redirect
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from . import addresses, events, indexing, rendering, revisions
from .models import Post, Revision, Synonym, Tag, TagAct, TaggedPost, name_of
from .rendering import Unacceptable

ROUNDS = 5  # of trying to hold all the pieces of a tag, while others publish under it
MOST_SYNONYMS = 50
MANY = 500  # pieces that are looked at together
FEEDS = ("feed.atom", "feed.json")
Done = TypeVar("Done")


class Refused(Exception):
    """It cannot be done; the message is for the person who asked."""


def merge(tag: Tag, into: Tag, *, by: AbstractBaseUser) -> TagAct:
    """Make two tags one: all that stood under `tag` stands under `into`, of which its name is another name.

    Its address leads on. Gives what `undo` takes. Raises Refused.
    """
    _check_may(by)
    if tag.pk == into.pk:
        raise Refused(_("That is the same tag."))

    def act() -> TagAct | None:
        held = _hold_with_pieces(tag.pk, into.pk)
        if held is not None and len(held) < 2:
            raise Refused(_("One of them is not there any more."))
        return held and _merge(held[tag.pk], held[into.pk], by)

    return _in_rounds(act)


def rename(tag: Tag, name: str, *, by: AbstractBaseUser) -> TagAct | None:
    """Call a tag otherwise; its old name goes on to find it, its old address leads on. None where nothing changes.

    Raises Refused for a name that is taken, and Unacceptable for one that is none.
    """
    _check_may(by)
    name = _clean(name)
    with transaction.atomic():
        indexing.hold_names()
        tag = _held(tag)
        if name == tag.name:
            return None
        details = _before(tag)
        act = _act("rename", tag.name, name, by, details)
        folded = rendering.same_name(name)
        if folded == tag.folded:  # only capital and small letters
            tag.name = name
            tag.save(update_fields=["name"])
        else:
            _check_free(folded, but=tag)
            details["own"] = [list(row) for row in tag.synonyms.filter(folded=folded).values_list("name", "act")]
            tag.synonyms.filter(folded=folded).delete()
            Synonym.objects.create(folded=tag.folded, name=tag.name, tag=tag, act=act)
            old = tag.get_absolute_url()
            tag.name, tag.slug = name, indexing.free_slug_for_tag(name)
            tag.save(update_fields=["name", "slug"])
            details["redirects"] = _send_on(old, tag)
        act.details = details
        act.save()
        events.readers_see_other_names()
        return act


def undo(act: TagAct, *, by: AbstractBaseUser) -> Tag:
    """Take back a merge or a renaming. Gives the tag as it is again.

    Pieces stand where their words say; what was published meanwhile is looked at as well. Raises Refused where a later
    act stands on this one.
    """
    _check_may(by)

    def take_back() -> Tag | None:
        if act.verb == TagAct.Verb.RENAME:
            indexing.hold_names()
        elif _hold_with_pieces(act.details["into"]) is None:
            return None
        held = TagAct.objects.select_for_update().get(pk=act.pk)
        if held.undone_at is not None:
            raise Refused(_("It has been taken back already."))
        tag = _unmerged(held) if held.verb == TagAct.Verb.MERGE else _unrenamed(held)
        held.undone_at, held.undone_by_name = timezone.now(), name_of(by)
        held.save(update_fields=["undone_at", "undone_by_name"])
        events.readers_see_other_names()
        return tag

    return _in_rounds(take_back)


def add_synonym(tag: Tag, name: str, *, by: AbstractBaseUser) -> Synonym:
    """Let pieces that bear this name be found under the tag. Raises Refused where a tag is called so: merge the two."""
    _check_may(by)
    name = _clean(name)
    with transaction.atomic():
        indexing.hold_names()
        tag, folded = _held(tag), rendering.same_name(name)
        _check_free(folded)
        if tag.synonyms.count() >= MOST_SYNONYMS:
            raise Refused(_("A tag may have %(most)d other names at most.") % {"most": MOST_SYNONYMS})
        return Synonym.objects.create(folded=folded, name=name, tag=tag)


def remove_synonym(synonym: Synonym, *, by: AbstractBaseUser) -> None:
    """Let a name be no other name any more. Raises Refused for one that came of a merge or a renaming: undo that."""
    _check_may(by)
    with transaction.atomic():
        tag = _held(synonym.tag)
        synonym = tag.synonyms.filter(pk=synonym.pk).first()
        if synonym is None:
            raise Refused(_("It is not there any more."))
        if synonym.act_id and synonym.act.undone_at is None:
            raise Refused(_("It came of a merge or a renaming: take that back."))
        name = synonym.name
        synonym.delete()
        if _bearing(tag, rendering.same_name(name)):
            raise Refused(_("Live pieces are found by it. Rename or merge instead."))


def unused() -> QuerySet[Tag]:
    """Tags under which nothing live is found, and that no act needs."""
    tagged = TaggedPost.objects.filter(tag=OuterRef("pk"))
    section = Post.objects.filter(section=OuterRef("pk"))
    return Tag.objects.filter(~Exists(tagged), ~Exists(section), synonyms=None).order_by("name")


def remove(tag: Tag, *, by: AbstractBaseUser) -> None:
    """Remove a tag that nothing uses; it comes again with the next piece that bears it. Raises Refused."""
    _check_may(by)
    with transaction.atomic():
        tag = _held(tag)
        if not unused().filter(pk=tag.pk).exists():
            raise Refused(_("“%(tag)s” is in use.") % {"tag": tag})
        tag.delete()


def _merge(tag: Tag, into: Tag, by: AbstractBaseUser) -> TagAct:
    details = _before(tag) | {"into": into.pk, "synonyms": list(tag.synonyms.values_list("folded", flat=True))}
    act = _act("merge", tag.name, into.name, by, details)
    tag.synonyms.update(tag=into)
    both = TaggedPost.objects.filter(tag=into).values("content_object")
    tag.tagged.exclude(content_object__in=both).update(tag=into)
    tag.tagged.all().delete()
    Post.objects.filter(section=tag).update(section=into)
    folded, name, old = tag.folded, tag.name, tag.get_absolute_url()
    tag.delete()
    Synonym.objects.create(folded=folded, name=name, tag=into, act=act)
    act.details["redirects"] = _send_on(old, into)
    act.save(update_fields=["details"])
    events.readers_see_other_names()
    return act


def _unmerged(act: TagAct) -> Tag:
    kept = act.details
    into = Tag.objects.filter(pk=kept["into"]).first()
    own = Synonym.objects.filter(act=act, folded=kept["folded"], tag=kept["into"]).first()
    if into is None or own is None:
        raise Refused(_("Something was done to these tags since: take that back first."))
    own.delete()
    _take_back_redirects(kept["redirects"], into)
    slug = (
        kept["slug"] if not Tag.objects.filter(slug=kept["slug"]).exists() else indexing.free_slug_for_tag(kept["name"])
    )
    tag = Tag(pk=kept["pk"], name=kept["name"], slug=slug, description=kept["description"])
    tag.save(force_insert=True)
    into.synonyms.filter(folded__in=kept["synonyms"]).update(tag=tag)
    _find_again(into)
    return tag


def _unrenamed(act: TagAct) -> Tag:
    kept = act.details
    tag = Tag.objects.select_for_update().filter(pk=kept["pk"]).first()
    if tag is None or tag.name != act.into:
        raise Refused(_("Something was done to this tag since: take that back first."))
    if rendering.same_name(kept["name"]) != tag.folded:
        own = tag.synonyms.filter(act=act).first()
        if own is None:
            raise Refused(_("Something was done to this tag since: take that back first."))
        own.delete()
        new = tag.name
        _take_back_redirects(kept["redirects"], tag)
        taken = Tag.objects.filter(slug=kept["slug"]).exclude(pk=tag.pk).exists()
        tag.slug = indexing.free_slug_for_tag(kept["name"]) if taken else kept["slug"]
        for name, came_of in kept["own"]:
            Synonym.objects.create(folded=rendering.same_name(name), name=name, tag=tag, act_id=came_of)
        if not kept["own"] and _bearing(tag, rendering.same_name(new)):
            # What was published under the new name since is found by it all the same.
            Synonym.objects.create(folded=rendering.same_name(new), name=new, tag=tag)
    tag.name = kept["name"]
    tag.save(update_fields=["name", "slug"])
    return tag


def _in_rounds(act: Callable[[], Done | None]) -> Done:
    """What `act` gives, in a transaction of its own; tried again where it gives None."""
    for _round in range(ROUNDS):
        with transaction.atomic():
            done = act()
            if done is not None:
                return done
    raise Refused(_("Others are publishing under it: try again."))


def _hold_with_pieces(*keys: int) -> dict[int, Tag] | None:
    """Hold the pieces of these tags, names, then the tags, as who publishes does; None where one came in between."""
    pieces = Post.objects.filter(Q(section__in=keys) | Q(tagged__tag__in=keys))
    # By their keys: what is joined to an outer row cannot be held.
    held = set(pieces.values_list("pk", flat=True))
    for some in _chunks(sorted(held)):
        list(Post.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))
    indexing.hold_names()
    tags = Tag.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    found = {tag.pk: tag for tag in tags}
    return found if held >= set(pieces.values_list("pk", flat=True)) else None


def _find_again(tag: Tag) -> None:
    """Make the indexes say of all held pieces of a tag what their live wordings say, many at a time."""
    others = indexing.other_names()
    posts = Post.objects.live().filter(tagged__tag=tag).select_related("live").order_by("pk")
    said = posts.only("section", "published_at", "live__tags", "live__section")
    for some in _chunks(list(posts.values_list("pk", flat=True))):
        found, sections = list(said.filter(pk__in=some)), defaultdict(list)
        known = indexing.tags_by_name(name for post in found for name in post.live.tags)
        wrong = {
            (row.content_object_id, row.tag_id): row.pk for row in TaggedPost.objects.filter(content_object__in=some)
        }
        rows = []
        for post in found:
            tags = list(dict.fromkeys(known[rendering.same_name(name)] for name in post.live.tags))
            rows += indexing.tagged_rows(post, [one for one in tags if not wrong.pop((post.pk, one.pk), None)])
            section = indexing.section_among(tags, post.live, others)
            if post.section_id != (section and section.pk):
                sections[section].append(post.pk)
        TaggedPost.objects.filter(pk__in=wrong.values()).delete()
        TaggedPost.objects.bulk_create(rows)
        for section, keys in sections.items():
            Post.objects.filter(pk__in=keys).update(section=section)


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    """As many at a time as a question may name."""
    return (keys[start : start + MANY] for start in range(0, len(keys), MANY))


def _bearing(tag: Tag, folded: str) -> bool:
    """Does a live piece that is found under this tag bear this name?"""
    said = Revision.objects.filter(pk__in=Post.objects.live().filter(tagged__tag=tag).values("live"))
    return any(folded in map(rendering.same_name, names) for names in said.values_list("tags", flat=True).iterator(500))


def _before(tag: Tag) -> dict[str, Any]:
    kept = ("pk", "name", "slug", "folded", "description")
    return {name: getattr(tag, name) for name in kept} | {"redirects": [], "own": []}


def _act(verb: str, name: str, into: str, by: AbstractBaseUser, details: dict[str, Any]) -> TagAct:
    return TagAct.objects.create(
        verb=verb, name=name, into=into, details=details, by=by, by_name=name_of(by), at=timezone.now()
    )


def _send_on(old: str, tag: Tag) -> list[list[str]]:
    """Forward the address of a tag and its feeds; gives what led where before, to be put back."""
    new = tag.get_absolute_url()
    pairs = [(old, new), *((f"{old}{feed}", f"{new}{feed}") for feed in FEEDS)]
    before, after = ({addresses.spelt(one) for one in side} for side in zip(*pairs, strict=True))
    ours = Redirect.objects.filter(site_id=settings.SITE_ID)
    before = ours.filter(new_path__in=before) | ours.filter(old_path__in=before | after)  # what `forward` changes
    kept = [list(row) for row in before.values_list("old_path", "new_path")]
    for one, other in pairs:
        addresses.forward(one, other)
    return [[addresses.spelt(one), ""] for one, _other in pairs] + kept


def _take_back_redirects(kept: list[list[str]], tag: Tag) -> None:
    """Let addresses lead where they led, but for those that lead elsewhere by now than to this tag."""
    here = {addresses.spelt(f"{tag.get_absolute_url()}{end}") for end in ("", *FEEDS)}
    ours = Redirect.objects.filter(site_id=settings.SITE_ID)
    for old, new in kept:
        if not new:
            ours.filter(old_path=old).delete()
        elif not ours.filter(old_path=old).exclude(new_path__in=here).exists():
            ours.update_or_create(old_path=old, defaults={"new_path": new, "site_id": settings.SITE_ID})


def _held(tag: Tag) -> Tag:
    found = Tag.objects.select_for_update().filter(pk=tag.pk).first()
    if found is None:
        raise Refused(_("The tag is not there any more."))
    return found


def _check_free(folded: str, but: Tag | None = None) -> None:
    others = Synonym.objects.filter(folded=folded).select_related("tag")
    taken = Tag.objects.filter(folded=folded).first()
    other = others.exclude(tag=but).first() if but else others.first()
    if taken:
        raise Refused(_("There is a tag “%(tag)s”: merge the two.") % {"tag": taken})
    if other:
        raise Refused(_("That is another name of “%(tag)s”.") % {"tag": other.tag})


def _check_may(by: AbstractBaseUser) -> None:
    if not by.has_perm("blog.change_tag"):
        raise Refused(_("Your account may not do this."))


def _clean(name: str) -> str:
    name = rendering.clean_line(name, revisions.LONGEST_TAG)
    if not name or "," in name:
        raise Unacceptable(_("Write one name, without a comma."))
    return name
