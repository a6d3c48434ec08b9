"""The discussion at the desk: the queue, the rules of the house, and how often moderators are told."""

from . import bans, digest, queue, rules

__all__ = ["bans", "digest", "queue", "rules"]
