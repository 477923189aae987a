"""Real reference data, the demonstration, the simulator and the importer."""
