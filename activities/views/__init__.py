"""Pages of activities: the list, one record, its form, its review, its files."""
