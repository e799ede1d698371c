"""Server-owned chats: a SQLite file of message trees, and turns that run without a client."""
