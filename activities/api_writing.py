"""Activities written over the API: by staff, with keys that may write, under the rules of the forms.

JSON becomes what a browser would send of the form, as the rows of an import do (`sheets.entries`), so that form,
import and API share one validation, and `actions` one way to save.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import orjson
from django.core.exceptions import ValidationError as Invalid
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotAuthenticated, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_json import Written, etag_of
from accounts.api_keys import may_write
from accounts.choices import Audience
from accounts.idempotency import HEADER, once
from accounts.records import StaleEdit
from accounts.visibility import is_staff_viewer
from priorities.choices import DatePrecision

from . import actions
from .choices import ActivityType, CentreRole, DateBasis, Format, InvolvementRole, Stage
from .forms import ActivityEntry
from .models import Activity
from .participants import FIGURES
from .sheets.entries import Entries, as_data, entries_of, set_column
from .sheets.words import Names, Words

ETAG = re.compile(r'(?:W/)?"v([1-9][0-9]{0,8})-[0-9a-f]+"')


# --- what is sent -----------------------------------------------------------------------------------------


class PartnerWriting(serializers.Serializer[Any]):
    organization = serializers.CharField(help_text="Code of the organization.")
    role = serializers.ChoiceField(choices=InvolvementRole.choices)


class FiguresWriting(serializers.Serializer[Any]):
    women = serializers.IntegerField(allow_null=True, min_value=0, max_value=2_147_483_647, required=False)
    men = serializers.IntegerField(allow_null=True, min_value=0, max_value=2_147_483_647, required=False)
    not_stated = serializers.IntegerField(allow_null=True, min_value=0, max_value=2_147_483_647, required=False)
    youth = serializers.IntegerField(allow_null=True, min_value=0, max_value=2_147_483_647, required=False)


class CountryFiguresWriting(FiguresWriting):
    country = serializers.CharField(help_text="ISO alpha-2 code.")


class LinkWriting(serializers.Serializer[Any]):
    url = serializers.CharField(allow_blank=True, required=False)
    title = serializers.CharField(allow_blank=True, required=False)
    publisher = serializers.CharField(allow_blank=True, required=False)
    published_on = serializers.DateField(allow_null=True, required=False)
    archived_url = serializers.CharField(allow_blank=True, required=False)


class FollowUpWriting(serializers.Serializer[Any]):
    text = serializers.CharField()
    owner = serializers.CharField(allow_null=True, required=False, help_text="E-mail address of the officer.")
    due = serializers.DateField(allow_null=True, required=False)
    done = serializers.DateField(allow_null=True, required=False)


class ContributionWriting(serializers.Serializer[Any]):
    deliverable = serializers.CharField(help_text="Key of a deliverable of the activity's year, such as 2024/B.2.")
    quantity = serializers.FloatField(
        min_value=0.1, max_value=9_999_999.9, help_text="In the unit of the deliverable, to one decimal place."
    )


def _codes(about: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), required=False, max_length=200, help_text=about)


def _code(about: str) -> serializers.CharField:
    return serializers.CharField(allow_null=True, required=False, help_text=about)


def _text() -> serializers.CharField:
    return serializers.CharField(allow_blank=True, required=False)


def _number() -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=2_147_483_647)


class ActivityWriting(serializers.Serializer[Any]):
    """What is to be written. What is left out stays as it is; a list takes the place of the whole list before."""

    title_en = serializers.CharField(required=False)
    title_ru = _text()
    summary = _text()
    type = serializers.ChoiceField(choices=ActivityType.choices, required=False)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    centre_role = serializers.ChoiceField(choices=CentreRole.choices, required=False)
    lead_organization = _code("Code of the organization whose own activity it is.")
    start_date = serializers.DateField(allow_null=True, required=False)
    end_date = serializers.DateField(allow_null=True, required=False)
    date_precision = serializers.ChoiceField(choices=DatePrecision.choices, required=False)
    date_basis = serializers.ChoiceField(choices=DateBasis.choices, required=False)
    date_source = _text()
    format = serializers.ChoiceField(choices=Format.choices, allow_blank=True, required=False)
    city = _text()
    country = _code("Where it was held: ISO alpha-2 code.")
    countries = _codes("ISO alpha-2 codes of the countries taking part.")
    priority = _code("Key of the main priority, such as 2021-2025/i.")
    further_priorities = _codes("Keys of priorities.")
    themes = _codes("Codes of themes.")
    sdg_targets = _codes("Codes of SDG targets.")
    commitments = _codes("Keys of the commitments that it is evidence for.")
    series = _code("Code of the series.")
    edition = _number()
    partners = PartnerWriting(many=True, required=False)
    participants = FiguresWriting(required=False)
    participants_by_country = CountryFiguresWriting(many=True, required=False)
    outcome = _text()
    chatham_house = serializers.BooleanField(required=False)
    links = LinkWriting(many=True, required=False)
    follow_ups = FollowUpWriting(many=True, required=False)
    contributions = ContributionWriting(many=True, required=False)
    contact = serializers.CharField(allow_blank=True, required=False, help_text="Whom to ask about it.")
    last_verified = serializers.DateField(
        allow_null=True, required=False, help_text="The day on which the entry was last checked; none in the future."
    )
    funding_source = _text()
    source_note = _text()
    # Not a choice field: what is refused has a message of its own.
    classification = serializers.CharField(
        required=False, help_text="`unclassified`, or `confidential` where this portal is set up for it."
    )
    classification_basis = _text()
    audience = serializers.ChoiceField(choices=Audience.choices, required=False)
    released_to = _codes("Codes of organizations, for the audience “named_partners”.")
    focal_officer = _code("E-mail address of the officer who looks after it.")

    def to_internal_value(self, data: Any) -> Any:
        """As DRF does, and nothing that is not named here, inside the parts too."""
        found = super().to_internal_value(data)
        errors = {name: _unknown(name, self.fields) for name in data if name not in self.fields}
        for name, field in self.fields.items():
            part = getattr(field, "child", field)
            if name in found and isinstance(part, serializers.Serializer):
                given = data[name] if isinstance(data[name], list) else [data[name]]
                wrong = sorted({inner for one in given for inner in one if inner not in part.fields})
                if wrong:
                    errors[name] = _unknown(wrong[0], part.fields)
        if errors:
            raise ValidationError(errors)
        return found


def _unknown(name: str, fields: Any) -> list[str]:
    known = ", ".join(fields)
    return [_("There is no “%(name)s” here. There are: %(known)s.") % {"name": name, "known": known}]


class ActivityChange(ActivityWriting):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2_147_483_647, help_text="The version that you read; or send If-Match."
    )


class Deed(serializers.Serializer[Any]):
    """A step of the review."""

    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2_147_483_647, help_text="The version that you read; or send If-Match."
    )

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        errors = {name: _unknown(name, self.fields) for name in data if name not in self.fields}
        if errors:
            raise ValidationError(errors)
        return found


class Return(Deed):
    """A step of the review with a word about what to mend."""

    comment = serializers.CharField()


# --- from JSON to the form --------------------------------------------------------------------------------

# Which names of `Words` a field's codes are of.
VOCABULARY = {
    "lead_organization": "organizations",
    "released_to": "organizations",
    "country": "countries",
    "countries": "countries",
    "priority": "priorities",
    "further_priorities": "priorities",
    "themes": "themes",
    "sdg_targets": "sdg_targets",
    "series": "series",
    "commitments": "commitments",
    "focal_officer": "staff",
}
IN_ROWS = {
    "partners": ("organization", "organizations"),
    "participants_by_country": ("country", "countries"),
    "follow_ups": ("owner", "staff"),
    "contributions": ("deliverable", "deliverables"),
}
# What stays where the whole is written without it: nobody lowers a classification, or names those whom the Chatham
# House Rule protects, by leaving something out.
STAYS = ("stage", "classification", "classification_basis", "audience", "released_to", "readers", "chatham_house")
# What the form calls some fields and rows.
COLUMNS = {"priority": "main_priority"}
FIELDS = {"main_priority": "priority", "countries-rows": "participants_by_country", "follow-ups": "follow_ups"}


def entry_of(user: Any, activity: Activity | None, values: dict[str, Any], *, whole: bool = False) -> ActivityEntry:
    """The form as somebody would have filled it in. ValidationError by field for codes that are not known.

    `whole`: somebody who emptied it before, save what STAYS.
    """
    words = Words(user)
    _refuse_unknown(values, words)
    opened = ActivityEntry(user, activity)
    sent = entries_of(opened)
    if whole:
        sent = entries_of(ActivityEntry(user, None)) | {name: sent[name] for name in STAYS if name in sent}
    for name, value in values.items():
        _put(sent, name, value, words, opened)
    return ActivityEntry(user, activity, as_data(sent))


def _put(sent: Entries, name: str, value: Any, words: Words, opened: ActivityEntry) -> None:
    if name == "participants":
        for figure, number in value.items():
            set_column(sent, figure, number, words, opened)
    elif name == "commitments":
        set_column(sent, name, [{"commitment": key} for key in value], words, opened)
    elif name == "participants_by_country":
        rows = [{"country": one["country"], **{figure: one.get(figure) for figure in FIGURES}} for one in value]
        set_column(sent, name, rows, words, opened)
    elif name == "follow_ups":
        rows = [{"text": one["text"], **{part: one.get(part) for part in ("owner", "due", "done")}} for one in value]
        set_column(sent, name, rows, words, opened)
    elif name == "links":
        parts = LinkWriting().fields
        set_column(sent, name, [{part: one.get(part) for part in parts} for one in value], words, opened)
    else:
        set_column(sent, COLUMNS.get(name, name), value, words, opened)


def _refuse_unknown(values: dict[str, Any], words: Words) -> None:
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        if name in VOCABULARY:
            given, names = value if isinstance(value, list) else [value], getattr(words, VOCABULARY[name])
        elif name in IN_ROWS:
            part, vocabulary = IN_ROWS[name]
            given, names = [one.get(part) for one in value], getattr(words, vocabulary)
        else:
            continue
        wrong = _not_known(given, names)
        if wrong:
            errors[name] = wrong
    if errors:
        raise ValidationError(errors)


def _not_known(given: list[Any], names: Names) -> list[str]:
    say = _("Nothing that you may read has the code “%(value)s”. Take a code from the list of those.")
    return [say % {"value": code} for code in given if code and code not in names.by_code][:1]


def errors_of(entry: ActivityEntry) -> dict[str, list[str]]:
    """What is wrong with a filled-in form, by the API's names."""
    found = {FIELDS.get(name, name): list(map(str, texts)) for name, texts in entry.form.errors.items()}
    for rows in entry.rows:
        texts = [text for row in rows.forms for texts in row.errors.values() for text in texts]
        texts += list(rows.non_form_errors())
        if texts:
            name = "participants_by_country" if rows.part == "countries" else rows.part.replace("-", "_")
            found[name] = list(dict.fromkeys(map(str, texts)))
    return {"activity" if name == "__all__" else name: texts for name, texts in found.items()}


