"""What is typed at the desk, by what it is about."""

from .pieces import DiscussionForm, PostForm
from .sources import SourceForm, SourceFormSet
from .texts import acceptable, join_names, split_names
from .times import LocalTimeField
from .updates import PromiseForm, UpdateForm
from .wordings import KINDS

__all__ = [
    "KINDS",
    "DiscussionForm",
    "LocalTimeField",
    "PostForm",
    "PromiseForm",
    "SourceForm",
    "SourceFormSet",
    "UpdateForm",
    "acceptable",
    "join_names",
    "split_names",
]
