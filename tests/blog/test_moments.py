"""What readers were shown adds up from the record alone, whatever is done in whatever order."""

from datetime import timedelta

import pytest

from blog import moments
from blog.models import Update
from blog.verifying import verify
from tests.blog.chance import OF_POST, OF_UPDATE, Desk
from tests.factories import NOON, four_eyes, fresh, make_author, make_post, make_story

pytestmark = pytest.mark.django_db

SUMS_OF_POST = (
    "live_id published_at published_on updated_at coverage next_update_at promise summary_at version public_sequence "
    "text_sequence notices update_count discussion"
).split()
SUMS_OF_UPDATE = "live_id happened_at published_at updated_at pinned key withdrawal_id public_sequence".split()


def columns(row, names):
    return {name: getattr(row, name) for name in names}


@four_eyes(False)
@pytest.mark.parametrize("seed", range(3))
def test_columns_are_what_the_events_add_up_to_after_every_act(seed):
    make_author()
    make_story()
    post = make_post(at=NOON)
    desk = Desk(post, seed)
    for minute in range(120):
        desk.act(NOON + timedelta(minutes=minute))
        post = fresh(post)
        state = moments.state(moments.acts_of(post.pk, up_to=post.sequence))
        assert columns(state, SUMS_OF_POST) == columns(post, SUMS_OF_POST)
        assert state.slug in (None, post.slug)
        for update in Update.objects.filter(post=post):
            said = state.updates.get(update.pk) or moments.UpdateState(update.number)
            names = SUMS_OF_UPDATE if update.published_at else [n for n in SUMS_OF_UPDATE if n != "happened_at"]
            assert columns(said, names) == columns(update, names)
    assert list(verify()) == []


@four_eyes(False)
def test_chance_leaves_no_verb_out():
    """The property above is about every verb; one that is always refused would prove nothing."""
    make_story()
    desk = Desk(make_post(at=NOON), seed=1)
    missing = {*OF_POST, *OF_UPDATE}
    for minute in range(2_000):
        missing.discard(desk.act(NOON + timedelta(minutes=minute)))
        if not missing:
            break
    assert missing == set()
