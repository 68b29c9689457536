"""Kakehashi's library: profiles in, ranked and explained partners out.

Import from the modules; this package imports nothing itself, so that a command which needs no arithmetic starts fast.
"""
