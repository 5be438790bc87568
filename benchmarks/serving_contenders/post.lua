-- wrk's script: POSTs the file $BODY as CSV, and prints one line of JSON at the end.
local file = io.open(os.getenv("BODY"))
wrk.method, wrk.body = "POST", file:read("*a")
wrk.headers["Content-Type"] = "text/csv"
file:close()

function done(summary, latency)
   local e = summary.errors
   io.write(string.format('{"rate": %f, "errors": %d, "p50": %d, "p99": %d}\n', summary.requests * 1e6 / summary.duration,
      e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
