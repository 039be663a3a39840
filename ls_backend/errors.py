"""Everything Steadyhand refuses: each error says what was wrong and how to fix it."""

import errno

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Of errors of the system: there is no room to write."""


class SteadyhandError(Exception):
    """Base of all expected failures. ``str(error)`` is fit to be read by a user; ``plain`` leaves out the ``command`` that helps, for
    who reads it on a page."""

    def __init__(self, plain: str = "", *, command: str = "") -> None:
        super().__init__(f"{plain}; {command}" if command else plain)
        self.plain = plain


class InputError(SteadyhandError):
    """A file or a value that a person gave us can't be used."""


class MissingError(InputError):
    """There is no such thing as was asked for by its name or number."""


class ContractError(InputError):
    """A contract file that can't be signed as it stands."""


class MappingError(InputError):
    """A label config from which no preference can be read."""


class SettingsError(SteadyhandError):
    """The environment lacks something or holds something unusable."""


class GatewayError(SteadyhandError):
    """Label Studio refused, or could not be reached."""


class NotAttachedError(SteadyhandError):
    """The project is not monitored by this Steadyhand."""


class NotReadyError(SteadyhandError):
    """Figures are still being computed; they will be there in a moment."""


class TooLargeError(SteadyhandError):
    """A project has more judgments than may be looked through at once."""


class BusyError(SteadyhandError):
    """Another process is doing this at the moment."""
