"""What the fields picked by typing are offered, read once for all fields and rows of a page, or of a whole file."""

from collections.abc import Callable
from functools import cached_property

from django.db.models import Model, Q

from accounts.models import User
from accounts.roles import STAFF_ROLES
from activities.models import Activity
from partners.forms import organization_label
from partners.models import Organization
from priorities.models import Commitment, Country, Deliverable
from priorities.succession import Succession

from .pick import Choice, Offer, names_of

LONGEST_TEXT = 110


def _offered(make: "Callable[[Lookups], Offer]") -> "cached_property[Offer]":
    """An offer that is the same for every activity of the user."""
    name = make.__name__
    return cached_property(lambda self: getattr(self.base, name) if self.base else make(self))


class Lookups:
    """Each offer starts from `visible_to`; an attribute is named as the field of a row that takes it.

    Many entries of one user, tried one after the other, share what was read for the first of them: `base`.
    """

    def __init__(self, user: User, activity: Activity | None = None, base: "Lookups | None" = None) -> None:
        self.user = user
        self.activity = activity
        self.base = base

    @_offered
    def organization(self) -> Offer:
        return Offer("organizations", (_organization(one) for one in Organization.objects.visible_to(self.user)))

    @cached_property
    def succession(self) -> Succession:
        return self.base.succession if self.base else Succession()

    @_offered
    def commitment(self) -> Offer:
        def choice(one: Commitment) -> Choice:
            period = one.priority.programme.period
            texts = [f"{period} {one.code} {text}"[:LONGEST_TEXT] for text in (one.text, one.text_en, one.text_ru)]
            names = (f"{period} {one.code}", one.code, *texts[1:])
            return Choice(one, texts[0], names, (one.text_en, one.text_ru), in_use=not one.retired)

        return Offer("commitments", map(choice, Commitment.objects.visible_to(self.user).for_lists()))

    @_offered
    def country(self) -> Offer:
        return Offer(
            "all-countries",
            (Choice(one, str(one), tuple(names_of(one))) for one in Country.objects.visible_to(self.user)),
        )

    @_offered
    def deliverable(self) -> Offer:
        def choice(one: Deliverable) -> Choice:
            unit = f" ({one.line.unit})" if one.line.unit else ""
            label = f"{one.year} {one.line.code} {one.line.name}"[:LONGEST_TEXT]
            return Choice(one, f"{label}{unit}", (one.line.name_en, one.line.name_ru))

        # What is told in words has no figure to add to.
        told = Deliverable.objects.visible_to(self.user).filter(line__narrative=False).select_related("line")
        return Offer("deliverables", map(choice, told))

    @cached_property
    def owner(self) -> Offer:
        # With those who own something already: no save drops people who were switched off meanwhile.
        owning = Q(follow_ups__activity=self.activity) if self.activity else Q()
        staff = list(User.objects.filter(Q(role__in=STAFF_ROLES, is_active=True) | owning).distinct())
        names = [str(one) for one in staff]
        return Offer(
            "staff",
            (
                Choice(one, f"{name} ({one.email})" if names.count(name) > 1 else name)
                for one, name in zip(staff, names, strict=True)
            ),
        )

    def leave_constraints(self, record: Model) -> None:
        """To ask for each constraint costs three queries: entries by the hundred learn of them as they are saved."""
        if self.base:
            record.validate_constraints = lambda exclude=None: None  # type: ignore[method-assign]

    @property
    def used(self) -> list[Offer]:
        """The offers that fields of the page took: each is one list on it."""
        return [offer for offer in self.__dict__.values() if isinstance(offer, Offer) and offer.choices]


def _organization(one: Organization) -> Choice:
    names = [one.code, one.acronym, one.acronym_ru, one.name_en, one.name_ru, *one.aliases]
    # Labels in either language: a form may be sent after its reader changed the language.
    pairs = [(one.acronym, one.name_en), (one.acronym_ru or one.acronym, one.name_ru)]
    names += [f"{acronym} — {name}" for acronym, name in pairs if acronym and name]
    return Choice(one, organization_label(one), tuple(name for name in names if name), in_use=not one.retired)
