"""What an import found and did, for the person who asked for it and for a program that reads it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from blog import rendering

from . import formats
from .records import Archive, Piece

# Told in full, up to here; the JSON has the rest.
MOST_TOLD = 20
_COMMENT_STATES = {"1": "approved", "0": "pending"}  # WordPress numbers them


@dataclass(frozen=True)
class Skipped:
    """One piece that was not brought in."""

    file: str
    line: int
    id: str
    headline: str
    reason: str
    details: str


@dataclass
class Report:
    """What is found and done while it goes on; `archive` stays None where the files could not be read."""

    files: list[str]
    dry_run: bool = False
    refused: str = ""
    repairs: list[str] = field(default_factory=list)
    created: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    pieces_skipped: list[Skipped] = field(default_factory=list)
    redirects: int = 0
    unkept_addresses: list[str] = field(default_factory=list)
    archive: Archive | None = None
    comments: dict[str, int] = field(default_factory=dict)  # what became of them: brought in, here before, …
    unmatched: list[dict[str, Any]] = field(default_factory=list)  # threads of no piece that is here
    media: bool = False  # were pictures asked for?
    pictures_kept: int = 0
    pictures_lost: dict[str, str] = field(default_factory=dict)  # address → why
    remote: Counter[str] = field(default_factory=Counter)  # by host, pictures that stand elsewhere
    without_pictures: list[dict[str, str]] = field(default_factory=list)  # pieces that were here, and stay as they are

    def skip(self, piece: Piece, reason: str, details: str) -> None:
        self.pieces_skipped.append(
            Skipped(piece.file, piece.line, piece.source_id, piece.headline, reason, details[:300])
        )

    def counts(self) -> tuple:
        """What a transaction may have to take back."""
        return Counter(self.created), len(self.pieces_skipped), self.redirects, len(self.unkept_addresses)

    def restore(self, counts: tuple) -> None:
        self.created, skipped, self.redirects, unkept = counts
        del self.pieces_skipped[skipped:]
        del self.unkept_addresses[unkept:]

    def as_json(self) -> dict[str, Any]:
        if self.refused:
            return {"files": self.files, "dry_run": self.dry_run, "refused": self.refused}
        archive = self.archive
        pieces = archive.pieces.values()
        skipped = archive.skipped + Counter(one.reason for one in self.pieces_skipped)
        return {
            "files": self.files,
            "source": archive.source,
            "dry_run": self.dry_run,
            "refused": "",
            "posts": dict(archive.posts),
            "pages": dict(archive.pages),
            "comments": dict(archive.discussion.states),
            "replies": archive.discussion.replies(),
            "max_depth": archive.discussion.depth(),
            "comments_brought": self.comments.get("brought", 0),
            "comments_unchanged": self.comments.get("known", 0),
            "comments_notes": {name: many for name, many in self._of_comments().items() if many},
            "comments_unknown": dict(archive.discussion.unknown),
            "unmatched_threads": self.unmatched,
            "authors": len({person.name.casefold() for piece in pieces for person in piece.people}),
            "tags": len({label.name.casefold() for piece in pieces for label in piece.labels}),
            "redirects": self.redirects,
            "created": _by_kind(self.created),
            "unchanged": _by_kind(self.unchanged),
            "skipped": dict(skipped),
            "skipped_pieces": [vars(one) for one in self.pieces_skipped],
            "repairs": [*dict.fromkeys(self.repairs), *sorted(archive.repairs)],
            "repaired": dict.fromkeys(self.repairs, 1) | dict(archive.repairs),
            "unkept_addresses": self.unkept_addresses,
            "pictures_kept": self.pictures_kept,
            "pictures_not_fetched": [{"address": one, "reason": why} for one, why in self.pictures_lost.items()],
            "remote_pictures": {"how_many": self.remote.total(), "hosts": dict(self.remote.most_common())},
            "pieces_left_without_pictures": self.without_pictures,
        }

    def _of_comments(self) -> dict[str, int]:
        found = self.archive.discussion
        return {
            "pingbacks and trackbacks": found.pings,
            "same comment twice": found.twice,
            "same id for two comments": found.same_key,
            "stand under nothing that was brought in": self.comments.get("without_post", 0),
            "answer nothing that is there, and begin a conversation": self.comments.get("set_free", 0),
            "hold nothing that can be shown, or too much": self.comments.get("refused", 0),
            "were removed there, and nothing stands below them": self.comments.get("left_out", 0),
            "pingbacks and trackbacks passed over": self.comments.get("passed_over", 0),
        }

    def as_text(self) -> str:
        """For a terminal: nothing in a file may move its cursor or turn its lines round."""
        refused = f"Refused, and nothing was changed. {self.refused}"
        text = refused if self.refused else "\n".join(self._lines())
        return rendering.INVISIBLE.sub("", rendering.CONTROLS.sub("", text))

    def _lines(self):
        facts, archive = self.as_json(), self.archive
        if self.dry_run:
            yield "This was a dry run: nothing was written. It would have been:"
        if archive.source != formats.DISQUS:
            yield from self._pieces(facts)
        yield from self._discussion(facts)
        yield from _list("Skipped", facts["skipped"])
        for one in self.pieces_skipped[:MOST_TOLD]:
            yield f"  {one.file}, line {one.line}: “{one.headline[:60]}” ({one.id}): {one.reason}. {one.details}"
        if len(self.pieces_skipped) > MOST_TOLD:
            yield f"  … and {len(self.pieces_skipped) - MOST_TOLD} more: see the report file"
        yield from _list("Repairs", facts["repaired"])
        if self.unkept_addresses:
            yield f"{'Too long':<12}{len(self.unkept_addresses)} old addresses could not be forwarded:"
            yield from (f"  {path}" for path in self.unkept_addresses[:MOST_TOLD])

    def _pieces(self, facts):
        yield _line("Posts", facts["posts"])
        yield _line("Pages", facts["pages"])
        yield f"{'Brought in':<12}{_kinds(self.created)}; {_kinds(self.unchanged)} were here before"
        yield f"{'Bylines':<12}{facts['authors']}"
        yield f"{'Tags':<12}{facts['tags']}"
        yield f"{'Addresses':<12}{self.redirects} old ones are forwarded"
        yield from self._pictures()

    def _pictures(self):
        if self.media and not self.dry_run:
            yield f"{'Pictures':<12}{self.pictures_kept} kept here"
        if self.remote:
            hosts = ", ".join(f"{host} ({number})" for host, number in self.remote.most_common(5))
            more = f" and {len(self.remote) - 5} more" if len(self.remote) > 5 else ""
            yield f"{'Elsewhere':<12}{self.remote.total()} pictures stand where they always stood: {hosts}{more}"
            if not self.media:
                yield f"{'':<12}The same command with --media brings them here."
        for address, why in list(self.pictures_lost.items())[:MOST_TOLD]:
            yield f"  {address[:200]}: {why}"
        if len(self.pictures_lost) > MOST_TOLD:
            yield f"  … and {len(self.pictures_lost) - MOST_TOLD} more: see the report file"
        for one in self.without_pictures[:MOST_TOLD]:
            yield f"  “{one['headline'][:60]}” stays without pictures of its own: {one['reason']}"
        if len(self.without_pictures) > MOST_TOLD:
            yield f"  … and {len(self.without_pictures) - MOST_TOLD} more: see the report file"

    def _discussion(self, facts):
        if not facts["comments"]:
            return
        comments = {_COMMENT_STATES.get(state, state): number for state, number in facts["comments"].items()}
        yield _line("Comments", comments) + f"; {facts['replies']} replies, {facts['max_depth']} deep"
        yield f"{'':<12}{facts['comments_brought']} brought in; {facts['comments_unchanged']} were here before"
        yield from _list("Of these", facts["comments_notes"])
        yield from _list("Unknown", {f"“{state}”": many for state, many in facts["comments_unknown"].items()})
        if facts["comments_unknown"]:
            yield f"{'':<12}Comments of a state or type that nobody knows wait for a moderator."
        if self.unmatched:
            yield f"{'No piece':<12}{len(self.unmatched)} threads stand under nothing that is here:"
            for one in self.unmatched[:MOST_TOLD]:
                yield f"  {one['address'] or '(no address)'} “{one['title'][:60]}”: {one['comments']} comments"
            if len(self.unmatched) > MOST_TOLD:
                yield f"  … and {len(self.unmatched) - MOST_TOLD} more: see the report file"


def _by_kind(counts: Counter[str]) -> dict[str, int]:
    return {"posts": counts["post"], "pages": counts["page"]}


def _kinds(counts: Counter[str]) -> str:
    return f"{counts['post']} posts and {counts['page']} pages"


def _line(name: str, states: dict[str, int]) -> str:
    told = ", ".join(f"{number} {state}" for state, number in states.items())
    return f"{name:<12}{sum(states.values())}" + (f" ({told})" if told else "")


def _list(name: str, counts: dict[str, int]):
    if counts:
        yield f"{name:<12}" + ", ".join(f"{what} ({number})" for what, number in sorted(counts.items()))
