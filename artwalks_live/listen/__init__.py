"""Songs in advance: a sound file, whole, becomes cues. Offline: it may take seconds, and sees what is yet to come."""
