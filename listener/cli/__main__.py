"""`python -m listener.cli`."""

from listener.cli import main

if __name__ == "__main__":
    main()
