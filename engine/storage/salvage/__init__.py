"""What can be saved of a damaged plan file."""
