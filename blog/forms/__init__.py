"""What is typed at the desk, by what it is about."""

from .pieces import KINDS, DiscussionForm, PostForm
from .sources import SourceForm, SourceFormSet
from .texts import acceptable, join_names, split_names
from .times import LocalTimeField

__all__ = [
    "KINDS",
    "DiscussionForm",
    "LocalTimeField",
    "PostForm",
    "SourceForm",
    "SourceFormSet",
    "acceptable",
    "join_names",
    "split_names",
]
