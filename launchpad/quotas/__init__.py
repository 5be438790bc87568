"""Service quotas: compares what an environment can request at once with what AWS allows.

AWS counts instances per type and per use: training, spot training, endpoints and so on have separate quotas, which
start at zero for types with accelerators.
"""
