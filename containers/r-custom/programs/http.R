# HTTP/1.1 for one model: many kept connections, whose requests are answered one after another.
#
# On R's own sockets, because they can set TCP_NODELAY and send an answer at once. httpuv, which plumber is built on,
# sends head and body apart without it, so that each answer waits 40 ms for the client's delayed acknowledgement.

largest_body <- 100e6
largest_head <- 65536
most_connections <- 100 # R has 128 in all
reasons <- c("200" = "OK", "400" = "Bad Request", "404" = "Not Found", "406" = "Not Acceptable",
  "411" = "Length Required", "413" = "Content Too Large", "415" = "Unsupported Media Type",
  "431" = "Request Header Fields Too Large", "500" = "Internal Server Error")

# Serves until `finished(idle_seconds)` is TRUE, which is asked every `look_seconds` at least.
serve_http <- function(port, handle, finished, look_seconds = 0.1) {
  listener <- serverSocket(port)
  clients <- list()
  last_byte <- seconds()
  while (!finished(seconds() - last_byte)) {
    sockets <- c(if (length(clients) < most_connections) list(listener), lapply(clients, `[[`, "socket"))
    ready <- socketSelect(sockets, FALSE, look_seconds)
    if (!any(ready)) next
    last_byte <- seconds()
    if (length(sockets) > length(clients)) {
      if (ready[1]) {
        clients <- c(clients, open_client(listener))
        ready <- c(ready, rep(FALSE, length(clients) + 1 - length(ready)))
      }
      ready <- ready[-1]
    }
    for (client in clients[ready]) {
      if (serve_client(client, handle)) next
      close_client(client)
      clients <- Filter(function(client) client$open, clients)
    }
  }
  for (client in clients) close_client(client)
  close(listener)
}

seconds <- function() as.numeric(Sys.time())

open_client <- function(listener) {
  socket <- tryCatch(socketAccept(listener, blocking = FALSE, open = "a+b", options = "no-delay"), error = function(e) NULL)
  if (is.null(socket)) return(NULL)
  client <- new.env()
  client$socket <- socket
  client$open <- TRUE
  forget(client)
  list(client)
}

close_client <- function(client) {
  client$open <- FALSE
  try(close(client$socket), silent = TRUE)
}

forget <- function(client, rest = raw()) {
  client$parts <- if (length(rest)) list(rest) else list()
  client$size <- length(rest)
  client$needed <- 0
  client$request <- NULL
}

# Reads what has arrived and answers every complete request; FALSE ends the connection.
serve_client <- function(client, handle) {
  part <- tryCatch(readBin(client$socket, raw(), 1048576), error = function(e) raw())
  if (!length(part)) return(FALSE)
  client$parts[[length(client$parts) + 1]] <- part
  client$size <- client$size + length(part)
  while (client$size > 0 && client$size >= client$needed) {
    received <- if (length(client$parts) == 1) client$parts[[1]] else do.call(c, client$parts)
    client$parts <- list(received)
    if (is.null(client$request)) {
      end <- grepRaw("\r\n\r\n", received, fixed = TRUE)
      if (!length(end)) return(client$size <= largest_head || refuse_client(client, 431))
      client$request <- request <- read_head(received[seq_len(end - 1)])
      if (!is.null(request$problem)) return(refuse_client(client, request$problem))
      client$head_size <- end + 3
      client$needed <- client$head_size + request$length
      if (request$continue) send(client, charToRaw("HTTP/1.1 100 Continue\r\n\r\n"))
      next
    }
    request <- client$request
    request$body <- received[client$head_size + seq_len(request$length)]
    rest <- if (client$size > client$needed) received[-seq_len(client$needed)] else raw()
    response <- tryCatch(handle(request), error = function(e) answer(500, "text/plain", paste0(conditionMessage(e), "\n")))
    if (!respond(client, response, request$keep) || !request$keep) return(FALSE)
    forget(client, rest)
  }
  TRUE
}

# A request without its body; `problem` is the status of one that can't be read. A client repeats itself, so what was
# read is kept.
read_head <- function(head) {
  text <- rawToChar(head)
  request <- heads_read[[text]]
  if (is.null(request)) {
    if (length(heads_read) >= most_heads) rm(list = ls(heads_read), envir = heads_read)
    request <- parse_head(text)
    assign(text, request, envir = heads_read)
  }
  request
}

heads_read <- new.env()
most_heads <- 256

parse_head <- function(text) {
  lines <- strsplit(text, "\r\n", fixed = TRUE)[[1]]
  first <- strsplit(lines[1], " ", fixed = TRUE)[[1]]
  colon <- regexpr(":", lines[-1], fixed = TRUE)
  if (length(first) != 3 || !startsWith(first[3], "HTTP/1.") || any(colon < 2)) return(list(problem = 400))
  headers <- as.list(trimws(substring(lines[-1], colon + 1)))
  names(headers) <- tolower(substr(lines[-1], 1, colon - 1))
  if (!is.null(headers[["transfer-encoding"]])) return(list(problem = 411))
  length <- if (is.null(headers[["content-length"]])) "0" else headers[["content-length"]]
  if (!grepl("^[0-9]{1,12}$", length)) return(list(problem = 400))
  if (as.numeric(length) > largest_body) return(list(problem = 413))
  connection <- tolower(if (is.null(headers[["connection"]])) "" else headers[["connection"]])
  list(
    method = first[1], path = sub("[?].*", "", first[2]), headers = headers, length = as.numeric(length),
    continue = identical(tolower(headers[["expect"]]), "100-continue"),
    keep = if (first[3] == "HTTP/1.0") connection == "keep-alive" else connection != "close"
  )
}

answer <- function(status, content_type, body) list(status = status, content_type = content_type, body = body)

respond <- function(client, response, keep) {
  body <- charToRaw(response$body)
  head <- paste0(
    "HTTP/1.1 ", response$status, " ", reasons[[as.character(response$status)]], "\r\nContent-Type: ", response$content_type,
    "\r\nContent-Length: ", length(body), if (keep) "\r\n\r\n" else "\r\nConnection: close\r\n\r\n"
  )
  send(client, c(charToRaw(head), body))
}

refuse_client <- function(client, status) {
  respond(client, answer(status, "text/plain", paste0(reasons[[as.character(status)]], "\n")), keep = FALSE)
  FALSE
}

send <- function(client, bytes) !inherits(try(writeBin(bytes, client$socket), silent = TRUE), "try-error")
