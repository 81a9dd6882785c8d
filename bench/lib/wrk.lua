-- For wrk: wrk ... -s wrk.lua URL -- METHOD BODY_BYTES keep|close
-- Prints the result as one line that a program can read. Nothing here runs for each request.
function init(args)
    wrk.method = args[1]
    local size = tonumber(args[2])
    if size > 0 then
        wrk.body = string.rep("x", size)
        wrk.headers["Content-Type"] = "application/octet-stream"
    end
    if args[3] == "close" then wrk.headers["Connection"] = "close" end
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format("RESULT requests=%d us=%d p50_us=%d p99_us=%d connect=%d read=%d write=%d timeout=%d status=%d\n",
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        e.connect, e.read, e.write, e.timeout, e.status))
end
