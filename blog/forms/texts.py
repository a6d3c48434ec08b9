"""What several forms do with what was typed: names in a line, and refusals at the field."""

import csv
import io

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..rendering import Unacceptable


def split_names(text: str) -> list[str]:
    """Names set apart by commas or line ends; one that holds a comma stands in quotes."""
    rows = csv.reader(text.replace("\r", "\n").split("\n"), skipinitialspace=True)
    return [name.strip() for row in rows for name in row if name.strip()]


def join_names(names) -> str:
    """The opposite of `split_names`."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue().replace(",", ", ") if not any("," in name for name in names) else line.getvalue()


def acceptable(tidy, *arguments):
    """What `tidy` makes of a text; its refusal as an error of the field."""
    try:
        return tidy(*arguments)
    except Unacceptable as refusal:
        raise ValidationError(str(refusal)) from refusal


def names_in(text: str) -> list[str]:
    """As `split_names`. Raises Unacceptable when the quotes in it do not close."""
    try:
        return split_names(text)
    except csv.Error as error:
        raise Unacceptable(_("Set the names apart by commas.")) from error
