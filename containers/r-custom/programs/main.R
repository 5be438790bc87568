# The one entry point of this image: `main.R train` and `main.R serve`.
#
# A linear regression on every column. With the hyperparameter `resamples` it is repeated on so many samples of the rows,
# drawn with replacement, for intervals of its coefficients; that takes long enough to be stopped, and can go on later.

root <- Sys.getenv("SAGEMAKER_BASE_DIR", "/opt/ml")
model_file <- file.path(root, "model", "model.rds")
checkpoint_file <- file.path(root, "checkpoints", "checkpoint.rds")
resamples_between_checkpoints <- 500
options(warn = 1)

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
command <- commandArgs(trailingOnly = TRUE)

if (identical(command, "train")) {
  source(file.path(here, "train.R"))
  tryCatch(train(), error = function(problem) {
    message("Error: ", conditionMessage(problem))
    dir.create(file.path(root, "output"), showWarnings = FALSE)
    # SageMaker shows the first 1,024 characters as the job's FailureReason.
    writeLines(conditionMessage(problem), file.path(root, "output", "failure"))
    quit(status = 1)
  })
} else if (identical(command, "serve")) {
  source(file.path(here, "serve.R"))
  serve()
} else {
  stop("main.R takes one word: train or serve")
}
