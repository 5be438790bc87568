"""Service quotas: what an environment can ask for at once, compared with what AWS allows it.

AWS counts instances per type and per use: training, spot training, endpoints and so on are quotas of their own, and for
types with accelerators they begin at zero.
"""
