"""Messages to people and systems outside: outbox, delivery, webhooks, notices, reminders."""
