"""Activities as a table, out of the portal and into it: the same columns, so that a file can be imported again."""
