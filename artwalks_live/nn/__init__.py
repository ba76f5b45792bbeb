"""Open and run networks: single-file ONNX, examined before it is opened."""
