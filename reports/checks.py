"""What is checked when the portal starts."""

from typing import Any
from zipfile import BadZipFile

from django.conf import settings
from django.core.checks import Error
from docx.opc.exceptions import PackageNotFoundError

from .renderers.docx_template import missing_styles, open_template


def check_template(app_configs: Any, **kwargs: Any) -> list[Error]:
    """The operator's Word template can be read and has every style that reports use."""
    if not settings.REPORT_TEMPLATE:
        return []
    hint = "Begin with a copy of the portal's own: manage.py make_report_template PATH. Or unset REPORT_TEMPLATE."
    try:
        missing = missing_styles(open_template())
    except (OSError, BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        return [Error(f"REPORT_TEMPLATE is no Word file that can be read ({error}).", hint=hint, id="reports.E001")]
    if missing:
        return [Error(f"REPORT_TEMPLATE lacks the styles {', '.join(missing)}.", hint=hint, id="reports.E002")]
    return []
