"""The desk's pages, by what they are about."""

from . import links, people, pictures, posts, redirects, stories, suggestions, tags, tonight

__all__ = ["links", "people", "pictures", "posts", "redirects", "stories", "suggestions", "tags", "tonight"]
