"""Transactional outbox: messages queued with each change, claimed by one worker, sent until they are accepted."""
