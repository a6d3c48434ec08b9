"""What the processes of a race do. Each gives something that JSON can carry: what came of it, errors by name."""

import json
import os
import random
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path
from unittest import mock

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from blog import (
    belonging,
    events,
    guesses,
    labelling,
    pictures,
    revisions,
    schedule,
    sending,
    suggestions,
    updates,
    visiting,
    workflow,
)
from blog.importing import fetching
from blog.models import (
    Edition,
    Outgoing,
    Picture,
    PictureUse,
    Post,
    Revision,
    Schedule,
    SearchEntry,
    Story,
    Suggestion,
    Tag,
    Tally,
    Update,
    address_key,
)
from blog.rendering import Unacceptable
from blog.renditions import Kept
from blog.revisions import Content
from blog.verifying import verify
from comments import digests, letters, limits, mail, mending, moderation, posting, receiving
from comments.forms import stamp_of
from comments.management.static_site import folder as folders
from comments.management.static_site.files import Files
from comments.models import Comment, ModerationAct
from tests.blog.chains import faults
from tests.comments import deciding, trees
from tests.factories import make_comment

REFUSALS = (
    workflow.WorkflowError,
    moderation.ModerationError,
    limits.TooFast,
    receiving.TooLate,
    revisions.Stale,
    labelling.Refused,
    Unacceptable,
)


def who(name):
    return get_user_model().objects.get(username=name)


def tried(act):
    try:
        return act() or "done"
    except REFUSALS as refusal:
        return type(refusal).__name__
    except Exception as error:
        return f"ERROR {type(error).__name__}: {error}"


def write(name, pk, times):
    """Write `times` wordings, whatever others write."""
    post, by = Post.objects.get(pk=pk), who(name)
    return [
        tried(lambda number=number: revisions.write(post, Content(headline=f"{name} {number}"), by=by).number)
        for number in range(times)
    ]


def write_carefully(name, pk, times):
    """Add `times` sentences to what is there, each based on the version that was read; look again when it is stale."""
    by, added, stale = who(name), 0, 0
    while added < times and stale < 500:
        head = Post.objects.select_related("head").get(pk=pk).head
        content = Content(headline=head.headline, body=f"{head.body}<p>{name} {added}</p>")
        what = tried(lambda: revisions.write(Post(pk=pk), content, by=by, based_on=head).number)  # noqa: B023
        if what == "Stale":
            stale += 1
        elif str(what).startswith("ERROR"):
            return [what]
        else:
            added += 1
    return [added]


def publish(name, pk):
    post = Post.objects.select_related("head").get(pk=pk)
    return tried(lambda: workflow.publish(post, post.head, by=who(name)).stage)


def act(verb, name, pk):
    post = Post.objects.select_related("head").get(pk=pk)
    words = {"withdraw": {"public_note": "Wrong."}, "request_changes": {"note": "Why?"}}.get(verb, {})
    revision = [post.head] if verb == "approve" else []
    return tried(lambda: getattr(workflow, verb)(post, *revision, by=who(name), **words).stage)


def move(name, pk, slug):
    return tried(lambda: belonging.move(Post.objects.get(pk=pk), slug, by=who(name)).slug)


def start_page(name, slug):
    return tried(lambda: revisions.start(Content(headline="x"), by=who(name), kind="page", slug=slug).slug)


def assign(name, pk, story):
    def to(story):
        return tried(lambda: belonging.assign(Post.objects.get(pk=pk), story, by=who(name)).stage)

    return [to(Story.objects.get(pk=story)), to(None)]


def add_update(name, pk, headline, since=None):
    """Begin an update of a running story; its number."""
    return tried(lambda: updates.add(Post.objects.get(pk=pk), Content(headline), by=who(name), since=since).number)


def act_on_update(verb, name, pk):
    """A verb of `workflow` or `updates` on an update."""
    update = Update.objects.select_related("head", "post").get(pk=pk)
    words = {"withdraw": {"public_note": "Wrong."}}.get(verb, {})
    revision = [update.head] if verb in {"approve", "publish"} else []
    module = workflow if verb in workflow.STEPS else updates
    return tried(lambda: getattr(module, verb)(update, *revision, by=who(name), **words).stage)


