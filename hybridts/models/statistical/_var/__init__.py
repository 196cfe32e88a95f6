"""VAR: equations of a group of series."""
