"""Referees: programs that nobody here wrote judge the loopback servers that the other tests trust."""
