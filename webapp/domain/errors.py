"""What can go wrong, in the words a person reads. Each message says what is wrong and what to do."""


class DriplineError(Exception):
    """The root of all errors whose message may be shown to the person who asked."""


class NotFound(DriplineError):
    """There is no such thing in this scope; a foreign thing and a missing thing read the same."""


class NotAllowed(DriplineError):
    """The person is known, but this role may not do this."""


class BadInput(DriplineError):
    """What was asked for cannot be read; the message names the value and what would be right."""


class Conflict(DriplineError):
    """Somebody else changed it first, or it is in a state in which this cannot be done."""


class SetupError(DriplineError):
    """The machine, a folder, a port or a server is not as it must be; the message says how to mend it."""
