"""Production. Refuses to start without what it needs; `dev.py` relaxes it.

Everything that differs between two sites comes from the environment; `docs/running.md` has the table.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from blog import embeds

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]

# What a site must say of itself
_NEEDED = {
    "SECRET_KEY": "a long random text that signs sessions (make one with: openssl rand -base64 48)",
    "ALLOWED_HOSTS": "the names the site answers to, e.g. record.example",
    "SITE_URL": "its address, e.g. https://record.example",
}
_missing = [f"{name} ({what})" for name, what in _NEEDED.items() if not env.str(name, default="").strip()]
if _missing:
    raise ImproperlyConfigured(
        "production settings need " + "; ".join(_missing) + ". "
        "To try it out instead, set DJANGO_SETTINGS_MODULE=config.settings.dev, or type `make run`."
    )

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former ones, separated by commas
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS")]
SITE_URL = env.str("SITE_URL").strip().rstrip("/")
if not re.fullmatch(r"https?://[^/?#@\s]+", SITE_URL):
    raise ImproperlyConfigured(f"SITE_URL is {SITE_URL!r}; it has to be like https://record.example, with no path.")
SITE_NAME = env.str("SITE_NAME", default="Writethru")
SITE_TAGLINE = env.str("SITE_TAGLINE", default="")
SITE_ID = 1

# House rules
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=True)  # of everybody who publishes
FOUR_EYES = env.bool("FOUR_EYES", default=True)  # nobody approves his own words; off for one-person blogs
# Before publishing: what is refused, besides what can never be published. All else is a warning that asks why.
CHECKS_THAT_BLOCK = [name.strip() for name in env.list("CHECKS_THAT_BLOCK", default=["pictures"])]
# Whose players a page may load, once a reader asks: youtube.com, vimeo.com, or the name of a PeerTube host
try:
    EMBED_HOSTS = embeds.hosts_in(env.list("EMBED_HOSTS", default=["youtube.com", "vimeo.com"]))
except ValueError as error:
    raise ImproperlyConfigured(f"EMBED_HOSTS: {error}.") from error

INSTALLED_APPS = [
    "blog.apps.BlogConfig",
    "blog.apps.DeskConfig",
    "comments.apps.CommentsConfig",
    "mptt",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.redirects",
    "taggit",
    "django_tasks",
    "django_tasks_db",
    "js_asset",
    "django_prose_editor",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "blog.middleware.headers_for_all",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "blog.middleware.plain_addresses",
    "blog.middleware.in_utf_8",
    "blog.middleware.DatabaseAway",
    "blog.middleware.old_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # asks nothing; hears when a page wants the password again
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "blog.context.site",
            ],
        },
    },
]

# Database: SQLite needs no set-up; DATABASE_URL=postgres://user:password@host/name is for use in earnest
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
_database.setdefault("OPTIONS", {})
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] |= {
        # One writer at a time from the first statement on: a deferred transaction loses writes under load.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] |= {
        "pool": {
            "min_size": env.int("DATABASE_POOL_MIN", default=1),
            "max_size": env.int("DATABASE_POOL_MAX", default=8),
            "timeout": 2,
            # By itself the pool tries again after ever longer pauses, up to minutes after the database is back.
            "reconnect_timeout": 1,
        },
        "connect_timeout": 3,
        "application_name": "writethru",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Whole pages, kept under their version in each worker's memory: nothing in here can go stale
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}

# Comments: a second opinion on what may be spam. Nothing goes there unless a key is given.
AKISMET_KEY = env.str("AKISMET_KEY", default="")

# Language and time
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en-gb")
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

# What leaves the building: never within a request, but by a worker (`manage.py db_worker`)
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
WEBSUB_HUB = env.str("WEBSUB_HUB", default="")  # is told when a feed changes
CACHE_PURGE_URL = env.str("CACHE_PURGE_URL", default="")  # a cache of ours that takes PURGE

# Mail
vars().update(env.email("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 30  # seconds, for each step: far less than `sending.LEASE`
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"noreply@{urlsplit(SITE_URL).hostname}")

# Files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# People
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"  # for who signs in with an address of another site to go on to
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds

# Sign-in of staff: `blog/signing_in.py` has the rules, and says why allauth's own limits are off
ACCOUNT_ADAPTER = "blog.signing_in.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # nobody signs up: asked for by a check
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # as long as Django's sessions last
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "change_password": "blog.signing_in.NewPasswordForm",
    "reset_password": "blog.signing_in.LostPasswordForm",
}
MFA_ADAPTER = "blog.signing_in.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = False
MFA_FORMS = {
    "authenticate": "blog.signing_in.CodeForm",
    "reauthenticate": "blog.signing_in.CodeAgainForm",
    "authenticate_webauthn": "blog.signing_in.PasskeyAsSecondForm",
    "reauthenticate_webauthn": "blog.signing_in.PasskeyAgainForm",
    "login_webauthn": "blog.signing_in.PasskeyForm",
    "add_webauthn": "blog.signing_in.NewPasskeyForm",
}

# Safety
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "blog.views.unsent.csrf_failed"  # a form of the desk loses no words
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=True)
if BEHIND_PROXY:  # the shipped proxy sets it, and drops what a client sends
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PROXY_COUNT = env.int("PROXY_COUNT", default=1 if BEHIND_PROXY else 0)  # of our own that add to X-Forwarded-For
if PROXY_COUNT < 0 or bool(PROXY_COUNT) != BEHIND_PROXY:
    # Too few, and all visitors share one address and one limit; too many, and each chooses his own.
    raise ImproperlyConfigured(f"PROXY_COUNT is {PROXY_COUNT}, and BEHIND_PROXY {'on' if BEHIND_PROXY else 'off'}.")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        # Imported posts show pictures where they always stood; new ones are our own.
        "img-src": [SELF, "data:", "https:", "http:"],
        "font-src": [SELF],
        "frame-src": embeds.origins(EMBED_HOSTS) or [NONE],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Tags: "Budget" and "budget" are one
TAGGIT_CASE_INSENSITIVE = True

# One line of text for each event, to standard error, for the service manager to keep
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django_tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
    },  # two lines for each look
}
