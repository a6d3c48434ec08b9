"""Rolling coverage: updates go through the same verbs as posts, and what is said of them adds up from the record."""

import pytest

from blog import moments, updates, workflow
from tests.factories import (
    NOON,
    fresh,
    make_live_update,
    make_publisher,
    make_rolling_post,
    make_update,
    publish_update,
    rewrite_update,
)

pytestmark = pytest.mark.django_db

OF_POST = (
    "live_id published_at updated_at coverage next_update_at promise summary_at version public_sequence "
    "text_sequence notices update_count"
).split()
OF_UPDATE = "live_id happened_at published_at updated_at pinned key withdrawal_id public_sequence".split()


def test_pointers_are_what_the_events_add_up_to():
    post, paula = make_rolling_post(), make_publisher()
    one, two = make_live_update(post, "One"), make_update(post, "Two")
    one = rewrite_update(one, headline="One, corrected", kind="correction")
    one = publish_update(one, kind="correction", public_note="It was two.")
    updates.pin(one, by=paula)
    two = publish_update(two)
    workflow.withdraw(two, by=paula, public_note="Wrong.")
    post, one, two = fresh(post), fresh(one), fresh(two)
    state = moments.state(moments.acts_of(post.pk, up_to=post.sequence))
    assert [getattr(post, column) for column in OF_POST] == [getattr(state, column) for column in OF_POST]
    for update in (one, two):
        said = state.updates[update.pk]
        assert [getattr(update, column) for column in OF_UPDATE] == [getattr(said, column) for column in OF_UPDATE]


def test_an_update_links_to_its_own_sources():
    post = make_rolling_post()
    update = make_update(post, body='<p>One.<a href="#s1">1</a></p>')
    assert update.head.body == f'<p>One.<a href="#t-u{update.number}-s1">1</a></p>'
    assert rewrite_update(update, headline="Other").head.body == update.head.body


def test_a_time_that_is_still_to_come_is_refused():
    post = make_rolling_post()
    with pytest.raises(workflow.WrongState):
        make_update(post, happened_at=NOON.replace(hour=15).isoformat())
    assert not fresh(post).updates.exists()
