"""Pages of a thread: all of them together are the thread, and each says no more than readers may see."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from comments import threads
from comments.models import Comment, Spot
from tests.factories import NOON, make_comment, make_live_post

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("newest", [False, True], ids=["oldest", "newest"])


@pytest.fixture
def of_three(monkeypatch):
    """Pages of three comments, so that small threads have several."""
    monkeypatch.setattr(threads, "SIZE", 3)
    monkeypatch.setattr(threads, "CONTEXT", 1)


def grown(post, seed, size):
    """A thread in which some answer each other, some conversations began in one second, and some is gone."""
    chance = random.Random(seed)
    known = []
    for number in range(size):
        answers = chance.choice(known) if known and chance.random() < 0.75 else None
        at = NOON + timedelta(seconds=number // 3)
        known.append(make_comment(post, name=f"reader {number}", answers=answers, created_at=at))
    gone = chance.sample(known, size // 4)
    for comment in gone:
        state = chance.choice(["removed", "withdrawn", "held", "spam"])
        Comment.objects.filter(pk=comment.pk).update(state=state, placed=comment.get_children().exists())
    return Comment.objects.placed()


def in_order(post, newest):
    """The whole thread by walking from parents to answers: the numbers of the tree are not asked."""
    rows = list(Comment.objects.under(post).placed())
    by_parent = {}
    for row in sorted(rows, key=lambda row: (row.created_at, row.pk)):
        by_parent.setdefault(row.parent_id, []).append(row)
    found, waiting = [], by_parent.get(None, [])[:: 1 if newest else -1]
    while waiting:
        row = waiting.pop()
        found.append(row.pk)
        waiting += reversed(by_parent.get(row.pk, []))
    return found


def all_pages(post, newest):
    pages = [threads.page_of(post, newest=newest)]
    while pages[-1].following:
        spot = threads.read(threads.spell(pages[-1].following))
        pages.append(threads.page_of(post, newest=newest, start=spot))
    return pages


def ids(page):
    return [row.id for row in page.rows]


@BOTH
@pytest.mark.parametrize(("seed", "size"), [(1, 0), (2, 1), (3, 3), (4, 4), (5, 7), (6, 19), (7, 40)])
def test_the_pages_together_are_the_thread_in_order(of_three, newest, seed, size):
    post = make_live_post()
    grown(post, seed, size)
    pages = all_pages(post, newest)
    assert [pk for page in pages for pk in ids(page)] == in_order(post, newest)
    assert all(len(page.rows) == 3 for page in pages[:-1])
    assert [page.is_first for page in pages] == [True] + [False] * (len(pages) - 1)


@BOTH
@pytest.mark.parametrize("seed", [11, 12])
def test_the_way_back_leads_over_the_same_pages(of_three, newest, seed):
    post = make_live_post()
    grown(post, seed, 20)
    pages = all_pages(post, newest)
    for before, page in itertools.pairwise(pages[1:]):
        assert ids(threads.page_of(post, newest=newest, start=page.previous)) == ids(before)
    assert pages[0].previous is None
    assert pages[1].previous is None  # the first page has no other address than the post


@BOTH
@pytest.mark.parametrize("seed", [21, 22])
def test_every_comment_is_on_the_page_asked_for_by_its_number(of_three, newest, seed):
    post = make_live_post()
    for comment in grown(post, seed, 20):
        page = threads.page_of(post, newest=newest, holding=comment.pk)
        assert page.holds(comment.pk)
        whole = in_order(post, newest)
        start = whole.index(ids(page)[0])
        assert ids(page) == whole[start : start + 3]
        assert page.is_first == (start == 0)
        if not page.is_first:
            before = threads.page_of(post, newest=newest, start=page.previous)
            assert ids(before) == whole[max(0, start - 3) : max(0, start - 3) + 3]


def test_a_page_for_one_comment_begins_with_its_conversation_where_that_fits(monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 4)
    monkeypatch.setattr(threads, "CONTEXT", 2)
    post = make_live_post()
    for number in range(6):
        make_comment(post, created_at=NOON + timedelta(minutes=number))
    first = make_comment(post, created_at=NOON + timedelta(hours=1))
    answers = [make_comment(post, answers=first) for _ in range(9)]
    assert ids(threads.page_of(post, holding=first.pk))[0] == first.pk
    assert ids(threads.page_of(post, holding=answers[2].pk))[0] == first.pk
    assert ids(threads.page_of(post, holding=answers[7].pk))[:3] == [answers[5].pk, answers[6].pk, answers[7].pk]


def test_a_comment_that_is_not_there_gives_the_first_page(of_three):
    post, other = make_live_post(), make_live_post("Another")
    for _ in range(5):
        make_comment(post)
    hidden = make_comment(post, state="waiting")
    elsewhere = make_comment(other)
    first = ids(threads.page_of(post))
    for number in (hidden.pk, elsewhere.pk, 10**17):
        assert ids(threads.page_of(post, holding=number)) == first


def test_a_spot_that_has_gone_begins_at_what_comes_after_it(of_three):
    post = make_live_post()
    comments = [make_comment(post, created_at=NOON + timedelta(minutes=number)) for number in range(7)]
    spot = comments[3].spot()
    Comment.objects.filter(pk=comments[3].pk).update(state="spam", placed=False)
    assert ids(threads.page_of(post, start=spot)) == [comment.pk for comment in comments[4:7]]
    beyond = Spot(NOON + timedelta(days=1), 1, 1)
    assert ids(threads.page_of(post, start=beyond)) == []
    assert not threads.page_of(post, start=beyond).is_first


def test_what_readers_do_not_see_has_no_place():
    post = make_live_post()
    seen = make_comment(post)
    for state in ("waiting", "held", "removed", "withdrawn", "spam"):
        make_comment(post, state=state)
    make_comment(make_live_post("Another"))
    assert ids(threads.page_of(post)) == [seen.pk]


# Lists that open and close


def outline(page):
    """The page as nested lists of names, read from what opens and closes as a browser would."""
    top = []
    stack = [top]
    for row in page.rows:
        stack[-1].append(row.name)
        if row.opens:
            stack[-1].append([])
            stack.append(stack[-1][-1])
        for _fold in row.closes:
            stack.pop()
    assert stack == [top]
    return top


def test_answers_stand_in_lists_below_what_they_answer():
    post = make_live_post()
    a = make_comment(post, name="a", created_at=NOON)
    b = make_comment(post, name="b", answers=a)
    make_comment(post, name="c", answers=b)
    make_comment(post, name="d", answers=a)
    make_comment(post, name="e", created_at=NOON + timedelta(hours=1))
    assert outline(threads.page_of(post)) == ["a", ["b", ["c"], "d"], "e"]
    assert outline(threads.page_of(post, newest=True)) == ["e", "a", ["b", ["c"], "d"]]


def test_from_the_deepest_level_on_answers_stand_beside_one_another_and_say_whom_they_answer():
    post = make_live_post()
    chain = [make_comment(post, name="0")]
    for number in range(1, 30):
        chain.append(make_comment(post, name=str(number), answers=chain[-1]))
    page = threads.page_of(post)
    assert outline(page) == ["0", ["1", ["2", ["3", [str(number) for number in range(4, 30)]]]]]
    assert [row.answers.name for row in page.rows[1:]] == [str(number) for number in range(29)]


def test_branches_of_three_and_more_fold():
    post = make_live_post()
    a = make_comment(post, name="a", created_at=NOON)
    b = make_comment(post, name="b", answers=a)
    make_comment(post, name="c", answers=b)
    make_comment(post, name="d", answers=a)
    page = threads.page_of(post)
    assert [(row.replies, row.folds) for row in page.rows] == [(3, True), (1, False), (0, False), (0, False)]
    assert [row.closes for row in page.rows] == [[], [], [False], [True]]


def test_a_branch_that_goes_on_says_so(of_three):
    post = make_live_post()
    a = make_comment(post, name="a", created_at=NOON)
    b = make_comment(post, name="b", answers=a)
    make_comment(post, name="c", answers=b)
    make_comment(post, name="d", answers=a)
    make_comment(post, name="e", created_at=NOON + timedelta(hours=1))
    first, second = all_pages(post, newest=False)
    assert [(row.name, row.goes_on) for row in first.rows] == [("a", True), ("b", False), ("c", False)]
    assert outline(second) == ["d", "e"]
    assert (second.continues.name, second.continues.is_here) == ("a", False)
    assert (second.rows[0].answers.name, second.rows[0].answers.is_here) == ("a", False)
    assert first.continues is None


def test_the_next_conversation(of_three):
    post = make_live_post()
    a, b, c, d = (
        make_comment(post, name=name, created_at=NOON + timedelta(hours=at)) for at, name in enumerate("abcd")
    )
    make_comment(post, answers=b)
    first, second = all_pages(post, newest=False)
    leads = [(row.id, row.next_conversation) for row in first.rows]
    assert [(pk, lead and (lead.id, lead.is_here)) for pk, lead in leads] == [
        (a.pk, (b.pk, True)),
        (b.pk, (c.pk, False)),
        (leads[2][0], None),
    ]
    assert [row.next_conversation and row.next_conversation.id for row in second.rows] == [d.pk, None]


# What is told


@pytest.mark.parametrize("state", ["removed", "withdrawn", "held", "spam", "waiting"])
def test_of_what_is_gone_nothing_is_told_but_who_did_it(state):
    post = make_live_post()
    gone = make_comment(post, "secret words", name="Secret", badge="staff")
    make_comment(post, name="b", answers=gone)
    Comment.objects.filter(pk=gone.pk).update(state=state)
    row, answer = threads.page_of(post).rows
    assert (row.name, row.html, row.badge, row.is_gone) == ("", "", "", True)
    assert (answer.answers.name, answer.answers.is_gone) == ("", True)
    assert "ecret" not in repr(threads.page_of(post))


def test_an_answer_to_somebody_gone_on_another_page_does_not_name_him(of_three):
    post = make_live_post()
    gone = make_comment(post, "secret words", name="Secret")
    for _ in range(4):
        make_comment(post, answers=gone)
    Comment.objects.filter(pk=gone.pk).update(state="removed")
    second = all_pages(post, newest=False)[1]
    assert (second.rows[0].answers.id, second.rows[0].answers.is_gone, second.rows[0].answers.name) == (
        gone.pk,
        True,
        "",
    )
    assert "ecret" not in repr(second)


# What it costs


@BOTH
@pytest.mark.parametrize("size", [1, 40])
def test_a_first_page_is_one_query(django_assert_num_queries, newest, size):
    post = make_live_post()
    grown(post, 31, size)
    with django_assert_num_queries(1):
        threads.page_of(post, newest=newest)


@BOTH
def test_a_page_further_on_is_three_queries(of_three, django_assert_num_queries, newest):
    post = make_live_post()
    first = make_comment(post, created_at=NOON)
    for _ in range(20):
        make_comment(post, answers=first)
    make_comment(post, created_at=NOON + timedelta(hours=1))
    spot = all_pages(post, newest)[3].rows[0].spot
    with django_assert_num_queries(3):
        threads.page_of(post, newest=newest, start=spot)


def test_a_chain_of_twenty_thousand_is_read_and_told_flat():
    post = make_live_post()
    chained(post, 20_000)
    page = threads.page_of(post)
    assert len(page.rows) == 100
    assert max(row.depth for row in page.rows) == threads.DEEPEST
    assert len(threads.page_of(post, start=page.following).rows) == 100


def chained(post, length):
    """A chain as no verb of ours would make it: each answer a level below the one before."""
    first = make_comment(post, created_at=NOON)
    columns = "post_id, level, lft, rght, tree_id, conversation_at, created_at, name, email, badge, text, html, state"
    other = "placed, reason, writer, address, facts, reports, source, source_id, id, parent_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO comments_comment ({columns}, {other})
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %(length)s)
            SELECT post_id, n, n + 1, {2**62} - n, tree_id, conversation_at, created_at, name, '', '', 'x', 'x', state,
                   placed, '', '', '', facts, 0, '', '', id + n, id + n - 1
            FROM comments_comment, numbers WHERE id = %(first)s""",
            {"length": length, "first": first.pk},
        )
    return first


