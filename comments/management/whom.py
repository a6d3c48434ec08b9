"""Whom a command is about: the options that say so."""

from django.contrib.auth import get_user_model

from blog.management.housekeeping import refusal, without_nul
from comments import people
from comments.models import Comment


def add_whom(parser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--email", metavar="ADDRESS", help="whoever gave this e-mail address")
    group.add_argument("--user", metavar="NAME", help="whoever has this account")
    group.add_argument("--comment", metavar="NUMBER", type=int, help="whoever wrote this comment")


def whom(options: dict) -> people.Person:
    """The person that the options name. Raises CommandError, with which a command ends with 2, where there is none."""
    if options["email"] is not None:
        email = without_nul(options["email"]).strip()
        if "@" not in email:
            raise refusal(f"“{email}” is no e-mail address.")
        return people.by_email(email)
    if options["user"] is not None:
        user = account(options["user"])
        return people.by_account(user)
    comment = Comment.objects.filter(pk=options["comment"]).first()
    if comment is None:
        raise refusal(f"There is no comment {options['comment']}.")
    return people.by_comment(comment)


def account(name: str):
    user = get_user_model().objects.filter(username=without_nul(name)).first()
    if user is None:
        raise refusal(f"There is no account “{name}”.")
    return user
