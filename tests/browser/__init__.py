"""The whole portal as people meet it: real servers, a real worker, a real Chromium."""
