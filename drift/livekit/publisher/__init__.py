"""The mix in LiveKit rooms, as the packets that sessions have anyway; README.md has the data flow."""
