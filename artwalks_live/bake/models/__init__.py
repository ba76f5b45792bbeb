"""Networks of others: which there are, how they come into the user's cache, and how a checkpoint becomes ONNX."""
