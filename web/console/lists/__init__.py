"""What the console lists: each module the tables of one matter."""
