"""Figures of the register: on time, trends, rankings, reports and irregularities."""
