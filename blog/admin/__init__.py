"""The desk's pages, by what they are about."""

from . import people, pictures, posts, redirects, stories, tags

__all__ = ["people", "pictures", "posts", "redirects", "stories", "tags"]
