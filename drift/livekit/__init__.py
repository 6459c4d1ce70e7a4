"""LiveKit: the WebRTC server that rooms are heard and talked in, if there is one."""
