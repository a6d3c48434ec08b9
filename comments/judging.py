"""What becomes of a new comment: seen at once, read by a moderator before, or put to spam; and why.

    accounts of staff                            seen at once, whatever the rules say
    the spam check says spam                     put to spam
    a field is filled in that people do not see  put to spam; of a known writer it waits
    policy "waits"                               waits
    policy "known", and it is a first comment    waits
    a first comment links to a site not seen     waits
    too many links, a refused site, listed words,
    a name like one of the house, a flood, an odd
    form, an address that is not known,
    a spam check that does not answer            waits
    anything else                                seen at once

"Known" is a writer of whom readers see a comment already. Nothing is thrown away: spam can be looked through.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog import rendering
from blog.models import Edition, Post

from . import names, sites, words
from .models import Ban, Comment, CommentQuerySet, HouseRules, ListedWord

Fact = list[Any]  # a code, and what goes with it, as JSON takes it

FLOOD_WITHIN = timedelta(hours=1)
NO_TIME, TOO_QUICK, HIDDEN_FIELD = "no_time", "too_quick", "hidden_field"  # oddities of a form
SPAM, AWAY = "spam", "away"  # what the spam check may have said

State, Policy = Comment.State, HouseRules.Policy


@dataclass(frozen=True)
class Draft:
    """A comment that is not stored yet, with what is known of where it comes from."""

    post: Post
    user: Any  # None for a guest
    name: str
    email: str
    text: str
    html: str  # clean
    writer: str  # `writers.writer_key`
    address: str  # `limits.address_key`
    answers_id: int | None
    at: datetime
    oddities: tuple[str, ...] = ()  # of the form: NO_TIME, TOO_QUICK, HIDDEN_FIELD
    update_id: int | None = None  # the update that was on the screen
    changes_id: int | None = None  # the comment that gets other words: nobody is known by the comment in question

    def is_of_staff(self) -> bool:
        return self.user is not None and self.user.is_active and self.user.is_staff


class Verdict(NamedTuple):
    """The state a new comment gets, and why, for `explain`."""

    state: Comment.State
    facts: list[Fact]


def judge(draft: Draft, *, spam: str | None = None) -> Verdict:
    """What becomes of a comment. `spam` is what `spamcheck.ask` said before the transaction."""
    if draft.is_of_staff():
        return Verdict(State.VISIBLE, [])
    rules = HouseRules.objects.get(pk=1)
    is_first = not _others_of_the_writer(draft).visible().exists()
    speaks_against = [
        *([[spam]] if spam in {SPAM, AWAY} else []),
        *([oddity] for oddity in draft.oddities),
        *_of_the_writer(draft, rules),
        *_of_the_words(draft),
    ]
    of_the_links, links_speak_against = _of_the_links(draft, rules, is_first)
    facts = [*([["first"]] if is_first else []), *speaks_against, *of_the_links]
    if spam == SPAM or (HIDDEN_FIELD in draft.oddities and is_first):
        return Verdict(State.SPAM, facts)
    policy = rules.policy_under(draft.post)
    by_policy = policy in {Policy.WAITS, Policy.CLOSED} or (policy == Policy.KNOWN and is_first)
    waits = by_policy or speaks_against or links_speak_against
    return Verdict(State.WAITING if waits else State.VISIBLE, facts)


def ban_of(draft: Draft) -> Ban | None:
    """The ban that keeps this writer out, the one that ends last; of staff only one of the account."""
    kinds = Q(pk__in=[])
    if draft.user is not None:
        kinds |= Q(kind=Ban.Kind.ACCOUNT, value=str(draft.user.pk))
    if draft.address and not draft.is_of_staff():
        kinds |= Q(kind=Ban.Kind.ADDRESS, value=draft.address)
    if (look := names.skeleton(draft.name)) and not draft.is_of_staff():
        kinds |= Q(kind=Ban.Kind.NAME, value=look)
    return Ban.objects.in_force(draft.at).filter(kinds).order_by("-until", "-pk").first()


def policy_of(post: Post) -> tuple[str, datetime | None]:
    """Which comments under this post readers see at once, and until when any are taken (None: for ever)."""
    policy = HouseRules.objects.get(pk=1).policy_under(post)
    days = Edition.objects.values_list("discussion_days", flat=True).get(pk=1)
    return policy, post.discussion_ends_at(days)


def is_open(post: Post, at: datetime) -> bool:
    """Are new comments taken under this post?"""
    policy, ends_at = policy_of(post)
    return post.is_live() and policy != Policy.CLOSED and (ends_at is None or at < ends_at)


def explain(facts: list[Fact]) -> list[str]:
    """The facts of a verdict as sentences for moderators."""
    return [_SENTENCES[code](*rest) for code, *rest in facts if code in _SENTENCES]


def matches(facts: list[Fact]) -> list[str]:
    """What of the comment a rule found, as it stands there: words, and names of sites."""
    found = []
    for code, *rest in facts:
        if code == "words":
            found += rest[1]
        elif code == "refused_sites":
            found += rest[0]
    return found


# What speaks against a comment


def _of_the_writer(draft: Draft, rules: HouseRules) -> Iterator[Fact]:
    if not draft.address:
        yield ["no_address"]
    if like := names.likeness(draft.name, user=draft.user):
        yield [f"like_{like.kind}", like.whose]
    lately = _others_of_the_writer(draft).filter(created_at__gt=draft.at - FLOOD_WITHIN).count()
    if lately >= rules.flood_count:
        yield ["flood", lately + 1]


def _others_of_the_writer(draft: Draft) -> CommentQuerySet:
    return Comment.objects.written_by(draft.writer).exclude(pk=draft.changes_id)


def _of_the_words(draft: Draft) -> Iterator[Fact]:
    listed = dict(ListedWord.objects.order_by("list_name", "word").values_list("folded", "list_name"))
    by_list: dict[str, list[str]] = {}
    # The name as well: it is the favourite place of advertising.
    for hit in words.find(f"{rendering.plain(draft.html)}\n{draft.name}", list(listed)):
        by_list.setdefault(listed[hit.folded], []).append(hit.written)
    for list_name, written in by_list.items():
        yield ["words", list_name, written]


def _of_the_links(draft: Draft, rules: HouseRules, is_first: bool) -> tuple[list[Fact], bool]:
    """Facts about the links, and whether they speak against the comment: a known writer may bring a new site."""
    links = sites.links_of(draft.html)
    facts: list[Fact] = []
    if links.count:
        facts.append(["links", links.count, links.unseen])
    if links.count > rules.most_links:
        facts.append(["many_links", rules.most_links])
    if links.refused:
        facts.append(["refused_sites", links.refused])
    return facts, links.count > rules.most_links or bool(links.refused) or (is_first and bool(links.unseen))


# How the facts are told


def _links(count: int, unseen: list[str]) -> str:
    numbers = {"count": count, "new": len(unseen)}
    if not unseen:
        told = ngettext("%(count)d link, to a site seen before.", "%(count)d links, to sites seen before.", count)
    elif count == 1:
        told = _("1 link, to a site not seen before.")
    else:
        told = ngettext(
            "%(count)d links, %(new)d site not seen before.",
            "%(count)d links, %(new)d sites not seen before.",
            len(unseen),
        )
    return told % numbers


def _words(list_name: str, written: list[str]) -> str:
    count = len(written)
    if list_name:
        told = ngettext(
            "Matches %(count)d word on the list “%(list)s”.", "Matches %(count)d words on the list “%(list)s”.", count
        )
    else:
        told = ngettext("Matches %(count)d listed word.", "Matches %(count)d listed words.", count)
    return told % {"count": count, "list": list_name}


def _many_links(most: int) -> str:
    told = ngettext("More than %(count)d link is too many.", "More than %(count)d links are too many.", most)
    return told % {"count": most}


_SENTENCES = {
    "first": lambda: _("First comment."),
    SPAM: lambda: _("The spam check says that it is spam."),
    AWAY: lambda: _("The spam check did not answer."),
    NO_TIME: lambda: _("Came without the form’s time."),
    TOO_QUICK: lambda: _("Written in less time than it takes to read the page."),
    HIDDEN_FIELD: lambda: _("Filled in a field that people do not see."),
    "no_address": lambda: _("Where it comes from is not known."),
    "like_person": lambda whose: _("The name looks like that of %(name)s.") % {"name": whose},
    "like_site": lambda whose: _("The name looks like that of this site."),
    "like_role": lambda word: _("The name has a word that is for staff: “%(word)s”.") % {"word": word},
    "flood": lambda count: _("%(count)d comments within an hour.") % {"count": count},
    "words": _words,
    "links": _links,
    "many_links": _many_links,
    "refused_sites": lambda hosts: _("Leads to a site that is refused: %(sites)s.") % {"sites": ", ".join(hosts)},
}
