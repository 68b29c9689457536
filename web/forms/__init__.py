"""What visitors send, checked, by subject: ``search`` reads addresses, ``accounts`` and ``desk`` read forms."""