def lead(verb, name, pk, *arguments):
    """A verb on the coverage of a post."""
    return tried(lambda: getattr(updates, verb)(Post.objects.get(pk=pk), *arguments, by=who(name)).coverage)


def look(pk):
    """What stands there afterwards."""
    post = Post.objects.select_related("head", "live").get(pk=pk)
    return {
        "stage": post.stage,
        "slug": post.slug,
        "revisions": list(post.revisions.order_by("number").values_list("number", flat=True)),
        "events": list(post.events.order_by("number").values_list("verb", flat=True)),
        "head": post.head.number,
        "live": post.live and post.live.number,
        "body": post.head.body,
        "sequence": post.sequence,
        "edition": Edition.objects.get().number,
        "updates": [post.updates.live().count(), post.update_count],
        "faults": faults(post),
    }


def apply_suggestion(name, pk):
    suggestion = Suggestion.objects.get(pk=pk)
    return tried(lambda: suggestions.apply(suggestion, by=who(name), kind="correction").resolved.number)


def suggest(pk, address):
    """A reader's proposal for words of a post; its number."""
    post = Post.objects.select_related("live").get(pk=pk)
    words = {"part": "body", "exact": "October 1974", "before": "", "after": "", "replacement": "October 1976"}
    words |= {"update": None, "revision": post.live, "about": "fact", "address": address_key(address)}
    return tried(lambda: suggestions.suggest(post, **words).pk)


def send_comments(address, at, threads, times):
    """Tries of one address by some threads, each try in a transaction of its own: how many were let through."""

    def send(_):
        passed = 0
        for _ in range(times):
            try:
                with transaction.atomic():
                    limits.take(limits.address_key(address), datetime.fromisoformat(at))
            except limits.TooFast:
                continue
            passed += 1
        connection.close()
        return passed

    with ThreadPoolExecutor(threads) as together:
        return sum(together.map(send, range(threads)))


def send_notes():
    """Send all that is due, as a mail to nobody in particular; how many were sent."""
    return sending.send_due(NOTES).rows["sent"]


def send_notes_and_die():
    """Be killed when the first mail is away, before anybody has written that down."""
    sending._mark = lambda *args, **columns: os.kill(os.getpid(), signal.SIGKILL)
    sending.send_due(NOTES)


def end_leases():
    """As if all of them had run out."""
    return Outgoing.objects.waiting().update(leased_until=None)


def write_digests(at):
    return digests.write(datetime.fromisoformat(at))


def post_comments(pk, keys, seed, times, log, **how):
    """Answer one another and those with `keys` at random; each key that was stored goes to a file. Gives the errors.

    `dies_at` kills this process at that comment, before its transaction ends.
    """
    make_numbers(**how)
    chance, known, errors = random.Random(seed), list(keys), []
    with Path(log).open("a", buffering=1) as stored:
        for number in range(times):
            if number == how.get("dies_at"):
                Tally.objects.count = lambda *args, **numbers: os.kill(os.getpid(), signal.SIGKILL)
            comment = Comment(post_id=pk, name=f"{seed}", text="So.", html="<p>So.</p>", state="visible")
            answers = None if chance.random() < 0.1 else chance.choice(known)
            what = tried(lambda: posting.add(comment, answers=answers).pk)  # noqa: B023
            if isinstance(what, int):
                known.append(what)
                stored.write(f"{what}\n")
            elif "Gone" not in what:
                errors.append(what)
    return {"errors": errors, "room": how.get("room", [0])[0]}


def make_numbers(top=None, roomy=None, locks=True, room=None, **_):
    """As narrow as wanted, without locks if wanted; `room` counts how often it had to be made."""
    posting.TOP, posting.ROOMY = top or posting.TOP, roomy or posting.ROOMY
    if not locks:
        posting._HOLD = {name: sql.partition(" FOR NO KEY")[0] for name, sql in posting._HOLD.items()}
    if room is not None:
        respace = posting.respace

        def counted(key):
            room[0] += 1
            respace(key)

        posting.respace = counted


