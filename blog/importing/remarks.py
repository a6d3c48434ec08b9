"""The comments of an export, as plain values: read once, kept on disk, given back by whole conversations.

There may be millions. So what is in memory of each is two numbers; the rest lies in a database of its own that SQLite
deletes by itself, however the process ends.
"""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

A_PART = 5_000  # comments given at a time, but for a conversation that is longer
_AT_ONCE = 1_000
_CACHE = -16_384  # of the database on disk, in KiB


class Fate(StrEnum):
    """What readers see of a comment here. Nothing but what was approved there is seen here."""

    SHOWN = "shown"
    WAITING = "waiting"
    HIDDEN = "hidden"  # with its words, for moderators
    SPAM = "spam"
    GONE = "gone"  # no more than that there was one, and that only where something stands below it


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment as an export has it, `html` in the export's own dialect."""

    key: str  # how the export names it; unique within its source
    parent: str  # the key of what it answers, or ""
    piece: str  # what it stands under, as the export names that
    fate: str
    written_at: str  # ISO, in UTC; "" where nobody knows
    name: str = ""
    html: str = ""
    email: str = ""
    address: str = ""
    writer: str = ""  # what tells whether it was one of the blog's own authors
    other_key: str = ""  # how another export names the same comment
    is_ping: bool = False  # another site's notice that it links here; no part of a conversation
    file: int = 0  # which of several

    def moment(self) -> datetime | None:
        return datetime.fromisoformat(self.written_at) if self.written_at else None


_COLUMNS = list(Remark.__dataclass_fields__)
_VALUES = attrgetter(*_COLUMNS)


