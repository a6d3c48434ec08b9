"""What must leave the building: written in the transaction of the act that causes it, sent when that has been kept.

`write` leaves the rows, and with them a task in the queue: both stand or fall with the act. A worker
(`manage.py db_worker`) runs the task, which sends all that is due. The queue is what wakes somebody; the truth is the
row, its lease and its key. So nothing is lost where a worker dies with a task in its hands, which the queue does not
notice: before anything is sent, another look is in the queue for the time at which the lease has run out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from . import sending
from .models import Outgoing
from .sending import Compose, Sent

KINDS: dict[str, Compose] = {}  # who puts a row of which kind into words: `register`
AFTERWARDS: list[Callable[[], object]] = []  # what is to be done when something has been sent, and now and then
LOOK_AGAIN = sending.LEASE + timedelta(minutes=1)
KEPT = timedelta(days=1)  # how long a task that is over stays in the queue


def register(kinds: Mapping[str, Compose], *, afterwards: Callable[[], object] | None = None) -> None:
    """Say what puts rows of these kinds into words, and what `sweep` is to do; for apps, when they begin."""
    KINDS.update(kinds)
    if afterwards is not None and afterwards not in AFTERWARDS:
        AFTERWARDS.append(afterwards)


def write(rows: Iterable[Outgoing]) -> None:
    """To be sent, each from its `due_at` on; call it in the transaction of the act.

    Where there is a row of the same key already, that one stays.
    """
    rows = list(rows)
    if not rows:
        return
    Outgoing.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    _wake(min(row.due_at for row in rows))
    later = max(row.due_at for row in rows)
    if later > min(row.due_at for row in rows):
        _wake(later)


def try_again(rows: QuerySet[Outgoing] | None = None) -> int:
    """What was given up (of these rows) is sent once more. Gives how many there were."""
    with transaction.atomic():
        many = sending.try_again(rows)
        if many:
            _wake(timezone.now())
        return many


def send_due(stopped: Callable[[], bool] = lambda: False) -> Sent:
    """Send all that is due, of every kind there is, and do what has to be done afterwards."""
    sent = sending.send_due(KINDS, stopped=stopped)
    if sent.rows:
        sweep()
    return sent


def sweep() -> None:
    """Do what was registered to be done afterwards: rows go whose time is over. For who runs all day, too."""
    for step in AFTERWARDS:
        step()


@task()
def send() -> None:
    """Send all that is due; what a worker does. It leaves a later look in the queue as long as anything waits."""
    now = timezone.now()
    if not Outgoing.objects.waiting().exists():
        sweep()
        _forget(now)
        return
    _look_again_at(now + LOOK_AGAIN)  # should this worker be killed
    send_due()
    next_at = Outgoing.objects.waiting().aggregate(at=Min("due_at"))["at"]
    if next_at is not None:
        _look_again_at(max(next_at, timezone.now() + timedelta(minutes=1)))
    _forget(now)


def _wake(at: datetime) -> None:
    """Put a look into the queue, in this transaction; where the queue is none, look when it has been kept."""
    if not send.get_backend().supports_defer:  # in development it is done at once, and there is no later
        transaction.on_commit(send.enqueue)
        return
    send.using(run_after=at if at > timezone.now() else None).enqueue()


def _look_again_at(at: datetime) -> None:
    """A look at this time or before it is in the queue, afterwards."""
    if not send.get_backend().supports_defer:
        return
    ready = DBTaskResult.objects.filter(task_path=send.module_path, status=TaskResultStatus.READY)
    if not ready.filter(run_after__gt=timezone.now(), run_after__lte=at).exists():
        send.using(run_after=at).enqueue()


def _forget(now: datetime) -> None:
    """Tasks that are over go, and those that a worker took with it when it died."""
    over = DBTaskResult.objects.filter(task_path=send.module_path).exclude(status=TaskResultStatus.READY)
    over.filter(started_at__lt=now - KEPT).delete()
    sending.forget_done(now)
