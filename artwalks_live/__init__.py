"""Turn a folder of paintings into a walk, and perform it live to music."""
