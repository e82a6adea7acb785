"""Side doors: what nobody learns by a search, a copy or a file, and what no uploaded file can bring about."""

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl.styles import Font

from accounts.models import User
from activities import uploads
from activities.models import Involvement, Series
from activities.sheets import deeds
from activities.sheets.reading import Unfit
from partners.models import Contact, Organization
from tests.factories.activities import make_activity
from tests.factories.organizations import make_agreement, make_organization

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


def test_an_export_tells_outsiders_no_edition_of_a_hidden_series(officer: User, client_of: ClientOf) -> None:
    for code, audience in (("hidden", "internal"), ("shown", "public")):
        series = Series.objects.create(code=code, name_en=code, audience=audience)
        make_activity(title_en=code, review_state="approved", audience="public", series=series, edition=7)

    def editions(reader: User | None) -> dict[str, str]:
        content = b"".join(client_of(reader).get("/activities/export.csv").streaming_content)
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        return {row["Title"]: row["Edition number"] for row in rows}

    assert editions(None) == {"hidden": "", "shown": "7"}
    assert editions(officer) == {"hidden": "7", "shown": "7"}


def test_what_goes_on_from_a_confidential_agreement_starts_confidential(
    osce: Organization, officer: User, colleague: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    quiet = {"classification": "confidential", "classification_basis": "Example", "created_by": officer}
    make_agreement("quiet", osce, **quiet).readers.add(colleague)
    make_agreement("open", osce)
    form = client_of(officer).get("/partners/agreements/new/?succeeds=quiet").context["form"]
    assert form["classification"].value() == "confidential" and form["classification_basis"].value() == "Example"
    assert form["readers"].value() == [colleague.pk] and form["audience"].value() == "internal"
    plain = client_of(officer).get("/partners/agreements/new/?succeeds=open").context["form"]
    assert plain["classification"].value() == "unclassified"


def test_contacts_of_a_confidential_organization_mark_their_file(
    osce: Organization, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    Contact.objects.create(organization=osce, name="Example person", purpose="Example")
    client = client_of(officer)
    assert "-internal.csv" in client.get("/partners/contacts/export.csv")["Content-Disposition"]
    quiet = make_organization("quiet", classification="confidential", created_by=officer)
    Contact.objects.create(organization=quiet, name="Other person", purpose="Example")
    assert "-CONFIDENTIAL.csv" in client.get("/partners/contacts/export.csv")["Content-Disposition"]


def test_a_document_is_not_unpacked_to_see_what_it_is() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", b"\0" * 50_000_000)
    broken = bytearray(packed.getvalue())
    broken[45:60] = b"\xff" * 15  # no longer what deflate can read
    read: list[int] = []

    class Watched(zipfile.ZipExtFile):
        def read(self, n: int | None = -1) -> bytes:
            read.append(-1 if n is None else n)
            return super().read(n)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile, "ZipExtFile", Watched)
        for content in (packed.getvalue(), bytes(broken)):
            with pytest.raises(ValidationError):
                uploads.content_type(SimpleUploadedFile("a.odt", content))
    assert read and all(0 < size < 1000 for size in read)


def test_of_a_sheet_formatted_to_its_end_only_the_table_is_read(officer: User) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["Reference", "Title"])
    sheet.append([None, "Example"])
    sheet.cell(1_048_576, 2).font = Font(bold=True)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    lines = io.BytesIO(b"Reference,Title\n,Example\n" + b"\n" * 1_000_000)
    for name, content in (("a.xlsx", file), ("a.csv", lines)):
        imported = deeds.upload(by=officer, file=content, name=name, size=content.getbuffer().nbytes)
        assert len(imported.sheet["rows"]) == 1, name


@pytest.mark.parametrize("said", ["strictly_confidential", "UN STRICTLY CONFIDENTIAL.", "Strictly confidential (SRSG)"])
def test_no_marking_of_what_is_strictly_confidential_is_kept(said: str, officer: User) -> None:
    file = io.BytesIO(f"Title,Classification\nExample,{said}\n".encode())
    with pytest.raises(Unfit):
        deeds.upload(by=officer, file=file, name="a.csv", size=file.getbuffer().nbytes)
