"""What leaves Kakehashi as a file: tables, dossiers, briefs and calendars."""