def make_room(keys, times, **how):
    """Number parts of trees afresh again and again, whether or not there is room."""
    make_numbers(**how)
    posting.free_slice = lambda *of: None
    return [what for key in keys * times if (what := tried(lambda: posting.respace(key))) != "done"]  # noqa: B023


def mend_threads(keys, times, **how):
    """Number whole conversations afresh again and again, though nothing is wrong with them."""
    make_numbers(**how)
    acts = [lambda key=key: posting.in_transaction(lambda: mending._mend_tree(key)) for key in keys * times]
    return [what for act in acts if (what := tried(act)) != "done"]


def moderate_comments(name, pk, times):
    """Remove twenty at random and bring them back, again and again."""
    chance, errors = random.Random(name), []
    for number in range(times):
        keys = list(Comment.objects.under(pk).order_by("pk").values_list("pk", flat=True))
        some = Comment.objects.filter(pk__in=chance.sample(keys, min(20, len(keys))))
        verb = "remove" if number % 2 == 0 else "approve"
        reason = {"reason": "subject"} if verb == "remove" else {}
        errors.append(tried(lambda: moderation.decide_many(some, verb, by=who(name), **reason) and "done"))  # noqa: B023
        errors.append(tried(lambda: Comment.objects.filter(pk=keys[0]).update(text="Other words.") and "done"))  # noqa: B023
    return [error for error in errors if error != "done"]


def look_at_threads():
    """What stands there afterwards."""
    return {
        "keys": list(Comment.objects.order_by("pk").values_list("pk", flat=True)),
        "faults": trees.faults() + [str(fault) for fault in mending.find()],
    }


def waiting_to_be_sent():
    """What went wrong with each row that waits."""
    return list(Outgoing.objects.waiting().values_list("last_error", flat=True))


def moderate(verb, name, keys):
    """Do the same to each of these comments, one by one in this order; what came of each."""
    by, words = who(name), ("person",) if verb == "remove" else ()
    act = getattr(moderation, verb)
    return [tried(lambda key=key: act(Comment.objects.get(pk=key), *words, by=by).state_after) for key in keys]


def moderate_together(verb, name, keys, times=1):
    """Do the same to all of these comments at once, and take it back, again and again; how many it was done to."""
    by, done = who(name), []
    for number in range(times):
        chosen = Comment.objects.filter(pk__in=keys)
        decided = moderation.decide_many(chosen, verb, by=by, reason="subject")
        done.append(decided.done)
        if number + 1 < times:
            moderation.undo_many(decided.batch, by=by)
    return done


def undo_each(name, acts):
    by = who(name)
    return [tried(lambda key=key: moderation.undo(ModerationAct.objects.get(pk=key), by=by).verb) for key in acts]


def undo_together(name, batch):
    undone = moderation.undo_many(uuid.UUID(batch), by=who(name))
    return [undone.done, undone.refused]


def answer_each(keys, times):
    """Answer each of these comments in turn, where readers see it; how often that was so."""
    said = 0
    for number in range(times):
        comment = Comment.objects.get(pk=keys[number % len(keys)])
        try:
            make_comment(comment.post, f"Answer {number}", answers=comment)
        except posting.Gone:
            continue
        said += 1
    return said


def report_each(address, keys):
    """Report each of these comments; what came of each."""
    return [tried(lambda key=key: moderation.report(Comment(pk=key), "person", address=address).reason) for key in keys]


def look_at_comments(keys):
    """Where comments and the record stand after a race, and what is wrong with them."""
    acts = ModerationAct.objects.order_by("pk")
    return {
        "states": [Comment.objects.get(pk=key).state for key in keys],
        "acts": [list(acts.filter(comment=key).values_list("verb", flat=True)) for key in keys],
        "reports": [Comment.objects.get(pk=key).reports for key in keys],
        "faults": [*deciding.faults(), *trees.faults()],
    }


