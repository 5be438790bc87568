# Serving: rows as CSV or JSON in, one prediction for each row out.

source(file.path(here, "http.R"))

idle_seconds <- 2 # what was on its way has arrived by then

serve <- function() {
  model <- prepared(readRDS(model_file))
  predict_rows(model, matrix(0, 1, length(model$columns))) # before the port is open: who answers /ping can predict
  port <- as.integer(Sys.getenv("SAGEMAKER_BIND_TO_PORT", "8080"))
  # The file exists once SIGTERM has come. What has arrived by then is answered before this ends.
  stop_file <- Sys.getenv("STOP_FILE")
  finished <- function(idle) idle > idle_seconds && file.exists(stop_file)
  serve_http(port, function(request) route(model, request), finished)
}

route <- function(model, request) {
  if (request$path == "/ping" && request$method %in% c("GET", "HEAD")) return(answer(200, "text/plain", ""))
  if (request$path == "/invocations" && request$method == "POST") return(invoke(model, request))
  refuse(404, "there is GET /ping and POST /invocations")
}

invoke <- function(model, request) {
  content_type <- media_type(request$headers[["content-type"]])
  read <- readers[[content_type]]
  if (is.null(read)) return(refuse(415, content_type, " is not one of ", toString(names(readers))))
  accept <- accepted(request$headers[["accept"]], content_type)
  if (is.null(accept)) return(refuse(406, request$headers[["accept"]], " is not one of ", toString(names(writers))))
  result <- tryCatch(predict_rows(model, read(request$body, model$columns)), error = identity)
  if (inherits(result, "error")) return(refuse(400, "the body is no ", content_type, " that fits: ", conditionMessage(result)))
  answer(200, accept, writers[[accept]](result))
}

# The model as an intercept and a slope per column, for columns as they come: predict.lm takes a millisecond.
prepared <- function(model) {
  coefficients <- coef(model$fitted)
  if (length(coefficients) != length(model$columns) + 1) stop("the model has other columns than it says")
  coefficients[is.na(coefficients)] <- 0 # what a linear combination of others adds nothing, as in predict.lm
  slopes <- unname(coefficients[-1])
  intercept <- coefficients[[1]]
  if (!is.null(model$scaling)) {
    slopes <- slopes / unlist(model$scaling$spread, use.names = FALSE)
    intercept <- intercept - sum(slopes * unlist(model$scaling$centre, use.names = FALSE))
  }
  list(columns = model$columns, slopes = slopes, intercept = intercept)
}

predict_rows <- function(model, rows) {
  if (ncol(rows) != length(model$columns)) {
    stop(ncol(rows), " columns; expected ", length(model$columns), ": ", toString(model$columns))
  }
  if (!all(is.finite(rows))) stop("every cell must be a finite number")
  as.vector(rows %*% model$slopes) + model$intercept
}

# One row of numbers per line; a first line with the columns' names is allowed.
read_csv <- function(body, columns) {
  lines <- strsplit(text_of(body), "\n", fixed = TRUE)[[1]]
  lines <- lines[lines != "" & lines != "\r"]
  if (!length(lines)) stop("the body has no rows")
  # A comma more, because strsplit drops a last cell that is empty.
  cells <- strsplit(paste0(lines, ","), ",", fixed = TRUE)
  named <- grepl(columns[1], cells[[1]][1], fixed = TRUE)
  if (named && identical(trimws(cells[[1]]), columns)) cells <- cells[-1]
  if (!length(cells)) stop("the body has no rows")
  width <- length(cells[[1]])
  if (any(lengths(cells) != width)) stop("the rows differ in length")
  values <- tryCatch(as.numeric(unlist(cells, use.names = FALSE)), warning = function(w) stop("a cell is no number"))
  matrix(values, ncol = width, byrow = TRUE)
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

refuse <- function(status, ...) answer(status, "text/plain", paste0(..., "\n"))
