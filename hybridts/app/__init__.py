"""The command line, the Python interface and study files."""
