"""The performance: the only room that knows both gpu/ and io/."""
