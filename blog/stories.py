"""What came before and after a post in its story: one line, in the order in which its posts were published."""

from dataclasses import dataclass, field

from django.db.models import Q

from .models import Post, Update

EARLIER = 5  # posts of the same story that are named below a post
KEYS = 5  # key moments of a running story that its story's page names


@dataclass(frozen=True)
class Around:
    """The neighbours of a post that readers see, the nearest first, and the newest of all if it is a later one."""

    earlier: list[Post] = field(default_factory=list)
    following: Post | None = None
    latest: Post | None = None


def around(post: Post) -> Around:
    """The neighbours of a live post, in one question; none without a story.

    The order is by publication and number, which no two share: so whoever follows a post has it as the nearest before,
    and there is no way round in a circle.
    """
    if post.story_id is None:
        return Around()
    line, here = Post.objects.live().stories().filter(story=post.story_id), post.place()
    wanted = [
        line.before(here).newest_first()[:EARLIER],
        line.after(here).oldest_first()[:1],
        line.after(here).newest_first()[:1],
    ]
    either = Q.create([Q(pk__in=part.values("pk")) for part in wanted], connector=Q.OR)
    rows = list(line.filter(either).newest_first().for_neighbours())
    later = [one for one in rows if one.place() > here]
    earlier = [one for one in rows if one.place() < here]
    return Around(earlier, later[-1] if later else None, later[0] if later else None)


def key_moments(posts: list[Post]) -> dict[int, list[Update]]:
    """The latest key moments of each running story among these posts, in order; no question where none is."""
    running = [post.pk for post in posts if post.coverage != Post.Coverage.NONE]
    found: dict[int, list[Update]] = {}
    if running:
        moments = Update.objects.key_moments().filter(post__in=running).select_related("live")
        for update in moments.only("post", "number", "happened_at", "live__headline", "live__excerpt").oldest_first():
            found.setdefault(update.post_id, []).append(update)
    return {post: updates[-KEYS:] for post, updates in found.items()}
