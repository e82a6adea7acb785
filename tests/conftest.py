"""The cast: the people who appear in the tests, by name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from partners.models import Organization
from tests.factories.organizations import make_organization
from tests.factories.people import make_user

pytest_plugins = ["tests.surroundings", "tests.workers"]


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    """Argon2 is slow on purpose, and the tests make thousands of users; each client would list the static files."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True
    # All tests ask from one address.
    settings.API_REQUESTS_PER_MINUTE = dict.fromkeys(("key", "session", "anonymous"), 1_000_000)


@pytest.fixture
def osce(db: None) -> Organization:
    return make_organization("osce", acronym="OSCE", audience="public")


@pytest.fixture
def unodc(db: None) -> Organization:
    return make_organization("unodc", acronym="UNODC", audience="public")


@pytest.fixture
def officer(db: None) -> User:
    return make_user("officer", Role.OFFICER)


@pytest.fixture
def colleague(db: None) -> User:
    """An officer who did not write the record."""
    return make_user("colleague", Role.OFFICER)


@pytest.fixture
def manager(db: None) -> User:
    return make_user("manager", Role.MANAGER)


@pytest.fixture
def second_manager(db: None) -> User:
    return make_user("second-manager", Role.MANAGER)


@pytest.fixture
def administrator(db: None) -> User:
    return make_user("administrator", Role.ADMINISTRATOR)


@pytest.fixture
def focal_point(osce: Organization) -> User:
    """A partner whose organization (OSCE) records are released to by name."""
    return make_user("focal-point", Role.PARTNER, organization=osce)


@pytest.fixture
def stranger(unodc: Organization) -> User:
    """A partner whose organization (UNODC) is named in nothing."""
    return make_user("stranger", Role.PARTNER, organization=unodc)


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """A signed-in client of a user; of None, an anonymous one."""

    def of(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="accounts.backends.EmailBackend")
        return client

    return of
