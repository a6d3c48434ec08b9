"""A large archive, made by the database itself: the rows are true to form, but were never written by anybody."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

from blog import adopting
from blog.models import Post
from blog.revisions import Content

SAMPLE = 1_000  # pieces written through the verbs; the rest are copies of them with other keys, slugs and times
END = datetime(2026, 6, 30, 23, tzinfo=UTC)
A_DAY = 16  # pieces; an archive grows by days, not by fuller ones
WORDS = (
    "harbour authority bridge bearing crack inspection ferry council budget vote library school bus timetable market "
    "valley river frost orchard storm power station hospital clinic nurse teacher report figures committee chair "
    "minutes meeting protest permit contractor tender bid cost delay opening closure weight limit survey engineer"
).split()


def sample() -> None:
    """The newest thousand pieces: about 600 words, five tags, sixteen a day."""
    by = person()
    for batch in range(0, SAMPLE, 100):
        adopt(range(batch, batch + 100), by=by)


def person() -> AbstractBaseUser:
    """Who writes all of it."""
    users = get_user_model().objects
    return users.filter(username="bench").first() or users.create_superuser("bench")


def adopt(numbers: Iterable[int], *, by: AbstractBaseUser) -> list[Post]:
    """Pieces of these numbers, each other than the others, as an import brings them in."""
    return adopting.adopt_many([_arrival(number) for number in numbers], by=by)


def grow(to: int) -> None:
    """Copies until there are `to` pieces, each thousand older than the one before; the words of a copy are those of
    its model, with its number among them."""
    with connection.cursor() as cursor:
        for statement in _COPIES:
            cursor.execute(statement, {"most": to, "sample": SAMPLE})
        cursor.execute("ANALYZE")
    assert Post.objects.live().count() == to


def _arrival(number: int) -> adopting.Arrival:
    def word(at: int) -> str:
        return WORDS[(number * 7 + at * (3 + number % 11)) % len(WORDS)]

    paragraphs = [" ".join(word(start + at) for at in range(60)) for start in range(0, 600, 60)]
    content = Content(
        headline=f"The {word(1)} of the {word(2)} and the {word(3)}, part {number}",
        standfirst=" ".join(word(at) for at in range(20)),
        body="".join(f"<p>{text.capitalize()}.</p>" for text in paragraphs) + f"<p>Case number zz{number:06}.</p>",
        tags=tuple(f"topic {(number * step) % 40}" for step in range(1, 6)),
        section=f"topic {number % 40}",
        sources=tuple(
            {"outlet": "Harbour authority", "title": f"Notice {at}", "url": "https://harbour.example/"}
            for at in range(4)
        ),
    )
    return adopting.Arrival(
        content, published_at=END - timedelta(hours=24 / A_DAY * number), source="bench", source_id=str(number)
    )


_NUMBERED = """
    SELECT model.*, copy.n FROM generate_series(%(sample)s + 1, %(most)s) AS copy(n)
    JOIN (SELECT p.*, row_number() OVER (ORDER BY p.id) AS row FROM blog_post p WHERE p.source = 'bench') model
      ON model.row = 1 + (copy.n %% %(sample)s)
    WHERE NOT EXISTS (SELECT 1 FROM blog_post seen WHERE seen.source = 'copy' AND seen.source_id = copy.n::text)
"""
_CASE = "regexp_replace({}, 'zz[0-9]+', 'zz' || lpad(copy.source_id, 6, '0'))"
_BACK = f"(copies.n / %(sample)s) * interval '{24 / A_DAY * SAMPLE} hours'"
_THEN = f"(published_at - {_BACK})"
_COPIES = [
    f"""INSERT INTO blog_post (key, kind, slug, published_on, published_at, stage, coverage, sequence, version,
                               section_id, source, source_id, discussion, promise, update_count, notices,
                               public_sequence, text_sequence, step)
        SELECT gen_random_uuid(), kind, slug || '-' || n, ({_THEN} AT TIME ZONE 'UTC')::date, {_THEN},
               stage, coverage, sequence, version, section_id, 'copy', n::text, discussion,
               promise, update_count, notices, public_sequence, text_sequence, step
        FROM ({_NUMBERED}) copies""",
    f"""INSERT INTO blog_revision (post_id, number, by_id, by_name, chain_hash, created_at, note, kind, headline,
               standfirst, body, summary, tags, section, byline, sources, image, excerpt, words, content_hash)
        SELECT copy.id, 1, r.by_id, r.by_name, r.chain_hash, copy.published_at, r.note, r.kind,
               r.headline || ' ' || copy.source_id, r.standfirst, {_CASE.format("r.body")},
               r.summary, r.tags, r.section, r.byline, r.sources, r.image, r.excerpt, r.words, r.content_hash
        FROM blog_post copy
        JOIN blog_post model ON model.source = 'bench' AND model.source_id = ((copy.source_id::int) %% %(sample)s)::text
        JOIN blog_revision r ON r.id = model.live_id
        WHERE copy.source = 'copy' AND copy.head_id IS NULL AND %(most)s > 0""",
    """UPDATE blog_post SET head_id = r.id, live_id = r.id FROM blog_revision r
        WHERE r.post_id = blog_post.id AND blog_post.head_id IS NULL AND %(most)s > 0 AND %(sample)s > 0""",
    """INSERT INTO blog_taggedpost (tag_id, content_object_id, published_at)
        SELECT t.tag_id, copy.id, copy.published_at FROM blog_post copy
        JOIN blog_post model ON model.source = 'bench' AND model.source_id = ((copy.source_id::int) %% %(sample)s)::text
        JOIN blog_taggedpost t ON t.content_object_id = model.id
        WHERE copy.source = 'copy' AND %(most)s > 0
          AND NOT EXISTS (SELECT 1 FROM blog_taggedpost seen WHERE seen.content_object_id = copy.id)""",
    f"""INSERT INTO blog_searchentry (post_id, published_at, headline, standfirst, body)
        SELECT copy.id, copy.published_at, e.headline || ' ' || copy.source_id, e.standfirst,
               {_CASE.format("e.body")}
        FROM blog_post copy
        JOIN blog_post model ON model.source = 'bench' AND model.source_id = ((copy.source_id::int) %% %(sample)s)::text
        JOIN blog_searchentry e ON e.post_id = model.id
        WHERE copy.source = 'copy' AND %(most)s > 0
          AND NOT EXISTS (SELECT 1 FROM blog_searchentry seen WHERE seen.post_id = copy.id)""",
]
