"""What is planned in the demo: a piece for tonight, a notice that goes tomorrow, and a change that came too late.

Plans are for times to come, so they are counted from the moment at which the demo is made.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser

from blog import revisions, schedule, workflow
from blog.models import Post, Schedule
from blog.revisions import Content

from . import SOURCE

HOUR = timedelta(hours=1)


def make(users: dict[str, AbstractBaseUser]) -> None:
    """Plan those that are there, and let the last one be missed. `users` are the accounts of the demo by name."""
    pia, edith = users["pia"], users["edith"]
    hour = schedule.database_now().replace(minute=0, second=0, microsecond=0)
    if post := _post("traders-ask-for-rent-relief"):
        note = "With the authority’s answer or without it."
        schedule.plan(post, post.head, by=pia, publish_at=hour + 6 * HOUR, note=note)
    if post := _post("water-off-in-three-streets"):
        said = "The water is on again in all three streets."
        schedule.plan(post, post.head, by=pia, withdraw_at=hour + 20 * HOUR, withdrawal_note=said)
    if post := _post("gale-warning"):
        _miss(post, pia, pia if post.head.by == edith else edith, hour)


def _miss(post: Post, pia: AbstractBaseUser, other: AbstractBaseUser, hour: datetime) -> None:
    writer = post.head.by
    content = Content(**Content.of(post.head).__dict__ | {"standfirst": "The warning was lifted in the evening."})
    revisions.write(post, content, by=writer, based_on=post.head, kind="update", note="As soon as it is lifted.")
    post = workflow.submit(post, by=writer)
    post = workflow.approve(post, post.head, by=other)
    times = {"publish_at": hour + 2 * HOUR, "expires_at": hour + 3 * HOUR}
    schedule.plan(post, post.head, by=pia, kind="update", note="Only this evening.", **times)
    _time_goes_by(post, 5 * HOUR)
    schedule.logger.disabled = True  # it is missed on purpose: who tries the site is told of no error
    try:
        schedule.do_due()
    finally:
        schedule.logger.disabled = False


def _post(name: str) -> Post | None:
    return Post.objects.select_related("head", "live").filter(source=SOURCE, source_id=name).first()


def _time_goes_by(post: Post, time: timedelta) -> None:
    """As if the plan had been made so much earlier, and nothing had run since."""
    [row] = Schedule.objects.of(post).planned()
    row.made_at, row.due_at, row.expires_at = row.made_at - time, row.due_at - time, row.expires_at - time
    row.save(update_fields=["made_at", "due_at", "expires_at"])
