"""``qorgan demo``: the real bot against the sandbox, on a page in a browser or in the terminal."""
