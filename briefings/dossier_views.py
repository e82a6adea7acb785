"""The dossier of a briefing: the page on which staff put it together, and how it reads, now and as delivered."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.context_processors import marking_line
from accounts.differences import pieces_of
from accounts.history import deeds_on
from accounts.requests import signed_in
from accounts.roles import Permission, allows

from .choices import DossierState, SectionKey, TaskKind
from .collecting import no_longer_approved
from .contents import Content, Reader, compose, digest_of, is_confidential
from .dossier_forms import CommentForm
from .models import Briefing, BriefingTask, Dossier, DossierComment, DossierVersion
from .sections import Section, sections_of, with_news

NOW = "now"
LAST = "last"
# Sections that go on from one briefing to the next, so that their texts are worth comparing.
LASTING = (SectionKey.EXPECTED, SectionKey.ISSUES, SectionKey.DYNAMICS, SectionKey.DOCUMENTS, SectionKey.POINTS)


def visible_briefing(request: HttpRequest, key: str) -> Any:
    return get_object_or_404(Briefing.objects.visible_to(request.user), key=key)


def visible_dossier(request: HttpRequest, key: str) -> Any:
    """The dossier of that briefing, or 404: nobody outside the staff learns that there is one."""
    visible = Dossier.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("briefing__special_representative", "lead", "cleared_by"), briefing__key=key
    )


@login_required
@require_safe
def dossier(request: HttpRequest, key: str) -> HttpResponse:
    """Everything in the dossier with the buttons to change it, its tasks, comments and versions."""
    user, found = signed_in(request), visible_dossier(request, key)
    content = compose(found, whole=True)
    shown = Reader(user, content).shown(content)
    last_look = found.looks.filter(user=user).first()
    since = last_look.at.isoformat() if last_look else ""
    sections = with_news(sections_of(shown), since)
    remarks = DossierComment.objects.visible_to(user).filter(dossier=found).select_related("created_by")
    tasks = BriefingTask.objects.visible_to(user).filter(briefing=found.briefing).select_related("person", "briefing")
    context = {
        "marking": marking_line(user, confidential=is_confidential(shown)),
        "dossier": found,
        "briefing": found.briefing,
        "window": window_of(shown),
        "sections": sections,
        "comments": _by_section(remarks),
        "comment_form": CommentForm(),
        "last_look": last_look,
        "fresh": sum(bool(entry.fresh) for section in sections for entry in section.entries),
        "opened_at": timezone.now().isoformat(),
        "unapproved": no_longer_approved(found, user),
        "tasks": [(kind.label, [task for task in tasks if task.kind == kind]) for kind in TaskKind],
        "versions": _versions(request, found),
        "moves": found.moves_of(user),
        "history": deeds_on(found),
        "may_edit": found.may_be_edited_by(user),
        "may_log": allows(user, Permission.LOG_RECORDS),
    }
    return render(request, "briefings/dossier.html", context)


def _versions(request: HttpRequest, found: Dossier) -> Any:
    versions = DossierVersion.objects.visible_to(request.user).filter(dossier=found)
    return versions.select_related("made_by", "dossier__briefing").defer("content")


def _by_section(remarks: Any) -> list[tuple[str, list[DossierComment]]]:
    """The remarks under the names of their sections, in the sections' order."""
    rows = list(remarks)
    found = [(str(key.label), [row for row in rows if row.section == key]) for key in SectionKey]
    return [(title, group) for title, group in found if group]


@login_required
@require_safe
def dossier_read(request: HttpRequest, key: str) -> HttpResponse:
    """How the dossier reads as it stands."""
    found = visible_dossier(request, key)
    return _reading(request, found, compose(found), {"title": _("The dossier as it stands")})


