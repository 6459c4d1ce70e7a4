"""Drift's server: library, sessions, streaming and the HTTP interface.

Reading order: ``app`` (what is started, in which order), ``sessions`` (what plays), ``streaming`` (how it
reaches listeners), ``api`` (what the outside can ask). ``README.md`` beside this file has the picture.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
