"""Organisations from files.

``tables`` and ``sheets`` read a file into rows, ``columns`` knows what a column means, ``draft`` turns rows into
documents and says what each would change, ``template`` makes the file to fill in.
"""
