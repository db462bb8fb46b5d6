"""Frozen values and pure functions: the session tree, stream events, replies, requests, parameters."""
