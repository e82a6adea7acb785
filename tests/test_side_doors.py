"""Side doors: what nobody learns by a search, a copy or a file, and what no uploaded file can bring about."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from activities.models import Involvement, Series
from tests.factories.activities import make_activity
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]


@pytest.mark.parametrize("words", ["activities", "activities series", "partners", "partners.organization", "priorit"])
def test_no_word_begins_the_tag_of_a_hidden_record(words: str, officer: User, client_of: ClientOf) -> None:
    hidden = Series.objects.create(code="hidden", name_en="Quiet talks")
    activity = make_activity(title_en="Seminar", review_state="approved", audience="public", series=hidden)
    Involvement.objects.create(activity=activity, organization=make_organization("hidden"))
    assert client_of(None).get("/activities/", {"q": "seminar"}).context["count"] == 1
    assert client_of(None).get("/activities/", {"q": words}).context["count"] == 0
    assert client_of(None).get("/search/", {"q": words}).context["total"] == 0
    assert client_of(officer).get("/activities/", {"q": "quiet talks"}).context["count"] == 1
