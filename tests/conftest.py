"""What every test stands on. `tests.browser` has the fixtures for a real Chromium."""

import os

import pytest
from django.test import SimpleTestCase, override_settings

from tests.flushing import emptied_as_migrated

pytest_plugins = ["tests.browser"]

# Playwright keeps an event loop running in the thread that also asks the database. Here that is meant.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(config, items):
    """Leave out what another database cannot change, where all has been tried on one (`make test` says so)."""
    if not os.environ.get("ALL_TRIED_ON_ANOTHER_DATABASE"):
        return
    kept = [item for item in items if _asks_database(item) and not item.get_closest_marker("looks")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _asks_database(item):
    is_case = isinstance(item.cls, type) and issubclass(item.cls, SimpleTestCase)
    return is_case or item.get_closest_marker("django_db") or "django_db_setup" in item.fixturenames


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A test that commits leaves the database as the migrations made it, append-only tables included."""
    with emptied_as_migrated(django_db_blocker):
        yield


@pytest.fixture(scope="session", autouse=True)
def _uploads_go_to_a_folder_of_this_run(tmp_path_factory):
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield
