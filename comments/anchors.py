"""Where links from elsewhere point to in a comment that was brought in: the name that its place had there.

Blogger's are `#c` and a number of nineteen digits or so, WordPress' and Disqus' `#comment-` and a number. Ours are
`#c` and a short number, so the two do not meet.
"""

import re

from blog.models import Post

from .models import Comment

SHORTEST_OF_BLOGGER = 13  # digits; ours have fewer for a long while
_ANCHORS = {
    "blogger": (re.compile(rf"\d+\.(\d{{{SHORTEST_OF_BLOGGER},20}})", re.ASCII), "c{}"),
    "wordpress": (re.compile(r".*#(\d{1,20})", re.ASCII | re.DOTALL), "comment-{}"),
    "disqus": (re.compile(r"(\d{1,20})", re.ASCII), "comment-{}"),
}
_ANCHOR = re.compile(rf"c?(\d{{{SHORTEST_OF_BLOGGER},20}})|comment-(\d{{1,20}})", re.ASCII)


def anchor_of(source: str, source_id: str) -> str:
    """The name that a comment's place had where it comes from; "" where it had none that we know."""
    pattern, spelt = _ANCHORS.get(source, (None, ""))
    found = pattern.fullmatch(source_id) if pattern else None
    return spelt.format(found[1]) if found else ""


def formerly(post: Post, anchor: str) -> int | None:
    """The key of the comment under a post whose place had this name elsewhere (`c` may be left out), if it is here."""
    found = _ANCHOR.fullmatch(anchor)
    if not found:
        return None
    of_blogger, number = found.groups()
    here = Comment.objects.under(post)
    if of_blogger:
        blog = post.source_id.partition(".")[0]
        named = here.filter(source="blogger", source_id=f"{blog}.{of_blogger}")
    else:
        site = post.source_id.rpartition("#")[0]
        named = here.filter(source="wordpress", source_id=f"{site}#{number}")
        named |= here.filter(source="disqus", source_id=number)
    return named.order_by("pk").values_list("pk", flat=True).first()