def answer(pk, times):
    """Answer a comment `times` times, each in the transaction in which its writer is told; not an hour apart."""
    mail.PAUSE = timedelta(0)
    answered = Comment.objects.get(pk=pk)

    def one(number):
        new = Comment(post_id=answered.post_id, name=f"{os.getpid()} {number}", text="x", html="<p>x</p>")
        new.state, new.placed, new.shown_at = Comment.State.VISIBLE, True, new.created_at
        mail.tell_of_answer(posting.insert(new, answers=pk))
        posting.count(new)
        return new.pk

    return [posting.in_transaction(lambda number=number: one(number)) for number in range(times)]


def send_letters(rounds):
    """Send what is due, again and again, and leave nothing out of a mail."""
    letters.MOST_LISTED = mail.MOST_GATHERED
    return sum(sending.send_due(letters.KINDS).rows["sent"] for _round in range(rounds))


NOTES = {"note": lambda row: EmailMessage("A note", row.key, None, ["somebody@reader.example"])}


def post_forms(pk, forms, address, threads):
    """Send forms under a post as browsers do, by some threads; how each was answered: status and where to."""

    def send(fields):
        sent = {"name": "Marit Dahl", "stamp": stamp_of(pk, timezone.now() - timedelta(minutes=1))} | fields
        client = Client(REMOTE_ADDR=address, headers={"sec-fetch-site": "same-origin"})
        answer = client.post(f"/comments/on/{pk}/", sent)
        connection.close()
        return [answer.status_code, answer.headers.get("Location", "")]

    with ThreadPoolExecutor(threads) as together:
        return list(together.map(send, forms))


def comments_of(pk):
    """What stands under a post afterwards: text and state of each comment."""
    return list(map(list, Comment.objects.under(pk).in_order_of_writing().values_list("text", "state")))


def change_comment(pk, text):
    return tried(lambda: receiving.change(Comment.objects.get(pk=pk), text).state)


def withdraw_comment(pk):
    return tried(lambda: receiving.withdraw(Comment.objects.get(pk=pk)).state)


def plan_each(name, keys, verb):
    """Plan the newest wording of each of these posts to go out, or to be withdrawn, and let it be due."""
    by, soon = who(name), timezone.now() + timedelta(hours=1)
    for pk in keys:
        post = Post.objects.get(pk=pk)
        words = {"withdraw_at": soon, "withdrawal_note": "Over."} if verb == "withdraw" else {"publish_at": soon}
        schedule.plan(post, post.head, by=by, **words)
    return make_due(keys)


def make_due(keys):
    """As if the time of what is planned for these posts had come."""
    return Schedule.objects.planned().filter(post__in=keys).update(due_at=timezone.now() - timedelta(seconds=2))


def publish_due(keys=(), dies_at=None):
    """Do what is due, those of these posts included. `dies_at`: be killed at that of the moments between statements."""
    make_due(keys)
    if dies_at is not None:
        _die_at(dies_at)
    report = schedule.do_due()
    return [*sorted(f"{state} {count}" for state, count in report.rows.items()), report.put_off, report.away]


def _die_at(moment):
    """Before and after each statement, and each end of a transaction, is a moment."""
    passed = [0]

    def count():
        passed[0] += 1
        if passed[0] == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(execute, *call):
        count()
        found = execute(*call)
        count()
        return found

    commit = connection._commit

    def counted_commit():
        count()
        commit()
        count()

    connection.execute_wrappers.append(counted)
    connection._commit = counted_commit


def after_the_leases(keys):
    """Do what is left when all leases have run out; then for each post: acts, mails and plans, and what is wrong."""
    Schedule.objects.planned().update(leased_until=timezone.now())
    schedule.do_due()
    return plans_of(keys)


def plans_of(keys):
    """What came of the plans of each post: its acts by verb, plans by state, mails; and what is wrong with it."""
    found = []
    for pk in keys:
        post = Post.objects.select_related("head", "live").get(pk=pk)
        acts = post.events.order_by("number").filter(verb__in=["publish", "withdraw"])
        rows = Schedule.objects.filter(post=pk).order_by("pk")
        mails = [Outgoing.objects.filter(key__startswith=f"plan_done:plan-{row.pk}:").count() for row in rows]
        found.append(
            {
                "acts": list(acts.values_list("verb", flat=True)),
                "states": list(rows.values_list("state", flat=True)),
                "mails": mails,
                "faults": faults(post),
            }
        )
    return found


