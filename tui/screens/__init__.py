"""What fills the terminal: chat, sessions, inspector, help, settings."""
