"""One key for all comments of one writer."""

import pytest
from django.contrib.auth.models import AnonymousUser

from comments.writers import writer_key
from tests.factories import person

pytestmark = pytest.mark.django_db

MARIT = {"name": "Marit Dahl", "email": "marit@example.org", "address": "a" * 64}


def test_a_key_says_nothing_of_the_writer():
    key = writer_key(**MARIT)
    assert len(key) == 64
    assert "marit" not in key


def test_an_account_is_one_writer_whatever_it_is_called():
    rita = person("rita")
    assert writer_key(user=rita, **MARIT) == writer_key(user=rita) == writer_key(user=rita, name="R.")
    assert writer_key(user=rita) != writer_key(user=person("edith"))
    assert writer_key(user=rita) != writer_key(name=rita.username, address="a" * 64)


def test_a_guest_with_an_address_for_mail_is_that_and_the_name():
    assert writer_key(**MARIT) == writer_key(
        **MARIT | {"address": "b" * 64, "email": " MARIT@example.org", "name": "marit DAHL"}
    )
    assert writer_key(**MARIT) != writer_key(**MARIT | {"email": "other@example.org"})
    assert writer_key(**MARIT) != writer_key(**MARIT | {"name": "Marta Dahl"})


def test_any_other_guest_is_the_name_and_the_internet_address():
    guest = {"name": "Marit", "address": "a" * 64}
    assert writer_key(**guest) == writer_key(**guest | {"name": "МARIT"})  # the M is Cyrillic
    assert writer_key(**guest) != writer_key(**guest | {"address": "b" * 64})
    assert writer_key(**guest) != writer_key(**guest | {"name": "Marta"})
    assert writer_key(**guest) != writer_key(**guest, email="marit@example.org")


@pytest.mark.parametrize(
    "known", [{}, {"name": "Marit"}, {"address": "a" * 64}, {"name": "\u200b", "address": "a" * 64}]
)
def test_who_is_not_known_has_no_key(known):
    assert writer_key(**known) == ""
    assert writer_key(user=AnonymousUser(), **known) == ""
