"""What the database keeps for the discussion, and what its models refuse to do."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone
from mptt.utils import get_cached_trees, tree_item_iterator

from comments import posting
from comments.models import Comment, ModerationAct
from tests.comments.trees import grow
from tests.factories import everything, make_comment, make_live_post, make_moderator

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def post():
    return make_live_post()


@pytest.fixture
def pair(post):
    first = make_comment(post)
    return first, make_comment(post, answers=first)


@pytest.fixture
def act(pair):
    now = timezone.now()
    return ModerationAct.objects.create(
        comment=pair[0], verb="approve", by=make_moderator(), at=now, state_before="waiting", state_after="visible"
    )


# What the database refuses, whoever asks


@pytest.mark.parametrize(
    ("which", "change", "constraint"),
    [
        (1, "lft = rght", "edges_in_order"),
        (1, "rght = lft - 1", "edges_in_order"),
        (0, "level = 1", "roots_begin_a_tree"),
        (0, "lft = 2", "roots_begin_a_tree"),
        (0, "tree_id = id + 1", "roots_begin_a_tree"),
        (1, "parent_id = NULL", "roots_begin_a_tree"),
        (1, "level = 0", "below_a_root"),
        (1, "lft = 1", "below_a_root"),
        (0, "placed = false", "what_is_visible_is_placed"),
    ],
)
def test_a_place_that_cannot_be_is_refused(pair, which, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE comments_comment SET {change} WHERE id = %s", [pair[which].pk])


def test_two_comments_never_have_one_place(post, pair):
    third = make_comment(post, answers=pair[0])
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        models.QuerySet(Comment).filter(pk=third.pk).update(lft=Comment.objects.get(pk=pair[1].pk).lft)
    assert posting._is_one_place_twice(refusal.value)


def test_a_comment_of_another_site_is_there_once(post):
    make_comment(post, source="old.example", source_id="7")
    make_comment(post, source="other.example", source_id="7")
    make_comment(post)
    make_comment(post)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_comment(post, source="old.example", source_id="7")


def test_a_form_makes_one_comment(post):
    make_comment(post, form_key="a" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_comment(post, form_key="a" * 64)


EVERYWHERE = [
    "UPDATE {table} SET note = 'x'",
    "UPDATE {table} SET state_after = state_after WHERE id = {id}",
    "UPDATE {table} SET id = id + 1000",
    "DELETE FROM {table} WHERE id = {id}",
    "INSERT INTO {table} SELECT * FROM {table} WHERE id = {id} ON CONFLICT (id) DO UPDATE SET note = 'x'",
]
ONLY_POSTGRESQL = [
    "TRUNCATE {table}",
    "TRUNCATE comments_comment CASCADE",
    "WITH gone AS (DELETE FROM {table} RETURNING id) SELECT count(*) FROM gone",
]
ONLY_SQLITE = [
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE id = {id}",
    "UPDATE OR REPLACE {table} SET note = 'x'",
    "UPDATE OR IGNORE {table} SET note = 'x'",
]


@pytest.mark.parametrize("sql", [*EVERYWHERE, *(ONLY_POSTGRESQL if POSTGRESQL else ONLY_SQLITE)])
def test_the_database_refuses_to_change_an_act(act, sql):
    before = everything()
    connection.check_constraints()  # what is still to be checked at the end would refuse some by itself
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table=ModerationAct._meta.db_table, id=act.pk))
    assert everything() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda act: act.save(),
        lambda act: act.save(update_fields=["note"]),
        lambda act: act.delete(),
        lambda act: ModerationAct.objects.update(note="x"),
        lambda act: ModerationAct.objects.all().delete(),
        lambda act: ModerationAct.objects.bulk_update([act], ["note"]),
        lambda act: act.comment.acts.update(note="x"),
    ],
)
def test_django_refuses_to_change_an_act(act, change):
    before = everything()
    with pytest.raises(TypeError), transaction.atomic():
        change(act)
    assert everything() == before


# What the models refuse


WAYS_PAST_POSTING = [
    lambda first, second: Comment(post=first.post, name="x").save(),
    lambda first, second: Comment(post=first.post, name="x").save(force_insert=True),
    lambda first, second: Comment.objects.create(post=first.post, name="x"),
    lambda first, second: Comment.objects.get_or_create(post=first.post, name="x"),
    lambda first, second: Comment.objects.bulk_create([Comment(post=first.post)]),
    lambda first, second: Comment.objects.all().bulk_create([Comment(post=first.post)]),
    lambda first, second: Comment.objects.insert_node(Comment(post=first.post), first),
    lambda first, second: Comment(post=first.post).insert_at(first, save=True),
    lambda first, second: Comment.objects.build_tree_nodes({"name": "x"}),
    lambda first, second: second.move_to(None),
    lambda first, second: Comment.objects.move_node(second, first, "left"),
    lambda first, second: Comment.objects.rebuild(),
    lambda first, second: Comment.objects.partial_rebuild(first.tree_id),
    lambda first, second: Comment.objects.delay_mptt_updates().__enter__(),
    lambda first, second: Comment.objects.disable_mptt_updates().__enter__(),
    lambda first, second: Comment.objects._create_tree_space(1),
    lambda first, second: Comment.objects._close_gap(2, 1, first.tree_id),
    lambda first, second: Comment.objects._make_child_root_node(second),
    lambda first, second: Comment.objects._move_child_node(second, first, "left"),
    lambda first, second: Comment.objects._move_root_node(first, second, "left"),
    lambda first, second: Comment.objects._mptt_update(level=3),
    lambda first, second: second.save(),
    lambda first, second: second.save(update_fields=["text", "lft"]),
    lambda first, second: second.save(update_fields=["parent"]),
    lambda first, second: second.delete(),
    lambda first, second: Comment.objects.all().delete(),
    lambda first, second: Comment.objects.update(parent=None),
    lambda first, second: Comment.objects.update(lft=models.F("lft") + 1),
    lambda first, second: Comment.objects.filter(pk=second.pk).update(post_id=5),
    lambda first, second: Comment.objects.bulk_update([second], ["level"]),
    lambda first, second: Comment.objects.update_or_create(pk=second.pk, defaults={"tree_id": 7}),
]


@pytest.mark.parametrize("way", WAYS_PAST_POSTING)
def test_no_way_leads_past_posting(pair, way):
    before = everything()
    with pytest.raises(TypeError), transaction.atomic():
        way(*pair)
    assert everything() == before
    assert not hasattr(pair[0], "children")


def test_words_and_states_can_be_written(pair):
    second = Comment.objects.get(pk=pair[1].pk)
    second.text = "Better."
    second.lft = 17
    second.save(update_fields=["text"])
    Comment.objects.filter(pk=second.pk).update(name="Ada")
    stored = Comment.objects.get(pk=second.pk)
    assert (stored.text, stored.name, stored.lft) == ("Better.", "Ada", pair[1].lft)


# What django-mptt reads


@pytest.fixture
def trees(post, monkeypatch):
    """A hundred at random, with gaps made afresh many times; and who stands below whom, from parents."""
    monkeypatch.setattr(posting, "TOP", 2**12)
    monkeypatch.setattr(posting, "ROOMY", 2**3)
    made = []
    respace = posting.respace
    monkeypatch.setattr(posting, "respace", lambda key: made.append(key) or respace(key))
    grow(post, 100, seed=4, deep=0.4)
    assert len(made) > 3
    rows = {row.pk: row for row in Comment.objects.order_by("tree_id", "lft")}
    below = {key: [row.pk for row in rows.values() if row.parent_id == key] for key in rows}
    return rows, below


def all_below(key, below):
    """In the order of reading."""
    return [found for child in below[key] for found in (child, *all_below(child, below))]


def all_above(key, rows):
    above = rows[key].parent_id
    return [*all_above(above, rows), above] if above else []


def keys(comments):
    return [comment.pk for comment in comments]


def test_reading_one_comment_s_surroundings(trees):
    rows, below = trees
    for key, row in rows.items():
        descendants, ancestors = all_below(key, below), all_above(key, rows)
        siblings = [one for one in below.get(row.parent_id, [key]) if row.parent_id or one == key]
        place = siblings.index(key)
        assert keys(row.get_descendants()) == descendants
        assert keys(row.get_descendants(include_self=True)) == [key, *descendants]
        assert keys(row.get_ancestors()) == ancestors
        assert keys(row.get_children()) == below[key]
        assert row.get_root().pk == [*ancestors, key][0]
        assert keys(row.get_family()) == [*ancestors, key, *descendants]
        assert row.get_descendant_count() == len(descendants)
        assert row.is_leaf_node() == (not below[key])
        assert keys(row.get_leafnodes()) == [one for one in descendants if not below[one]]
        assert row.get_level() == len(ancestors)
        assert row.is_root_node() == (not ancestors)
        if row.parent_id:
            assert keys(row.get_siblings()) == [one for one in siblings if one != key]
            assert getattr(row.get_next_sibling(), "pk", None) == (siblings[place + 1 :] or [None])[0]
            assert getattr(row.get_previous_sibling(), "pk", None) == (siblings[:place] or [None])[-1]
        if ancestors:
            assert row.is_descendant_of(rows[ancestors[0]])
            assert rows[ancestors[0]].is_ancestor_of(row)


def test_reading_many(trees):
    rows, below = trees
    some = Comment.objects.filter(pk__in=list(rows)[::9])
    up = {above for row in some for above in all_above(row.pk, rows)}
    down = {one for row in some for one in all_below(row.pk, below)}
    assert set(keys(Comment.objects.get_queryset_ancestors(some))) == up
    assert set(keys(Comment.objects.get_queryset_descendants(some))) == down
    assert keys(Comment.objects.root_nodes()) == [key for key, row in rows.items() if row.parent_id is None]
    trees_of = get_cached_trees(Comment.objects.all())
    assert keys(trees_of) == [key for key, row in rows.items() if row.parent_id is None]
    for root in trees_of:
        assert keys(root.get_children()) == below[root.pk]
    assert [row.pk for row, _ in tree_item_iterator(Comment.objects.all())] == list(rows)


# What pages ask


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (lambda post: Comment.objects.under(post).placed().oldest_first()[:100], "thread_oldest_first"),
        (lambda post: Comment.objects.under(post).placed().newest_conversation_first()[:100], "thread_newest_first"),
        (lambda post: Comment.objects.under(post).roots().in_order_of_writing()[:26], "roots_of_a_post"),
        (lambda post: Comment.objects.filter(tree_id=1, lft__gt=5).order_by("lft")[:200], "tree_in_order"),
        (lambda post: Comment.objects.filter(parent_id=1).order_by("-lft").values("lft")[:1], "one_comment_a_place"),
    ],
)
def test_pages_ask_an_index(post, asked, index):
    grow(post, 300, seed=1)
    other = make_live_post("Another")
    grow(other, 300, seed=2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE comments_comment")
        if POSTGRESQL:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a table of a few pages is read whole, and rightly
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = asked(post).explain()
    if "autoindex" not in plan or index != "one_comment_a_place":
        assert index in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_the_migrations_make_the_index_of_trees():
    with connection.cursor() as cursor:
        made = connection.introspection.get_constraints(cursor, "comments_comment")
    assert made["tree_in_order"]["columns"] == ["tree_id", "lft"]
    assert made["one_comment_a_place"]["columns"] == ["parent_id", "lft"]
    by_one_column = [one["columns"] for one in made.values() if one["index"] and one["columns"] == ["tree_id"]]
    assert by_one_column == []
