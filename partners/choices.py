"""Kinds of organizations and agreements."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganizationType(models.TextChoices):
    UN_ENTITY = "un_entity", _("United Nations entity")
    UN_COUNTRY_TEAM = "un_country_team", _("United Nations country team")
    UN_MISSION = "un_mission", _("United Nations mission")
    REGIONAL_ORGANIZATION = "regional_organization", _("Regional organization")
    FINANCIAL_INSTITUTION = "financial_institution", _("International financial institution")
    GOVERNMENT = "government", _("Government")
    PARLIAMENT = "parliament", _("Parliament")
    RESEARCH_INSTITUTION = "research_institution", _("Academic or research institution")
    CIVIL_SOCIETY = "civil_society", _("Civil society")
    DONOR = "donor", _("Donor")
    OTHER = "other", _("Other")


class AgreementKind(models.TextChoices):
    MEMORANDUM = "memorandum", _("Memorandum of understanding")
    JOINT_PLAN = "joint_plan", _("Joint plan")
    OTHER = "other", _("Other agreement")


class AgreementStatus(models.TextChoices):
    """Derived from an agreement's dates, never stored."""

    UPCOMING = "upcoming", _("Not yet in force")
    IN_FORCE = "in_force", _("In force")
    ENDED = "ended", _("Ended")
    UNKNOWN = "unknown", _("Dates not recorded")
