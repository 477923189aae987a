"""Tests of the pages, over HTTP and in Chromium."""
