"""The keys in their life: admitted, shown, and changed for others beside the running service."""
