"""Steps of the schema's history that lead forward only."""

from webapp.domain.errors import SetupError


def refuse() -> None:
    """The way back of such a step: there is none.

    It drops what it replaces and has cells counted anew, so what stood before cannot be made out of what stands now; and
    what was recorded since would be lost. The backup from before the update holds both. Raises SetupError.
    """
    raise SetupError("There is no way back: restore the backup made before the update.")
