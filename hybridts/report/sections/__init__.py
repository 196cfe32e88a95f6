"""What a report says, a file a section."""