def put_off_plans(keys):
    """As if what is planned for these posts were due in an hour."""
    return Schedule.objects.planned().filter(post__in=keys).update(due_at=timezone.now() + timedelta(hours=1))


def publish_under(keys, name, tags, seed, times):
    """Publish these posts again and again under some of the tags; the errors that are nobody's plan."""
    chance, errors = random.Random(seed), []
    for number in range(times):
        own = chance.sample(tags, chance.randint(1, len(tags)))
        said = tried(lambda own=own, number=number: _publish_under(chance.choice(keys), who(name), own, number))
        errors += [said] if said != "done" else []
    return errors


def _publish_under(pk, by, tags, number):
    with transaction.atomic():
        post = Post.objects.select_related("head").get(pk=pk)
        content = replace(Content.of(post.head), tags=tuple(tags), section=tags[0], headline=f"Number {number}")
        revision = revisions.write(post, content, by=by)
        post = events.lock(post)
        workflow.bring_out(post, revision or post.head, by=by, kind="update")
    return "done"


def merge_and_undo(name, one, other, times):
    """Merge two tags and take that back, again and again; what was refused."""
    refused = []
    for _time in range(times):
        try:
            act = labelling.merge(Tag.objects.get(name=one), Tag.objects.get(name=other), by=who(name))
            labelling.undo(act, by=who(name))
        except (labelling.Refused, Tag.DoesNotExist) as refusal:
            refused.append(str(refusal))
    return refused


def publish_new_under(name, tags):
    """A new post under each of these tags; the errors that are nobody's plan."""
    said = [tried(lambda own=own: _publish_new_under(who(name), own)) for own in tags]
    return [one for one in said if one != "done"]


def _publish_new_under(by, own):
    with transaction.atomic():
        post = revisions.start(Content(headline=f"On {own}", tags=(own,), section=own), by=by)
        workflow.bring_out(events.lock(post), post.head, by=by)
    return "done"


def give_names(name, tag, names):
    """Give a tag other names, every second by renaming it; what came of each."""
    key = Tag.objects.get(name=tag).pk
    return [tried(lambda own=own, turn=turn: _give(key, own, who(name), turn)) for turn, own in enumerate(names)]


def _give(key, own, by, turn):
    tag = Tag.objects.get(pk=key)
    labelling.add_synonym(tag, own, by=by) if turn % 2 else labelling.rename(tag, own, by=by)
    return "done"


def rename_and_undo(name, one, other, times):
    """Call a tag otherwise and take that back, again and again; what was refused."""
    refused = []
    for _time in range(times):
        try:
            act = labelling.rename(Tag.objects.get(name=one), other, by=who(name))
            labelling.undo(act, by=who(name))
        except (labelling.Refused, Tag.DoesNotExist) as refusal:
            refused.append(str(refusal))
    return refused


def lies():
    """What does not agree."""
    return [str(lie) for lie in verify()]


def guess(name, times, address):
    """Wrong passwords for an account from one address; how often each was looked at, held up, or neither."""
    sent = {"login": name, "password": "wrong"}
    tries = [Client().post("/admin/account/sign-in/", sent, REMOTE_ADDR=address).status_code for _time in range(times)]
    return [tries.count(400), tries.count(429), len(tries) - tries.count(400) - tries.count(429)]


def use_code(name, code):
    """A code of this account; whether it opens."""
    return guesses.use_once("used code", name, code, timezone.now())


def send_picture(name, folder, data, times):
    """Send the same picture again and again; which row it is, by what it is kept."""
    with override_settings(MEDIA_ROOT=folder):
        sent = [pictures.store(BytesIO(bytes.fromhex(data)), by=who(name)) for _time in range(times)]
    return sorted({picture.file.name for picture in sent})


def copy_site(folder, dies_at=None):
    """Write the public site as files. `dies_at`: be killed at that of the moments at which a file gets its name."""
    if dies_at is not None:
        passed = [0]

        def counted(act):
            def acting(*call, **options):
                passed[0] += 1
                if passed[0] == dies_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return act(*call, **options)

            return acting

        Files._place, Path.rename = counted(Files._place), counted(Path.rename)
        folders.shutil.rmtree = counted(folders.shutil.rmtree)
    call_command("export_static", folder, stdout=StringIO())
    return "done"


