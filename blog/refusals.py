"""How a verb says no: each error's message is a sentence for the person who asked."""


class WorkflowError(Exception):
    """A verb was refused; the message is for the person who asked."""


class NotAllowed(WorkflowError):
    """This person may not do this."""


class WrongState(WorkflowError):
    """It cannot be done to this piece as it stands."""


class Stale(WorkflowError):
    """The piece has changed since the person looked at it."""
