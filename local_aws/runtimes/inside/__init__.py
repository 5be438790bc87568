"""What runs beside or inside a job, as programs of their own: the supervisor, and the model server in `serving`.

Nothing here is imported by the local AWS, and nothing here imports it; `run.py` starts each module.
"""
