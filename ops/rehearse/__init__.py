"""`rehearse`: a whole cloud environment on this machine, from its stack file to an answer through its door."""
