"""What several kinds of tests need: a real server as a process, and ears."""
