"""Projects: repositories of models that use the platform as a submodule. Makes them, and takes newer versions over."""
