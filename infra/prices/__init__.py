"""What an environment in a cloud costs: a dated table of prices, and the bill of what the program makes."""
