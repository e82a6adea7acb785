"""What an activity can be: types, roles of the Centre and of partners, stages, formats."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ActivityType(models.TextChoices):
    MEETING = "meeting", _("Meeting")
    HIGH_LEVEL_MEETING = "high_level_meeting", _("High-level meeting")
    CONFERENCE = "conference", _("Conference")
    EXPERT_MEETING = "expert_meeting", _("Expert meeting")
    DIALOGUE = "dialogue", _("Dialogue")
    TRAINING = "training", _("Training")
    CONSULTATION = "consultation", _("Consultation")
    GOOD_OFFICES_CONTACT = "good_offices_contact", _("Good offices contact")
    MISSION = "mission", _("Mission")
    BRIEFING = "briefing", _("Briefing")
    LECTURE = "lecture", _("Lecture")
    PUBLICATION = "publication", _("Publication")
    OUTREACH = "outreach", _("Outreach")


class CentreRole(models.TextChoices):
    ORGANIZER = "organizer", _("Organizer")
    CO_ORGANIZER = "co_organizer", _("Co-organizer")
    SUPPORTER = "supporter", _("Supporter")
    PARTICIPANT = "participant", _("Participant")
    # Of a partner's own activity: the Centre has no part in it.
    NONE = "none", _("Not involved")


class Stage(models.TextChoices):
    PLANNED = "planned", _("Planned")
    CONFIRMED = "confirmed", _("Confirmed")
    HELD = "held", _("Held")
    POSTPONED = "postponed", _("Postponed")
    CANCELLED = "cancelled", _("Cancelled")


# Which stage may follow which. What was held or cancelled by mistake is mended by a manager's edit of the stage.
NEXT_STAGES: dict[Stage, tuple[Stage, ...]] = {
    Stage.PLANNED: (Stage.CONFIRMED, Stage.HELD, Stage.POSTPONED, Stage.CANCELLED),
    Stage.CONFIRMED: (Stage.HELD, Stage.POSTPONED, Stage.CANCELLED),
    Stage.POSTPONED: (Stage.PLANNED, Stage.CONFIRMED, Stage.CANCELLED),
    Stage.HELD: (),
    Stage.CANCELLED: (Stage.PLANNED,),
}


class Format(models.TextChoices):
    IN_PERSON = "in_person", _("In person")
    ONLINE = "online", _("Online")
    HYBRID = "hybrid", _("Hybrid")


class DateBasis(models.TextChoices):
    """What the recorded date is the date of, since public sources often date only their report."""

    EVENT = "event", _("Date of the event")
    REPORT = "report", _("Date of the report")
    SURROUNDING_EVENT = "surrounding_event", _("Dates of the surrounding event")


class InvolvementRole(models.TextChoices):
    ORGANIZER = "organizer", _("Organizer")
    CO_ORGANIZER = "co_organizer", _("Co-organizer")
    HOST = "host", _("Host")
    SUPPORTER = "supporter", _("Supporter")
    DONOR = "donor", _("Donor")
    SPEAKER = "speaker", _("Speaker")
    PARTICIPANT = "participant", _("Participant")


class Origin(models.TextChoices):
    STAFF = "staff", _("Logged in the portal")
    PUBLIC_RECORD = "public_record", _("Public record")
    IMPORT = "import", _("Imported")


class SeriesCadence(models.TextChoices):
    YEARLY = "yearly", _("Once a year")
    TWICE_A_YEAR = "twice_a_year", _("Twice a year")
    IRREGULAR = "irregular", _("Irregular")
