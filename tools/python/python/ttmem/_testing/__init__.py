"""What `pytest --ttmem` does: see `ttmem.pytest_plugin`."""
