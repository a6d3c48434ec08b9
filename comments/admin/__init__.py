"""The desk's pages about the discussion, by what they are about."""

from . import rules

__all__ = ["rules"]
