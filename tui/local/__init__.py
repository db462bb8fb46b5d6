"""The embedded model: catalogue, installation, and the child process that runs it."""
