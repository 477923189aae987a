"""Reads single cells and fields as people wrote them: dates, letters, numbers, and sentences about faults."""
