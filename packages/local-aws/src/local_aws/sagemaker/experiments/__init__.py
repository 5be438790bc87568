"""SageMaker Experiments, as its classic API has them: experiments, trials, trial components and their metrics."""
