"""Who does what: the duties of people, and what each command of `launchpad` needs of AWS. Pure data.

The roles' policies are made from it, and a table in `docs/permissions.md`, and the message of a refusal.
"""

from launchpad.duties.commands import BY_NAME, COMMANDS, NO_AWS, Command, Holder
from launchpad.duties.duty import Duty, role_name
from launchpad.duties.needs import Need, Resource, needs_of

__all__ = ["BY_NAME", "COMMANDS", "NO_AWS", "Command", "Duty", "Holder", "Need", "Resource", "needs_of", "role_name"]
