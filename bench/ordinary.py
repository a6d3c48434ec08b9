"""django-mptt as it is shipped, made safe for several writers in the two ordinary ways, for comparison."""

import random
from collections import defaultdict

from django.db import connection, models, transaction
from mptt.models import MPTTModel, TreeForeignKey

from comments.models import Comment

WORDS = "The council knew about the bearing in March; somebody should ask why the ferry was sold in April. " * 4


OWN = {"id", "parent", "tree_id", "lft", "rght", "level", "conversation_at", "reply_to"}


def _indexes() -> list[models.Index]:
    """Those of our comments; the two by which a thread is read are one here, by the tree."""
    kept = [index.clone() for index in Comment._meta.indexes if not index.name.startswith("thread_")]
    for index in kept:
        index.name = f"o_{index.name}"
    thread = models.Index(fields=["post", "tree_id", "lft"], condition=models.Q(placed=True), name="o_thread")
    return [*kept, thread]


class Ordinary(MPTTModel):
    """The row of a comment of ours, numbered without gaps; each first comment has a tree of its own."""

    parent = TreeForeignKey("self", models.CASCADE, null=True, related_name="+", db_index=False)

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["parent", "lft"], name="o_children"), *_indexes()]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def grown(cls, post: int, many: int, *, conversations: int) -> list[int]:
        """Comments that answer one another at random, numbered without gaps; their keys."""
        chance, start = random.Random(many), (cls.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
        rows = [new(post, pk=key) for key in range(start, start + many)]
        children = defaultdict(list)
        for place, row in enumerate(rows):
            if place >= conversations:
                row.parent_id = chance.choice(rows[:place]).pk
                children[row.parent_id].append(row)
        for root in rows[:conversations]:
            _number(root, children)
        models.QuerySet(cls).bulk_create(rows, batch_size=2_000)
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('bench_ordinary', 'id'), MAX(id)) FROM bench_ordinary")
        return [row.pk for row in rows]


for field in Comment._meta.local_concrete_fields:
    if field.name not in OWN:
        Ordinary.add_to_class(field.name, field.clone())


def new(post: int, **columns) -> Ordinary:
    body = {"text": WORDS, "html": f"<p>{WORDS}</p>", "writer": "a" * 64, "address": "b" * 64, "placed": True}
    return Ordinary(post_id=post, name="Marit Dahl", state="visible", **body, **columns)


def post_locked(post: int, answers: int | None, chance: random.Random) -> None:
    """One writer a post at a time."""
    with transaction.atomic():
        _lock("blog_post", post)
        parent = Ordinary.objects.get(pk=answers) if answers else None
        new(post, parent=parent).save()


def tree_locked(post: int, answers: int | None, chance: random.Random) -> None:
    """One writer a conversation at a time. The tree of a first comment is numbered by its key, since two who ask for
    the highest number at once would get the same."""
    with transaction.atomic():
        if answers is None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence('bench_ordinary', 'id'))")
                (key,) = cursor.fetchone()
            models.Model.save(new(post, pk=key, tree_id=key, lft=1, rght=2, level=0), force_insert=True)
            return
        tree = Ordinary.objects.values_list("tree_id", flat=True).get(pk=answers)
        _lock("bench_ordinary", Ordinary.objects.values_list("pk", flat=True).get(tree_id=tree, parent=None))
        new(post, parent=Ordinary.objects.get(pk=answers)).save()


def _lock(table: str, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [key])


def _number(root: Ordinary, children: dict[int, list[Ordinary]]) -> None:
    root.tree_id, root.level, edge = root.pk, 0, 1
    root.lft = edge
    open_ones, waiting = [root], [iter(children[root.pk])]
    while open_ones:
        row = next(waiting[-1], None)
        edge += 1
        if row is None:
            waiting.pop()
            open_ones.pop().rght = edge
        else:
            row.tree_id, row.level, row.lft = root.pk, len(open_ones), edge
            open_ones.append(row)
            waiting.append(iter(children[row.pk]))