class Discussion:
    """All comments of an archive. `add` them, then ask; `html_of` makes HTML of the export's dialect."""

    def __init__(self, html_of: Callable[[str], str] = lambda body: body):
        self.html_of = html_of
        self.states: Counter[str] = Counter()  # in the source's own words
        self.unknown: Counter[str] = Counter()  # of them those that nobody knows: they wait for a moderator
        self.pings = 0
        self.twice = 0  # the same comment once more
        self.same_key = 0  # another one under the key of one before
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute(f"PRAGMA cache_size = {_CACHE}")
        self._rows.execute("PRAGMA journal_mode = OFF")
        columns = ", ".join(f"{name} NOT NULL" for name in _COLUMNS)
        self._rows.execute(f"CREATE TABLE remark (n INTEGER PRIMARY KEY, {columns}, twin INTEGER NOT NULL DEFAULT 0)")
        self._pending: list[Remark] = []
        self._parents: array | None = None  # by number; 0: it answers nothing of this export

    def add(self, remark: Remark, state: str, *, known: bool = True) -> None:
        """Keep a comment, and count it under its state; one of a state that is not `known` is counted twice over."""
        state = state[:40]
        self.states[state] += 1
        if not known:
            self.unknown[state] += 1
        self._pending.append(remark)
        if len(self._pending) >= _AT_ONCE:
            self._write()

    def count(self) -> int:
        """How many there are to be brought in."""
        self._settle()
        return self._rows.execute("SELECT COUNT(*) FROM remark").fetchone()[0]

    def replies(self) -> int:
        """Comments that answer another comment of the same export."""
        self._settle()
        return sum(1 for parent in self._parents if parent)

    def depth(self) -> int:
        """1 where all comments stand at the top, 0 where there are none; circles end where they close."""
        self._settle()
        depths = array("i", [0]) * len(self._parents)
        for (start,) in self._rows.execute("SELECT n FROM remark WHERE NOT twin"):
            if depths[start]:
                continue
            way = self._way(start, depths)
            depth = depths[self._parents[way[-1]]]
            for one in reversed(way):
                depth += 1
                depths[one] = depth
        return max(depths, default=0)

    def pieces(self) -> Iterator[tuple[str, int]]:
        """What comments stand under, and how many, in the order of the files."""
        self._settle()
        yield from self._rows.execute("SELECT piece, COUNT(*) FROM remark GROUP BY piece ORDER BY MIN(n)").fetchall()

    def under(self, piece: str) -> Iterator[list[Remark]]:
        """The comments of a piece: all at once, or where there are many by whole conversations, the oldest first."""
        self._settle()
        numbers = self._rows.execute("SELECT n FROM remark WHERE piece = ? ORDER BY n", [piece])
        numbers = array("q", (n for (n,) in numbers))
        if len(numbers) <= A_PART:
            yield self._remarks(numbers)
            return
        part = array("q")
        for conversation in self._conversations(numbers, piece):
            if part and len(part) + len(conversation) > A_PART:
                yield self._remarks(part)
                part = array("q")
            part.extend(conversation)
        yield self._remarks(part)

    def _remarks(self, numbers: array) -> list[Remark]:
        found = []
        for start in range(0, len(numbers), _AT_ONCE):
            some = ", ".join(map(str, numbers[start : start + _AT_ONCE]))
            rows = self._rows.execute(f"SELECT {', '.join(_COLUMNS)} FROM remark WHERE n IN ({some}) ORDER BY n")
            found += [Remark(*row) for row in rows]
        return found

    def _conversations(self, numbers: array, piece: str) -> list[array]:
        """Those that stand in one conversation together; by the time of the first."""
        tops = array("q", [0]) * len(self._parents)
        found: dict[int, array] = {}
        for n in numbers:
            way = self._way(n, tops)
            above = self._parents[way[-1]]
            top = tops[above] if above and tops[above] else min(way)
            for one in way:
                tops[one] = top
            found.setdefault(tops[n], array("q")).append(n)
        times = dict(self._rows.execute("SELECT n, written_at FROM remark WHERE piece = ?", [piece]))
        order = sorted(found, key=lambda top: (times.get(top, ""), top))
        return [found[top] for top in order]

    def _way(self, start: int, known: array) -> list[int]:
        """From a comment upwards, to the first one that is known, to the top, or once round a circle."""
        way, passed = [start], {start}
        while (above := self._parents[way[-1]]) and not known[above] and above not in passed:
            way.append(above)
            passed.add(above)
        return way

    def _write(self) -> None:
        names, marks = ", ".join(_COLUMNS), ", ".join("?" * len(_COLUMNS))
        self._rows.execute("BEGIN")
        self._rows.executemany(f"INSERT INTO remark ({names}) VALUES ({marks})", map(_VALUES, self._pending))
        self._rows.execute("COMMIT")
        self._pending = []
        self._parents = None

    def _settle(self) -> None:
        """Once all are in: none is there twice, and it is known who answers whom."""
        if self._pending:
            self._write()
        if self._parents is not None:
            return
        self._rows.execute("CREATE INDEX IF NOT EXISTS by_key ON remark (key)")
        self._rows.execute("CREATE INDEX IF NOT EXISTS by_piece ON remark (piece)")
        self._tell_twins_apart()
        (last,) = self._rows.execute("SELECT COALESCE(MAX(n), 0) FROM remark").fetchone()
        self._parents = array("q", [0]) * (last + 1)
        for n, above in self._rows.execute(
            "SELECT one.n, above.n FROM remark one JOIN remark above ON above.key = one.parent "
            "WHERE one.parent <> '' AND one.parent <> one.key AND NOT one.twin"
        ):
            self._parents[n] = above

    def _tell_twins_apart(self) -> None:
        """One comment that is there twice is one; two that have one key in one file are two (made by hand)."""
        again, renamed = [], []
        last, seen = None, []
        for key, n, file, *looks in self._rows.execute(
            "SELECT key, n, file, piece, written_at, name, html FROM remark "
            "WHERE key IN (SELECT key FROM remark GROUP BY key HAVING COUNT(*) > 1) ORDER BY key, n"
        ):
            if key != last:
                last, seen = key, []
            if looks in [known for _file, known in seen] or any(known != file for known, _looks in seen):
                again.append((n,))
                continue
            seen.append((file, looks))
            if len(seen) > 1:
                renamed.append((f"{key[:190]}~{len(seen)}", n))
        self._rows.executemany("DELETE FROM remark WHERE n = ?", again)
        self._rows.executemany("UPDATE remark SET key = ?, twin = 1 WHERE n = ?", renamed)
        self.twice += len(again)
        self.same_key += len(renamed)
