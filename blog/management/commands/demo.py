"""`manage.py demo`: fills an empty site with a newspaper that does not exist."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from blog.demo import Refused, accounts, staging


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
            staging.bring_in(timezone.now(), passwords)
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
