"""Users for tests. Their names say what they are; they stand for nobody."""

from typing import Any

from accounts.models import User
from accounts.roles import Role

PASSWORD = "a long enough example"


def make_user(name: str, role: Role, **fields: Any) -> User:
    return User.objects.create_user(
        f"{name}@example.org", PASSWORD, name=name.replace("-", " ").capitalize(), role=role, **fields
    )
