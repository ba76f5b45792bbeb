"""The picture: keyframes streamed to the GPU, drawn by the shaders, shown and read back. No window, no sound."""
