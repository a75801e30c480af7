"""Two scripts side by side, table by table, and the way to take a table over from the other.

`table_differences` says what differs; `take` moves one table's statements across and leaves every
other character of the script as it is. Both work on scripts that do not run.
"""

from ghost_engine.sql.difference.differences import TableDifference, table_differences
from ghost_engine.sql.difference.taking import take

__all__ = ["TableDifference", "table_differences", "take"]
