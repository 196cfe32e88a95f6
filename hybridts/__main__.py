"""`python -m hybridts` is the command line."""

from hybridts.app.cli import main

if __name__ == "__main__":
    main()
