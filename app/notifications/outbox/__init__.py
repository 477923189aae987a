"""What is to be told outside: queued with each change, claimed by one worker at a time, sent until it is accepted."""
