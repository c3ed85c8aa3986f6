"""`doctor`: whether this machine and an environment's hosts are fit, a line a topic, and what to type where not.

It asks everything at once, changes nothing, and works where little else does: no hosts, no vault, half an environment.
    controller credentials state secrets tables   what is found on this machine
    far/care.py                                   what a host tells of itself; it judges nothing
    host storage identity backups                 what is made of that
"""
