from datetime import time
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from .periodic import each_day, each_minute


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from . import audit, changes, notices, signals  # noqa: F401  (they register themselves)

        post_migrate.connect(audit.install_triggers)
        post_migrate.connect(changes.count_anew, sender=self)
        post_migrate.connect(plan_tasks, sender=self)


def plan_tasks(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat send mail, and each night clear away old unsaved entries and changes."""
    each_minute("Mail: send what waits", "accounts.tasks.send_mails")
    each_minute("API keys: write down what they were used for", "accounts.tasks.write_accesses")
    each_day("API keys: clear away what the log no longer keeps", "accounts.tasks.forget_accesses", time(3))
    each_day("API keys: remind of those about to expire", "accounts.tasks.remind_of_keys", time(6, 30))
    each_day("Mail: one mail a day", "accounts.tasks.send_daily_mails", time(7))
    each_day("API: forget changes that others followed", "accounts.tasks.thin_out_changes", time(2))
    each_day("Accounts: clear away entries that were never saved", "accounts.tasks.forget_stale_entries", time(3))
