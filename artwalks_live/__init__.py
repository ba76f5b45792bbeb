"""Turn a folder of paintings into a walk, and perform it live to music."""

__version__ = "0.1.0"
