"""`manage.py demo`: fills an empty site with a newspaper that does not exist, and with what its readers say.

It stands in this app because it brings in both: stories know nothing of their discussion.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from blog import belonging
from blog.demo import SOURCE, Refused, accounts, deadlines, hurry, plans, staging
from blog.demo.days import Calendar
from blog.models import Outgoing, Post
from comments import demo


def bring_in(now: datetime, passwords: dict[str, str]) -> None:
    """Stories and discussion in one transaction: all of it or nothing. Raises Refused."""
    with transaction.atomic():
        staging.bring_in(now, passwords)
        calendar, discussion = Calendar(now), demo.read()
        posts = {post.source_id: post for post in Post.objects.live().filter(source=SOURCE)}
        users = {user.get_username(): user for user in get_user_model().objects.all()}

        def moment(day: int, clock: str) -> datetime:
            return min(calendar.moment(day, clock), calendar.now)

        def fill(text: str, day: int) -> str:
            return calendar.fill(text, day=day, address=lambda name: posts[name].get_absolute_url(), picture=str)

        demo.bring_in(discussion, posts, users, demo.Time(moment, fill))
        for thread in discussion.threads:
            if thread.closed and thread.post in posts:
                by, at = users[thread.closed.by], moment(thread.closed.day, thread.closed.time)
                belonging.set_discussion(posts[thread.post], Post.Discussion.CLOSED, by=by, at=at)
        deadlines.make(users)
        plans.make(users)
        hurry.make(users)
        Outgoing.objects.waiting().update(state=Outgoing.State.DROPPED)  # nobody has one of these mailboxes


class Command(BaseCommand):
    requires_system_checks = []  # that there is nothing to do should be said at once
    help = "Fills an empty site with demo content and accounts to try. Does nothing when it is there."

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="bring it in under production settings as well")

    def handle(self, *, yes: bool, **options):
        if staging.is_there():
            self.stdout.write("The demo is there already.")
            self._introduce(accounts.kept_passwords())
            return
        refusal = staging.refusal(confirmed=yes)
        if refusal:
            raise CommandError(refusal)
        passwords = accounts.passwords_for_new()
        if settings.DEBUG:
            accounts.keep(passwords)  # before the rest: made but not known, an account would be of no use
        try:
            bring_in(timezone.now(), passwords)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The demo is in: The Port Ansel Record, three weeks of a town that does not exist.")
        self._introduce(passwords)

    def _introduce(self, passwords: dict[str, str]) -> None:
        self.stdout.write("Sign in as:")
        for account in accounts.listed(passwords):
            password = f"password {account.password}" if account.password else "the password that was set for it"
            self.stdout.write(f"  {account.username:<7} {account.role:<14} {password}")
        if not settings.DEBUG:
            self.stdout.write("Keep these: they are told once, and stored nowhere.")
