"""Names of tags at the desk: the buttons do what the verbs do, and refusals say why."""

import pytest

from blog import labelling, workflow
from blog.models import Synonym, Tag, TagAct
from tests.factories import everything, make_editor, make_live_post, make_publisher, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def edith(client):
    client.force_login(make_editor())
    return client


@pytest.fixture(autouse=True)
def pieces():
    make_live_post(tags=("Harbour",))
    make_live_post("Two", tags=("Port",))


def names(name):
    return f"/admin/blog/tag/{Tag.objects.get(name=name).pk}/names/"


def test_it_is_renamed_merged_and_taken_back(edith):
    answer = edith.post(names("Harbour"), {"do": "rename", "name": "The harbour"}, follow=True)
    assert "“Harbour” is called “The harbour” now." in answer.text
    answer = edith.post(names("Port"), {"do": "merge", "into": "harbour"}, follow=True)
    assert "“Port” is one with “The harbour” now." in answer.text
    assert "2 live pieces are found under it." in answer.text
    for act in TagAct.objects.order_by("-pk"):
        answer = edith.post(f"/admin/blog/tag/acts/{act.pk}/undo/", follow=True)
        assert f"Taken back: “{act.name}” stands by itself again." in answer.text
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["Harbour", "Port"]
    answer = edith.post(f"/admin/blog/tag/acts/{act.pk}/undo/", follow=True)
    assert "It has been taken back already." in answer.text


def test_other_names_come_and_go(edith):
    edith.post(names("Harbour"), {"do": "add", "other": "Haven"})
    [synonym] = Synonym.objects.all()
    assert (synonym.name, synonym.tag.name) == ("Haven", "Harbour")
    assert "Haven" in edith.get(names("Harbour")).text
    edith.post(names("Harbour"), {"do": f"drop-{synonym.pk}"})
    assert Synonym.objects.count() == 0


def test_what_nothing_uses_is_found_and_removed(edith):
    workflow.withdraw(make_live_post("Three", tags=("Gone",)), by=make_publisher(), public_note="Wrong.")
    listed = edith.get("/admin/blog/tag/?use=none").text
    assert "Gone" in listed and "Harbour" not in listed
    ticked = list(Tag.objects.values_list("pk", flat=True))
    answer = edith.post("/admin/blog/tag/", {"action": "remove_unused", "_selected_action": ticked}, follow=True)
    assert "“Harbour” is in use." in answer.text and "Removed: 1." in answer.text
    assert not Tag.objects.filter(name="Gone").exists()
    workflow.withdraw(make_live_post("Four", tags=("Also gone",)), by=make_publisher(), public_note="Wrong.")
    edith.post(names("Also gone"), {"do": "remove"})
    assert not Tag.objects.filter(name="Also gone").exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"do": "merge", "into": "Nowhere"}, "There is no tag of that name."),
        ({"do": "merge", "into": ""}, "Say which tag it is to be one with."),
        ({"do": "merge", "into": "Harbour"}, "That is the same tag."),
        ({"do": "rename", "name": "Port"}, "There is a tag “Port”: merge the two."),
        ({"do": "rename", "name": ""}, "Write one name, without a comma."),
        ({"do": "add", "other": "a\0b"}, "Null characters are not allowed."),
        ({"do": "drop-999"}, "It is not there any more."),
        ({"do": "drop-x"}, "It is not there any more."),
        ({"do": "remove"}, "“Harbour” is in use."),
        ({"do": "burn"}, "Press one of the buttons."),
        ({}, "Press one of the buttons."),
    ],
)
def test_refusals_say_why_and_leave_nothing(edith, sent, said):
    address, before = names("Harbour"), everything()
    answer = edith.post(address, sent)
    assert answer.status_code == 400
    assert said in answer.text
    assert everything() == before


def test_who_may_not_change_tags_changes_none(client):
    act = labelling.merge(Tag.objects.get(name="Port"), Tag.objects.get(name="Harbour"), by=make_editor())
    client.force_login(person("carla"))
    before = everything()
    assert client.post(names("Harbour"), {"do": "rename", "name": "X"}).status_code == 403
    assert client.post(f"/admin/blog/tag/acts/{act.pk}/undo/").status_code == 403
    assert everything() == before
    page = client.get("/admin/blog/tag/acts/").text
    assert "Port" in page and "Take back" not in page
