"""Dataset files in and out: every form is read as a stream of rows; exports are whole or absent."""
