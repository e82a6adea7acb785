"""Pages of organizations, agreements, contacts and notes; those that count activities stand in `activities`."""
