"""`manage.py forget_second_factor NAME`: for who has lost the device and the codes, and cannot ask an administrator."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from blog import account_mail, second_factor


class Command(BaseCommand):
    help = (
        "Takes all second factors of an account away: its password alone opens it again. Ask yourself who asks you; "
        "the account is told by mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name with which one signs in")

    def handle(self, *, name: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account “{name}”.")
        if not second_factor.take_away(user):
            raise CommandError(f"“{name}” has no second factor.")
        account_mail.tell_of_change(user, "taken_away")
        self.stdout.write(f"“{name}” signs in with the password alone.")
