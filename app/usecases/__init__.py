"""One class per thing that a user does; one unit of work each."""
