"""The one error of this room."""


class LocalError(Exception):
    """A part cannot be started here. Its text is one line, made to be shown to the person who started us."""
