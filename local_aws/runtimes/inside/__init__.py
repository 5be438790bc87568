"""What runs beside or inside a job, as programs of their own: the supervisor, and the model server in `serving`.

`run.py` starts each module. Nothing here imports the local AWS, and that in turn imports only `removal`.
"""
