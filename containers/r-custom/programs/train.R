# Training: hyperparameters and the CSV files of the channel `training` in, model.rds out.

train <- function() {
  given <- read_hyperparameters()
  data <- read_training_data(given$target)
  scaling <- if (given$normalize) scaling_of(data[given$columns(data)]) else NULL
  fitted <- fit(scaled(data, scaling), given$target)
  intervals <- if (given$resamples > 0) resample(scaled(data, scaling), given$target, given$resamples) else NULL
  errors <- data[[given$target]] - predict(fitted, scaled(data, scaling))
  cat(sprintf("Mean squared error: %.2f\n", mean(errors^2)))
  cat(sprintf("Coefficient of determination: %.2f\n", 1 - mean(errors^2) / mean((data[[given$target]] - mean(data[[given$target]]))^2)))
  model <- list(fitted = fitted, columns = given$columns(data), scaling = scaling, intervals = intervals)
  saveRDS(model, model_file)
}

read_hyperparameters <- function() {
  file <- file.path(root, "input", "config", "hyperparameters.json")
  given <- if (file.exists(file)) jsonlite::fromJSON(file) else list()
  known <- c("target", "normalize", "resamples")
  unknown <- setdiff(names(given), known)
  if (length(unknown)) stop("unknown hyperparameters ", toString(unknown), ": there are ", toString(known))
  value <- function(name, default) if (is.null(given[[name]])) default else given[[name]]
  normalize <- tolower(value("normalize", "false"))
  if (!normalize %in% c("true", "false")) stop("hyperparameter normalize: ", normalize, " is neither true nor false")
  resamples <- suppressWarnings(as.integer(value("resamples", "0")))
  if (is.na(resamples)) stop("hyperparameter resamples: a whole number is expected")
  target <- value("target", "medv")
  list(
    target = target, normalize = normalize == "true", resamples = resamples,
    columns = function(data) setdiff(names(data), target)
  )
}

read_training_data <- function(target) {
  folder <- file.path(root, "input", "data", "training")
  files <- sort(list.files(folder, pattern = "\\.csv$", full.names = TRUE))
  if (!length(files)) stop(folder, ": no .csv file; the channel must bring one with a header row")
  data <- do.call(rbind, lapply(files, read.csv, check.names = FALSE))
  if (!target %in% names(data)) stop("hyperparameter target: '", target, "' is none of the columns ", toString(names(data)))
  wrong <- names(data)[!vapply(data, function(column) is.numeric(column) && !anyNA(column), TRUE)]
  if (length(wrong)) stop(folder, ": column '", wrong[1], "' has cells that are no numbers")
  data
}

fit <- function(data, target) {
  fitted <- lm(reformulate(".", as.name(target)), data = data)
  # What predict needs, and not the training data with it.
  fitted[c("residuals", "fitted.values", "effects", "model")] <- NULL
  attr(fitted$terms, ".Environment") <- NULL
  fitted
}

scaling_of <- function(data) {
  spread <- vapply(data, sd, 0)
  list(centre = vapply(data, mean, 0), spread = ifelse(spread == 0, 1, spread))
}

scaled <- function(data, scaling) {
  for (name in names(scaling$centre)) data[[name]] <- (data[[name]] - scaling$centre[[name]]) / scaling$spread[[name]]
  data
}

# 95 % intervals of the coefficients; from the last checkpoint on, where there is one.
resample <- function(data, target, count) {
  samples <- cbind(`(Intercept)` = 1, as.matrix(data[setdiff(names(data), target)]))
  labels <- data[[target]]
  drawn <- matrix(NA_real_, count, ncol(samples), dimnames = list(NULL, colnames(samples)))
  first <- 0
  if (file.exists(checkpoint_file)) {
    earlier <- readRDS(checkpoint_file)
    first <- min(nrow(earlier), count)
    drawn[seq_len(first), ] <- earlier[seq_len(first), ]
    cat(sprintf("resuming after resample %d\n", first))
  }
  for (number in seq_len(count - first) + first) {
    set.seed(number)
    rows <- sample.int(nrow(samples), replace = TRUE)
    drawn[number, ] <- .lm.fit(samples[rows, ], labels[rows])$coefficients
    if (number %% resamples_between_checkpoints == 0) save_checkpoint(drawn[seq_len(number), ], number)
  }
  apply(drawn, 2, quantile, c(0.025, 0.975))
}

# Written beside and renamed: whole, whenever R is killed.
save_checkpoint <- function(drawn, number) {
  dir.create(dirname(checkpoint_file), showWarnings = FALSE)
  draft <- paste0(checkpoint_file, ".draft")
  saveRDS(drawn, draft)
  file.rename(draft, checkpoint_file)
  cat(sprintf("resample %d\n", number))
}
