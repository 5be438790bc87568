"""Programs that run next to a job or inside it: the supervisor, and the model server in `serving`.

`run.py` starts each module. Nothing here imports the local AWS, which in turn imports only `removal`.
"""