@pytest.mark.parametrize("newest", [False, True])
def test_a_page_in_the_middle_enters_its_index_in_the_middle(newest):
    if connection.vendor != "postgresql":
        pytest.skip("plans are read on PostgreSQL")
    post = make_live_post()
    first = chained(post, 5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE comments_comment")
    start = Spot(first.conversation_at, first.tree_id, 4_000)
    thread = threads._Thread(Comment.objects.under(post).placed(), newest)
    plan = thread.onwards(start)[:101].explain(analyze=True)
    read = sum(int(line.split("Rows Removed by Filter: ")[1]) for line in plan.splitlines() if "Rows Removed" in line)
    assert read < 500, plan
    assert "Index" in plan


# Spots in addresses


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1",
        "2026-09-05T120000.000000-1",
        "2026-09-05T120000.000000-1-99999999999999999999",
        "2026-09-05T120000.000000-1-9223372036854775808",
        "2026-13-05T120000.000000-1-1",
        "٢٠٢٦-09-05T120000.000000-1-1",
        "2026-09-05T120000.000000-1-1\n",
        "2026-09-05T120000.000000--1-1",
    ],
)
def test_what_is_no_spot_is_said(text):
    with pytest.raises(threads.NoSuchPlace):
        threads.read(text)


def test_a_spot_comes_back_from_its_address():
    spot = Spot(datetime(2026, 9, 5, 12, 0, 0, 123456, tzinfo=UTC), 17, 2**62)
    assert threads.read(threads.spell(spot)) == spot
