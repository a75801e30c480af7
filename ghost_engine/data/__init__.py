"""Pictures and records: what comes in, how it is kept, how good it is."""
