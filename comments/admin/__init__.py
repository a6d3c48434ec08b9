"""The discussion at the desk: the queue, and the rules of the house."""

from . import queue

__all__ = ["queue"]