# --- the views --------------------------------------------------------------------------------------------


class Conflict(APIException):
    """Somebody else changed the record; says at which version it is now."""

    default_detail = gettext_lazy("Somebody changed this record meanwhile. Read it again, then decide.")

    def __init__(self, status: int, version: int) -> None:
        self.status_code, self.more = status, {"current_version": version}
        super().__init__()


class VersionNeeded(APIException):
    status_code = 428
    default_detail = gettext_lazy(
        "Say which version you read: send its ETag as If-Match, or `version`. So nobody’s change is lost."
    )


class Writing:
    """Creates, changes and reviews activities; for the view of activities."""

    request: Any
    retrieve: Callable[..., Response]
    get_queryset: Callable[[], Any]

    @extend_schema(request=ActivityWriting)
    def create(self, request: Request) -> Response:
        """A new draft. With an `Idempotency-Key`, the same request sent again makes no second one."""
        self._require_writer()
        return once(request, self._create)

    def _create(self) -> Response:
        user, values = self.request.user, self._values(ActivityWriting)
        entry = self._valid(entry_of(user, None, values))
        made = actions.create_activity(entry=entry, by=user, token=self._token())
        answer = self._item(made, 201)
        answer["Location"] = self.request.build_absolute_uri(f"/api/v1/activities/{made.reference}/")
        return answer

    def _token(self) -> UUID:
        key = self.request.headers.get(HEADER)
        return uuid5(NAMESPACE_URL, f"{self.request.user.pk} {key}") if key else uuid4()

    @extend_schema(request=ActivityChange)
    def update(self, request: Request, **address: str) -> Response:
        """Put what is sent in the place of the whole: what is left out is emptied. Needs the version that was read.

        Stage, classification, release and the Chatham House Rule stay.
        """
        self._require_writer(**address)
        return once(request, lambda: self._change(self._found(**address), whole=True))

    @extend_schema(request=ActivityChange)
    def partial_update(self, request: Request, **address: str) -> Response:
        """Change what is sent and leave the rest. Needs the version that was read."""
        self._require_writer(**address)
        return once(request, lambda: self._change(self._found(**address), whole=False))

    def _change(self, activity: Activity, *, whole: bool) -> Response:
        user = self.request.user
        if not activity.may_be_edited_by(user):
            raise PermissionDenied
        values = self._values(ActivityChange)
        version, status = self._version(values)
        if activity.version != version:
            raise Conflict(status, activity.version)
        entry = self._valid(entry_of(user, activity, values, whole=whole))
        return self._done(lambda: actions.save_activity(entry=entry, by=user, version=version), status)

    @extend_schema(request=Deed)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, **address: str) -> Response:
        """Hand a draft to the managers."""
        return self._review(actions.submit, Deed, address)

    @extend_schema(request=Deed)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, **address: str) -> Response:
        """Take back what you submitted and nobody has decided on yet."""
        return self._review(actions.withdraw, Deed, address)

    @extend_schema(request=Deed)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **address: str) -> Response:
        """Approve a submitted activity: its audience sees it from now on. For managers."""
        return self._review(actions.approve, Deed, address)

    @extend_schema(request=Return)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, **address: str) -> Response:
        """Return a submitted activity with a word about what to mend. For managers."""
        return self._review(actions.send_back, Return, address)

    @extend_schema(request=Deed)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, **address: str) -> Response:
        """Take an approved activity back to draft: partners no longer see it until it is approved again."""
        return self._review(actions.reopen, Deed, address)

    def _review(self, deed: Callable[..., Activity], serializer: Any, address: dict[str, str]) -> Response:
        self._require_writer(**address)

        def do() -> Response:
            activity = self._found(**address)
            values = self._values(serializer)
            version, status = self._version(values)
            by: dict[str, Any] = {"activity": activity, "by": self.request.user, "version": version, **values}
            return self._done(lambda: deed(**by), status)

        return once(self.request, do)

    # --- steps ---

    def _require_writer(self, **address: str) -> None:
        """PermissionDenied for all but staff, and for keys that only read; 404 before that for what is not seen."""
        if not self.request.user.is_authenticated:
            raise NotAuthenticated
        if address:
            self._found(**address)
        if not is_staff_viewer(self.request.user):
            raise PermissionDenied(_("Only the Centre’s staff write activities over the API."))
        if not may_write(self.request):
            raise PermissionDenied(_("This API key only reads. Ask a manager for one with the scope “write”."))

    def _found(self, reference: str) -> Activity:
        activity = self.get_queryset().filter(reference=reference).first()
        if activity is None:
            raise Http404
        return activity

    def _values(self, serializer: Any) -> dict[str, Any]:
        sent = serializer(data=self.request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        wrong = [name for name, value in values.items() if isinstance(value, str) and "\x00" in value]
        if wrong:
            raise ValidationError({name: [_("It holds a NUL character. Take that out.")] for name in wrong})
        return values

    def _version(self, values: dict[str, Any]) -> tuple[int, int]:
        """The version that the sender read, and the status that says it is no longer the saved one."""
        match, version = self.request.headers.get("If-Match"), values.pop("version", None)
        if match is None and version is None:
            raise VersionNeeded
        if match is None:
            return version, 409
        found = ETAG.fullmatch(match.strip())
        if found is None:
            raise ValidationError({"If-Match": [_("Give the ETag that came with the activity, as it came.")]})
        return int(found[1]), 412

    def _valid(self, entry: ActivityEntry) -> ActivityEntry:
        if not entry.is_valid():
            raise ValidationError(errors_of(entry))
        return entry

    def _done(self, deed: Callable[[], Activity], status: int) -> Response:
        try:
            return self._item(deed(), 200)
        except StaleEdit as stale:
            raise Conflict(status, stale.current.version) from stale
        except Invalid as wrong:
            by_field = wrong.message_dict if hasattr(wrong, "error_dict") else {"activity": wrong.messages}
            raise ValidationError(by_field) from wrong

    def _item(self, activity: Activity, status: int) -> Response:
        """The whole item, as reading it would answer."""
        self.action = "retrieve"
        answer = self.retrieve(self.request, reference=activity.reference)
        answer.status_code = status
        return answer


def versioned(answer: Response) -> Response:
    """With an ETag that names the version, for If-Match; where the reader sees it."""
    if isinstance(answer.data, Written):
        internal = orjson.loads(answer.data.text).get("internal")
        if internal:
            answer["ETag"] = f'"v{internal["version"]}-{etag_of(answer.data.text)}"'
    return answer
