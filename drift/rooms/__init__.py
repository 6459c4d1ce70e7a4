"""Rooms: the social side of sessions. Who is there, what they may do, and what they say."""
