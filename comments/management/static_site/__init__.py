"""The public site as files. First every page is asked for, as a reader without an account would; then all are written.

Only when all have answered is it known what each link leads to: to a file, to another name of one, or to the living
site. Above both apps, as templates are.
"""
