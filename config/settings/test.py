"""Tests: development with quick passwords, and nothing kept between two tests."""

import os

os.environ["SITE_URL"] = "https://record.example"
os.environ["SITE_NAME"] = "The Port Ansel Record"
os.environ["FOUR_EYES"] = "on"
os.environ["SECOND_FACTOR_REQUIRED"] = "off"
os.environ.setdefault("EMAIL_URL", "memorymail://")

from .dev import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES["pages"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}  # noqa: F405
TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}  # a test that wants a queue says so
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    MIDDLEWARE = ["tests.turns.one_at_a_time", *MIDDLEWARE]  # noqa: F405
