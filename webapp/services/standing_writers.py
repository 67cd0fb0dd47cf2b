"""Who may write down what compliance rests on: the compliance officer, and the product's own work."""

from webapp.domain.errors import NotAllowed
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import audit
from webapp.services.people import SYSTEM_USER


def require_writer(scope: Scope, doing: str, subject: str) -> None:
    """Raise NotAllowed, and note it, for anybody else."""
    if scope.role is Role.COMPLIANCE or scope.user_id == SYSTEM_USER:
        return
    audit.record(scope, "record", subject, "refused")
    raise NotAllowed(f"Only the compliance officer may {doing}. Ask yours, or the manager of your network.")