@login_required
@require_safe
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """A delivered version, as far as its reader may see it now; with its digest, checked."""
    found = visible_dossier(request, key)
    frozen = get_object_or_404(
        DossierVersion.objects.visible_to(request.user).select_related("made_by"), dossier=found, number=number
    )
    context = {"title": str(frozen), "frozen": frozen, "is_whole": digest_of(frozen.content) == frozen.digest}
    return _reading(request, found, frozen.content, context)


def _reading(request: HttpRequest, found: Dossier, content: Content, context: dict[str, Any]) -> HttpResponse:
    user = signed_in(request)
    shown = Reader(user, content).shown(content)
    context |= {
        "marking": marking_line(user, confidential=is_confidential(shown)),
        "dossier": found,
        "briefing": found.briefing,
        "window": window_of(shown),
        "sections": sections_of(shown),
    }
    return render(request, "briefings/dossier_read.html", context)


def window_of(shown: Content) -> list[date]:
    """First and last day of the period, as far as the reader is shown it."""
    return [date.fromisoformat(day) for day in shown["window"] or ()]


# --- comparing ----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def compare(request: HttpRequest, key: str) -> HttpResponse:
    """What differs between two states of the dossier, or between it and the last briefing's: `from` and `to`.

    Each is the number of a version, `now`, or, as `from`, `last`. Of different briefings only what goes on is
    compared word by word; of the rest, the numbers.
    """
    user, found = signed_in(request), visible_dossier(request, key)
    numbers = [str(number) for number in found.versions.order_by("number").values_list("number", flat=True)]
    states = [LAST, *numbers, NOW]
    # What is delivered stands as its latest version does; what that one changed is worth seeing.
    usual = states[-3:-1] if found.state == DossierState.DELIVERED else states[-2:]
    first, second = request.GET.get("from", usual[0]), request.GET.get("to", usual[1])
    before, after = _content(request, found, first), _content(request, found, second)
    rows, confidential = [], False
    if before is not None and after is not None:
        reader = Reader(user, before, after)
        old, new = reader.shown(before), reader.shown(after)
        confidential = is_confidential(old) or is_confidential(new)
        rows = _differences(sections_of(old), sections_of(new), all_of_it=first != LAST)
    context = {
        "marking": marking_line(user, confidential=confidential),
        "dossier": found,
        "briefing": found.briefing,
        "rows": rows,
        "unchanged": [row["title"] for row in rows if row["pieces"] == []],
        "known": before is not None,
        "first": _name(first),
        "second": _name(second),
        "choices": [(code, _name(code)) for code in states],
        "chosen": (first, second),
    }
    return render(request, "briefings/dossier_compare.html", context)


def _content(request: HttpRequest, found: Dossier, code: str) -> Content | None:
    """What a code stands for; None where there is no last dossier. 404 for a version that there is not."""
    if code == NOW:
        return compose(found)
    if code == LAST:
        last = found.briefing.previous()
        earlier = Dossier.objects.visible_to(request.user).filter(briefing=last).select_related("briefing").first()
        if earlier is None:
            return None
        frozen = earlier.versions.order_by("-number").first()
        content: Content = frozen.content if frozen else compose(earlier)
        return content
    if not code.isascii() or not code.isdigit() or len(code) > 4:
        raise Http404
    frozen = get_object_or_404(DossierVersion.objects.visible_to(request.user), dossier=found, number=int(code))
    content = frozen.content
    return content


def _name(code: str) -> str:
    if code in (NOW, LAST):
        return _("as it stands") if code == NOW else _("the last briefing’s dossier")
    return _("version %(number)s") % {"number": code}


def _differences(old: list[Section], new: list[Section], *, all_of_it: bool) -> list[dict[str, Any]]:
    """A row a section: how many entries before and after, and the changed passages."""
    return [
        {
            "title": after.title,
            "before": before.count,
            "after": after.count,
            "pieces": pieces_of(before.text, after.text) if all_of_it or after.key in LASTING else None,
        }
        for before, after in zip(old, new, strict=True)
    ]
