"""Running a plan: one task at a time is a pure function; local processes run many."""
