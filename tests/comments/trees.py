"""What is wrong with the trees, worked out from parents alone, in Python: nothing of it comes from what is tested."""

import random
from collections import defaultdict

from comments import posting
from comments.models import Comment

COLUMNS = (
    "id post_id parent_id tree_id lft rght level reply_to_id created_at conversation_at placed state shown_at".split()
)


def faults(most_levels=20):
    """Sentences; none when every comment stands where its parents say."""
    rows = {row["id"]: row for row in Comment.objects.order_by("pk").values(*COLUMNS)}
    children = defaultdict(list)
    for row in rows.values():
        children[row["parent_id"]].append(row)
    found, in_order = [], defaultdict(list)
    for root in children[None]:
        if (root["level"], root["lft"], root["tree_id"]) != (0, 1, root["id"]):
            found.append(f"{root['id']} is no root")
        if root["conversation_at"] != root["created_at"]:
            found.append(f"{root['id']} began at another time")
        open_ones = [root]
        while open_ones:
            row = open_ones.pop()
            in_order[root["id"]].append(row["id"])
            below = sorted(children[row["id"]], key=lambda child: child["lft"])
            open_ones += reversed(below)
            end = row["lft"]
            for child in below:
                if not end < child["lft"] < child["rght"] < row["rght"]:
                    found.append(f"{child['id']} is not inside {row['id']}, behind the one before")
                end = child["rght"]
                found += [
                    f"{child['id']} has another {name} than {row['id']}"
                    for name in ("tree_id", "post_id", "conversation_at")
                    if child[name] != row[name]
                ]
                if child["level"] != row["level"] + 1 or child["level"] > most_levels:
                    found.append(f"{child['id']} is on level {child['level']}")
                if child["placed"] and not row["placed"]:
                    found.append(f"{row['id']} has no place, but {child['id']} below it has")
                answered = rows.get(child["reply_to_id"], {"parent_id": row["id"], "level": most_levels})
                if (answered["parent_id"], answered["level"]) != (row["id"], most_levels):
                    found.append(f"{child['id']} answers {child['reply_to_id']}")
    reached = [key for keys in in_order.values() for key in keys]
    found += [f"{key} goes round in a circle" for key in sorted(rows.keys() - set(reached))]
    by_number = defaultdict(list)
    for row in sorted(rows.values(), key=lambda row: row["lft"]):
        by_number[row["tree_id"]].append(row["id"])
    if {key: keys for key, keys in by_number.items() if key in in_order} != in_order:
        found.append("the order of the numbers is not that of the parents")
    for keys in by_number.values():
        edges = [edge for key in keys for edge in (rows[key]["lft"], rows[key]["rght"])]
        if len(set(edges)) != len(edges):
            found.append(f"an edge is used twice in the tree of {keys[0]}")
    return found


def grow(post, many, *, seed, deep=0.3, state="visible"):
    """Comments under a post that answer one another at random; their keys, in the order of writing."""
    chance, keys = random.Random(seed), []
    for number in range(many):
        drawn = chance.random()
        answers = None if not keys or drawn < 0.1 else keys[-1] if drawn < 0.1 + deep else chance.choice(keys)
        comment = Comment(post=post, name=f"Reader {number}", text="So.", html="<p>So.</p>", state=state)
        keys.append(posting.add(comment, answers=answers).pk)
    return keys
