"""What an environment is and says: its status, its deploys, its logs. Nothing here changes anything."""
