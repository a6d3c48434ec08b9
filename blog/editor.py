"""The field for a text: a rich text editor where it can hold all of it, its HTML where it cannot."""

import json

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy
from js_asset import ImportMap, Media, Script

WORDS = {
    "toolbar": gettext_lazy("Formatting"),
    "paragraph": gettext_lazy("Text"),
    "heading2": gettext_lazy("Heading"),
    "heading3": gettext_lazy("Smaller heading"),
    "heading4": gettext_lazy("Smallest heading"),
    "bold": gettext_lazy("Bold"),
    "italic": gettext_lazy("Italic"),
    "underline": gettext_lazy("Underlined"),
    "strike": gettext_lazy("Struck out"),
    "subscript": gettext_lazy("Lowered"),
    "superscript": gettext_lazy("Raised"),
    "code": gettext_lazy("Code in a line"),
    "link": gettext_lazy("Link"),
    "bulletList": gettext_lazy("List"),
    "orderedList": gettext_lazy("Numbered list"),
    "blockquote": gettext_lazy("Quotation"),
    "codeBlock": gettext_lazy("Code"),
    "figure": gettext_lazy("Picture with caption"),
    "table": gettext_lazy("Table"),
    "horizontalRule": gettext_lazy("Line across"),
    "undo": pgettext_lazy("editor", "Undo"),
    "redo": pgettext_lazy("editor", "Redo"),
    "full": gettext_lazy("Whole screen"),
    "source": gettext_lazy("HTML"),
    "editor": gettext_lazy("Use the editor"),
    "loses": gettext_lazy("The editor would lose parts of this text, so you see its HTML:"),
    "order": gettext_lazy("the order of its parts"),
    "sure": gettext_lazy("Use the editor and lose them"),
    "address": gettext_lazy("Address"),
    "apply": gettext_lazy("Apply"),
    "remove": gettext_lazy("Remove"),
    "cancel": gettext_lazy("Cancel"),
    "pictureAddress": gettext_lazy("Address of the picture"),
    "alt": gettext_lazy("What it shows, for those who do not see it"),
    "caption": gettext_lazy("Caption"),
    "rows": gettext_lazy("Rows"),
    "columns": gettext_lazy("Columns"),
    "rowBelow": gettext_lazy("Row below"),
    "columnAfter": gettext_lazy("Column after"),
    "deleteRow": gettext_lazy("Delete row"),
    "deleteColumn": gettext_lazy("Delete column"),
    "headerCell": gettext_lazy("Heading cell"),
    "deleteTable": gettext_lazy("Delete table"),
}


class EditorArea(forms.Textarea):
    """The rich text editor where it can hold the whole text, and a plain area with its HTML where it cannot.

    Whether it can is found out in the browser, by a journey there and back (static/desk/editor.js). Without a script
    the plain area stays.
    """

    def __init__(self, attrs=None):
        super().__init__({"rows": 24} | (attrs or {}))

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        words = {key: str(word) for key, word in WORDS.items()}
        own = {"data-editor": json.dumps(words), "spellcheck": "true"}
        context["widget"]["attrs"] |= own
        return context

    @property
    def media(self):
        return Media(
            importmap=ImportMap(
                {
                    "django-prose-editor/editor": "django_prose_editor/editor.js",
                    "desk/schema": "desk/schema.js",
                    "desk/toolbar": "desk/toolbar.js",
                }
            ),
            css={"all": ["desk/editor.css"]},
            js=[Script("desk/editor.js", type="module")],
        )
