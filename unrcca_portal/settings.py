"""Django settings. What an operator may choose is read and checked in `env.py`."""

from datetime import timedelta
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from . import embedded, env

ENV = env.read()
BASE_DIR = env.BASE_DIR
VAR = ENV.var

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins

INSTALLED_APPS = [
    "accounts",
    "partners",
    "priorities",
    "activities",
    "briefings",
    "reports",
    "unrcca_portal.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "unrcca_portal.urls"
WSGI_APPLICATION = "unrcca_portal.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"interface": "unrcca_portal.interface"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.marking",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data ---------------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(ENV.database_url, conn_max_age=60, conn_health_checks=True)}
# A server that takes the call and says nothing holds nobody longer than these seconds.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# To compile a query of a page takes longer than to run it: up to half a second, measured with 100,000 activities.
DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.redis_url}}
MEDIA_ROOT = VAR / "files"  # never served by URL: every file goes through a view that asks the visibility rule
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- people -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.EmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
# What the sign-in form and its credentials call the e-mail address; with the default, no attempt is ever counted.
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "accounts.requests.client_address"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

# --- sensitivity (ST/SGB/2007/6) ------------------------------------------------------------------------
CONFIDENTIAL_ALLOWED = ENV.confidential_allowed
CONFIDENTIAL_FOR_ALL_MANAGERS = ENV.confidential_for_all_managers

# --- files ----------------------------------------------------------------------------------------------
# A command that gets a file's path and ends with 0 (clean) or 1 (infected); none scans nothing.
MALWARE_SCANNER = ENV.malware_scanner

# --- partners -------------------------------------------------------------------------------------------
SILENCE_MONTHS = ENV.silence_months
VERIFY_MONTHS = ENV.verify_months
API_LOG_DAYS = ENV.api_log_days
IATI_REPORTING_ORG = ENV.iati_reporting_org

# --- reports --------------------------------------------------------------------------------------------
# A Word file whose styles reports take; none means the portal's own.
REPORT_TEMPLATE = ENV.report_template
if ENV.report_storage != "folder":
    STORAGES["reports"] = env.bucket_at(ENV.report_storage)
# So long a finished report is kept.
REPORT_DAYS = ENV.report_days

# --- browser security -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.keeping.csrf_failure"
BEHIND_HTTPS = ENV.behind_https
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- language and time ------------------------------------------------------------------------------------
LANGUAGE_CODE = ENV.language
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["unrcca_portal.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENV.time_zone

# --- mail -------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from
# Where the links in mails lead: a worker knows no request.
PORTAL_URL = ENV.url
EMAIL_TIMEOUT = 20
if ENV.email_url == "file":
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"
else:
    _mail = urlsplit(ENV.email_url)
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_PORT = _mail.port or 25
    EMAIL_HOST_USER = _mail.username or ""
    EMAIL_HOST_PASSWORD = _mail.password or ""
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
    EMAIL_USE_SSL = _mail.scheme == "smtps"

# --- background work ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = embedded.celery_url(ENV.redis_url)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Redis hands a task out again when its worker has not confirmed it in this time (seconds).
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "socket_timeout": 10, "socket_connect_timeout": 3}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- API ----------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["accounts.api_json.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "accounts.api_json.JsonOnly",
    "DEFAULT_SCHEMA_CLASS": "accounts.api_schema.Schema",
    "EXCEPTION_HANDLER": "accounts.api_problems.problem_details",
}
API_REQUESTS_PER_MINUTE = {"key": 600, "session": 600, "anonymous": 120}
SPECTACULAR_SETTINGS = {
    "TITLE": "UNRCCA programme tracking portal",
    "DESCRIPTION": (
        "What the Centre plans and did, for its partners' programs. An answer holds what its reader may"
        " see, and nothing else is counted. Codes, not labels, identify everything; texts come in English (`_en`)"
        " and Russian (`_ru`). An item's `internal` object is null for everyone but the Centre's staff."
    ),
    "VERSION": "1.3.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Without the list of all schemas, which is slow to draw and said again at each operation.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": -1},
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api_schema.close_objects",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ActivityTypeEnum": "activities.choices.ActivityType",
        "OrganizationTypeEnum": "partners.choices.OrganizationType",
        "AgreementKindEnum": "partners.choices.AgreementKind",
        "AgreementStatusEnum": "partners.choices.AgreementStatus",
        "FrameworkKindEnum": "priorities.choices.FrameworkKind",
        "DocumentKindEnum": "priorities.choices.DocumentKind",
        "ConsiderationKindEnum": "briefings.choices.ConsiderationKind",
        "CommitmentCadenceEnum": "priorities.choices.Cadence",
        "SeriesCadenceEnum": "activities.choices.SeriesCadence",
        "DatePrecisionEnum": "priorities.choices.DatePrecision",
        "InvolvementRoleEnum": "activities.choices.InvolvementRole",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
