"""`python -m hybridts` is the command line."""

from hybridts.cli import main

if __name__ == "__main__":
    main()
