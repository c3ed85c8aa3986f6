def broken(operation, parameters, account):
    return iter(())
