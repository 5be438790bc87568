# Serving with plumber: rows as CSV or JSON in, one prediction for each row out.

stop_looks_seconds <- 0.1
idle_seconds <- 2 # what was on its way has arrived by then
last_request <- Sys.time()

serve <- function() {
  model <- readRDS(model_file)
  predict_rows(model, matrix(0, 1, length(model$columns))) # before the port is open: who answers /ping can predict
  port <- as.integer(Sys.getenv("SAGEMAKER_BIND_TO_PORT", "8080"))
  # plumber's own parsers would answer 500 to what they do not know.
  plumber::register_parser("as_it_is", function(...) function(value, ...) value, regex = ".*", verbose = FALSE)
  router <- plumber::pr()
  router <- plumber::pr_get(router, "/ping", function(res) answer(res, 200, "text/plain", ""))
  router <- plumber::pr_post(router, "/invocations", function(req, res) invoke(model, req, res), parsers = "as_it_is")
  router <- plumber::pr_set_docs(router, FALSE)
  watch_for_stop()
  plumber::pr_run(router, host = "0.0.0.0", port = port, quiet = TRUE)
}

invoke <- function(model, req, res) {
  last_request <<- Sys.time()
  content_type <- media_type(if (is.null(req$HTTP_CONTENT_TYPE)) req$CONTENT_TYPE else req$HTTP_CONTENT_TYPE)
  read <- readers[[content_type]]
  if (is.null(read)) return(refuse(res, 415, content_type, " is not one of ", toString(names(readers))))
  accept <- accepted(req$HTTP_ACCEPT, content_type)
  if (is.null(accept)) return(refuse(res, 406, req$HTTP_ACCEPT, " is not one of ", toString(names(writers))))
  result <- tryCatch(predict_rows(model, read(req$bodyRaw, model$columns)), error = identity)
  last_request <<- Sys.time()
  if (inherits(result, "error")) return(refuse(res, 400, "the body is no ", content_type, " that fits: ", conditionMessage(result)))
  answer(res, 200, accept, writers[[accept]](result))
}

predict_rows <- function(model, rows) {
  if (ncol(rows) != length(model$columns)) {
    stop(ncol(rows), " columns; expected ", length(model$columns), ": ", toString(model$columns))
  }
  if (!all(is.finite(rows))) stop("every cell must be a finite number")
  colnames(rows) <- model$columns
  if (!is.null(model$scaling)) {
    rows <- sweep(sweep(rows, 2, model$scaling$centre), 2, model$scaling$spread, "/")
  }
  as.vector(predict(model$fitted, as.data.frame(rows)))
}

# One row of numbers per line; a first line with the columns' names is allowed.
read_csv <- function(body, columns) {
  text_of(body)
  file <- tempfile() # scan reads a file a hundred times as fast as text
  on.exit(unlink(file))
  writeBin(body, file)
  first <- readLines(file, n = 1, warn = FALSE)
  header <- identical(trimws(strsplit(first, ",", fixed = TRUE)[[1]]), columns)
  width <- unique(count.fields(file, sep = ",", quote = "", comment.char = "", skip = header))
  if (!length(width)) stop("the body has no rows")
  if (length(width) > 1) stop("the rows differ in length")
  cells <- scan(file, numeric(), sep = ",", quote = "", comment.char = "", skip = header, quiet = TRUE)
  matrix(cells, ncol = width, byrow = TRUE)
}

# A list of rows, or such a list under the key "instances"; a row is a list of numbers.
read_json <- function(body, columns) {
  rows <- jsonlite::fromJSON(text_of(body), simplifyMatrix = TRUE)
  if (is.list(rows) && !is.data.frame(rows)) rows <- rows$instances
  if (is.data.frame(rows)) rows <- as.matrix(rows[columns])
  if (!is.matrix(rows) || !is.numeric(rows)) stop('expected a list of rows of numbers, or {"instances": [...]}')
  rows
}

text_of <- function(body) {
  if (!length(body) || any(body == 0)) stop("it is empty, or no text")
  text <- rawToChar(body)
  if (!validUTF8(text)) stop("it is not UTF-8")
  text
}

readers <- list("text/csv" = read_csv, "application/json" = read_json)
writers <- list(
  "text/csv" = function(values) paste0(paste(values, collapse = "\n"), "\n"),
  "application/json" = function(values) {
    as.character(jsonlite::toJSON(list(predictions = values), digits = NA))
  }
)

media_type <- function(header) if (is.null(header)) "" else tolower(trimws(sub(";.*", "", header)))

# The first type in the Accept header that there is; where any will do, what was sent.
accepted <- function(header, content_type) {
  if (is.null(header) || !nzchar(header)) return(content_type)
  for (wanted in vapply(strsplit(header, ",", fixed = TRUE)[[1]], media_type, "")) {
    if (wanted %in% names(writers)) return(wanted)
    if (wanted %in% c("*/*", paste0(sub("/.*", "", content_type), "/*"))) return(content_type)
  }
  NULL
}

answer <- function(res, status, content_type, body) {
  res$status <- status
  res$setHeader("Content-Type", content_type)
  res$body <- body
  res
}

refuse <- function(res, status, ...) answer(res, status, "text/plain", paste0(..., "\n"))

# The file is there when SIGTERM has come. What has arrived by then is answered before this ends.
watch_for_stop <- function() {
  if (file.exists(Sys.getenv("STOP_FILE")) && difftime(Sys.time(), last_request, units = "secs") > idle_seconds) quit(status = 0)
  later::later(watch_for_stop, stop_looks_seconds)
}