def move_in(command, path, dies_at=None):
    """Bring an export in. `dies_at`: be killed at that of the moments between statements."""
    if dies_at is not None:
        _die_at(dies_at)
    call_command(command, path, stdout=StringIO(), stderr=StringIO())
    return "done"


def moved_in(sites):
    """What came in of each of these sites, without what is each one's own: pieces, comments, what is wrong."""
    found = []
    for site in sites:
        rows = Comment.objects.filter(source_id__startswith=f"{site}#").select_related("parent", "post").order_by()
        comments = [
            [
                row.source_id.removeprefix(site),
                row.post.source_id.removeprefix(site),
                row.parent.source_id.removeprefix(site) if row.parent else "",
                *(row.level, row.lft, row.rght, row.placed, row.state, row.badge, row.name, row.text),
                *map(str, (row.created_at, row.conversation_at, row.shown_at)),
            ]
            for row in rows
        ]
        posts = Post.objects.filter(source_id__startswith=f"{site}#").order_by("source_id")
        pieces = [[post.head.headline, post.stage, *Tally.objects.of_post(post.pk)[:2]] for post in posts]
        found.append({"pieces": pieces, "comments": sorted(comments)})
    return {"sites": found, "faults": [str(fault) for fault in trees.faults()]}


def stopped_at(words, inside, number, signal_number):
    """Run a command that is sent a signal in the middle of that call of a function: its exit code, and its sentence."""
    module, _, name = inside.rpartition(".")
    function, calls = getattr(import_module(module), name), []

    def called(*args, **kwargs):
        calls.append(name)
        given = function(*args, **kwargs)
        if len(calls) == number:
            os.kill(os.getpid(), signal_number)
        return given

    with mock.patch(inside, called):
        try:
            call_command(*words, stdout=StringIO(), stderr=StringIO())
        except CommandError as end:
            return [end.returncode, str(end)]
    return [0, ""]


def searched_by():
    return sorted(SearchEntry.objects.values_list("headline", flat=True))


def words_of_comment(pk):
    comment = Comment.objects.get(pk=pk)
    return [comment.text, comment.email, comment.acts.count()]


def import_with_pictures(path, port, folder, dies_at=None):
    """Bring in an export with its pictures, which a server on this machine has. `dies_at`: be killed at that moment."""
    connect = visiting.connect
    visiting.look_up = lambda host, port: ["93.184.216.34"]
    visiting.connect = lambda address, _port, seconds: connect("127.0.0.1", port, seconds)
    fetching.A_HOST = 0
    if dies_at is not None:
        passed = [0]

        def counted(act):
            def acting(*call, **options):
                passed[0] += 1
                if passed[0] == dies_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return act(*call, **options)

            return acting

        visiting.fetch, pictures.store = counted(visiting.fetch), counted(pictures.store)
        os.replace, revisions.build = counted(os.replace), counted(revisions.build)
    report = Path(folder).with_name(f"report-{os.getpid()}.json")
    with override_settings(MEDIA_ROOT=folder):
        call_command("import_wordpress", path, media=True, report=str(report), stdout=StringIO())
        shown = list(Picture.objects.all())
        expected = [name for one in shown for name in _files_of(one)]
    told = json.loads(report.read_text(encoding="utf-8"))
    there = [str(one.relative_to(folder)) for one in Path(folder).rglob("*") if one.is_file()]
    return {
        "kept": told["pictures_kept"],
        "lost": told["pictures_not_fetched"],
        "remote": told["remote_pictures"]["how_many"],
        "posts": Post.objects.count(),
        "revisions": Revision.objects.count(),
        "pictures": len(shown),
        "uses": PictureUse.objects.count(),
        "files": sorted(one for one in there if "/.part-" not in one),
        "expected": sorted(expected),
    }


def _files_of(picture):
    kept = Kept.named(picture.file.name)
    return [kept.name, kept.shared(), *map(kept.narrow, kept.widths)]
