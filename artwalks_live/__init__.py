"""Turn a folder of paintings into a walk, and perform it live to music. From Python: `artwalks_live.api`."""

__version__ = "0.1.0"
