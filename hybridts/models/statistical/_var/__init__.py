"""VAR: groups of columns, exogenous columns, and the equations of a group."""
