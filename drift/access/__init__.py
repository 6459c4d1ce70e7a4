"""Access: who somebody is, what one may do where, and the codes that let people in.

A person is known by a signed cookie (``Signer``), a role in a session by a code (``Doorkeeper``). README.md
has the threats and decisions.
"""

from drift.access.codes import Codes, Lock, invitation, new_codes, seal
from drift.access.doorkeeper import Doorkeeper
from drift.access.person import LIFETIME_S, Signer, load_secret, new_person
from drift.access.roles import Action, best, may

__all__ = [
    "LIFETIME_S",
    "Action",
    "Codes",
    "Doorkeeper",
    "Lock",
    "Signer",
    "best",
    "invitation",
    "load_secret",
    "may",
    "new_codes",
    "new_person",
    "seal",
]
