"""`rotate`: secrets made anew while the service answers, each old value proven dead."""
