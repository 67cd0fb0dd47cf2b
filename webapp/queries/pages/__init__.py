"""What the drawn pages show, as panels: built once for the screen, the downloads and the tests."""
