"""Example users for a portal that is being tried out."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.audit import acting
from accounts.models import User
from accounts.roles import Role
from partners.models import Organization

CAST = (
    ("officer@example.org", "Example officer", Role.OFFICER, None),
    ("manager@example.org", "Example manager", Role.MANAGER, None),
    ("second-manager@example.org", "Example second manager", Role.MANAGER, None),
    ("partner-osce@example.org", "Example focal point, OSCE", Role.PARTNER, "osce"),
    ("partner-unodc@example.org", "Example focal point, UNODC", Role.PARTNER, "unodc"),
    ("administrator@example.org", "Example administrator", Role.ADMINISTRATOR, None),
)


class Command(BaseCommand):
    help = "Creates one example user for each role, once, and prints their passwords, once."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            if User.objects.exists():
                self.stdout.write("There are users already: no example users were created.")
                return
            passwords = create_cast()
        self.stdout.write("Example users, one for each role. Note the passwords: they are not shown again.")
        for email, password in passwords.items():
            self.stdout.write(f"  {email:<30} {password}")


def create_cast() -> dict[str, str]:
    """The cast with fresh passwords, as {address: password}."""
    passwords = {}
    with acting(by=None, verb="create_demo_cast"):
        for email, name, role, code in CAST:
            passwords[email] = secrets.token_urlsafe(12)
            organization = Organization.objects.get(code=code) if code else None
            User.objects.create_user(email, passwords[email], name=name, role=role, organization=organization)
    return passwords
