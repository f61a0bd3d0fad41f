"""The one error that a user can cause."""


class InputError(ValueError):
    """What was given cannot be used; the message is one line: what it was, what was expected, the way out.

    The command line prints the message and exits with code 2; nothing has been written when it is raised.
    """


class Note(UserWarning):
    """What a user should be told and what stops nothing, such as a word that the model does not know."""
