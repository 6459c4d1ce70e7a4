"""Groups of the command line, each in a module of its own; ``cli.py`` puts them together.

``common`` is what all commands share: settings as options, the console, how asynchronous work is run.
``client`` asks a running server.
"""
