# Makes journeys.json: inputs and R's answers for the time-varying merge, the split and the Lexis split.
# Rscript make_reference.R journeys.json       R 4.2.2, survival 3.5-3, Epi 2.47, jsonlite
suppressPackageStartupMessages({library(survival); library(Epi); library(jsonlite)})
plain <- function(x) {
  x <- as.data.frame(unclass(x), stringsAsFactors = FALSE)
  x[] <- lapply(x, function(c) if (is.factor(c)) as.character(c) else c)
  as.list(x)
}
cases <- list()
keep <- function(name, call, inputs, output)
  cases[[name]] <<- list(call = call, inputs = lapply(inputs, plain), output = plain(output))

# 1. Every kind of place where a change can fall: before follow-up, on its first day, inside, on its last day,
#    after it, on a boundary of two rows, in a gap; several people, one without any change, one not in base.
base <- data.frame(id = c(1, 2, 3, 4), stop = c(100, 80, 60, 50), sex = c(0, 1, 0, 1))
seen <- data.frame(id = c(1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 9), day = c(-5, 0, 30, 100, 120, 20, 80, 81, 10, 60, 5),
                   dose = c(1, 2, 3, 4, 5, 6, 7, 8, NA, 9, 10))
first <- tmerge(base, base, id = id, tstop = stop)
m <- tmerge(first, seen, id = id, dose = tdc(day, dose), ever = tdc(day), total = cumtdc(day, dose), times = cumtdc(day))
keep("merge_states", "tmerge(tmerge(base, base, id = id, tstop = stop), seen, id = id, dose = tdc(day, dose), ever = tdc(day), total = cumtdc(day, dose), times = cumtdc(day))",
     list(base = base, seen = seen), m)
m <- tmerge(first, seen, id = id, ev = event(day), grade = event(day, dose), nth = cumevent(day), sum = cumevent(day, dose))
keep("merge_events", "tmerge(..., ev = event(day), grade = event(day, dose), nth = cumevent(day), sum = cumevent(day, dose))",
     list(base = base, seen = seen), m)
m <- tmerge(first, seen, id = id, dose = tdc(day, dose, 0), total = cumtdc(day, dose, 10))
keep("merge_init", "tmerge(..., dose = tdc(day, dose, 0), total = cumtdc(day, dose, 10))", list(base = base, seen = seen), m)

# 2. Several rows a person, with a gap and a boundary; changes of both kinds in one call
rows <- data.frame(id = c(1, 1, 1, 2, 2), start = c(0, 10, 40, 5, 20), stop = c(10, 30, 60, 20, 45), arm = c("a", "a", "b", "b", "a"))
at <- data.frame(id = c(1, 1, 1, 1, 1, 2, 2, 2, 2), day = c(4, 10, 30, 35, 40, 5, 20, 33, 45), v = c(2, 4, 8, 16, 32, 3, 5, 7, 11))
who <- data.frame(id = unique(rows$id), of = 1)
first <- tmerge(who, rows, id = id, tstart = start, tstop = stop)
first <- tmerge(first, rows, id = id, arm = tdc(start, arm))
m <- tmerge(first, at, id = id, state = tdc(day, v), sum = cumtdc(day, v), ev = event(day, v), nth = cumevent(day))
keep("merge_gaps", "tmerge(rows, at, id = id, state = tdc(day, v), sum = cumtdc(day, v), ev = event(day, v), nth = cumevent(day))",
     list(rows = rows, at = at), m)

# 3. Chronic granulotomous disease, repeated infections: the example of the tmerge vignette
long <- do.call(rbind, lapply(1:7, function(i) data.frame(id = cgd0$id, day = cgd0[[paste0("etime", i)]])))
long <- long[!is.na(long$day), ]
first <- tmerge(cgd0[, c("id", "treat", "age")], cgd0, id = id, tstop = futime)
m <- tmerge(first, long, id = id, infect = event(day), enum = cumtdc(day))
keep("merge_cgd", "tmerge(tmerge(cgd0[, c('id', 'treat', 'age')], cgd0, id = id, tstop = futime), long, id = id, infect = event(day), enum = cumtdc(day))",
     list(base = cgd0[, c("id", "treat", "age", "futime")], long = long), m)

# 4. Heart transplant: jasa made into start-stop rows
jasa$subject <- seq_len(nrow(jasa))
j <- within(jasa[, c("subject", "futime", "fustat", "wait.time", "transplant", "age")], {
  futime <- pmax(0.5, futime)
  txtime <- ifelse(transplant == 1, wait.time, NA)
  txtime <- ifelse(!is.na(txtime) & txtime == futime, txtime - 0.5, txtime)
})
j <- j[, c("subject", "futime", "fustat", "txtime", "age")]
m <- tmerge(j[, c("subject", "age")], j, id = subject, death = event(futime, fustat), trt = tdc(txtime))
keep("merge_jasa", "tmerge(j[, c('subject', 'age')], j, id = subject, death = event(futime, fustat), trt = tdc(txtime))", list(base = j), m)

# 5. Primary biliary cholangitis: laboratory values with missing ones, text and numbers together
temp <- subset(pbc, id <= 60, c(id, time, status, sex))
labs <- subset(pbcseq, id <= 60, c(id, day, bili, ascites, edema, chol, spiders))
m <- tmerge(temp[, c("id", "sex")], temp, id = id, death = event(time, status))
m <- tmerge(m, labs, id = id, ascites = tdc(day, ascites), bili = tdc(day, bili), chol = tdc(day, chol), visits = cumtdc(day))
keep("merge_pbcseq", "tmerge(pbc[id <= 60], pbcseq, id = id, ascites = tdc(day, ascites), bili = tdc(day, bili), chol = tdc(day, chol), visits = cumtdc(day))",
     list(base = temp, labs = labs), m)

# 6. Random rows in whole days, with gaps; one value a person and day
set.seed(20191101)
rows <- do.call(rbind, lapply(1:60, function(i) {
  cuts <- sort(sample(0:200, 6)); data.frame(id = i, start = cuts[c(1, 3, 5)], stop = cuts[c(2, 4, 6)])
}))
at <- unique(data.frame(id = sample(1:62, 500, TRUE), day = sample(-20:230, 500, TRUE)))
at$v <- sample(c(1:9, NA), nrow(at), TRUE)
first <- tmerge(data.frame(id = unique(rows$id), of = 1), rows, id = id, tstart = start, tstop = stop)
m <- tmerge(first, at, id = id, state = tdc(day, v), sum = cumtdc(day, v), n = cumtdc(day), ev = event(day, v), nth = cumevent(day))
keep("merge_random", "tmerge(rows, at, id = id, state = tdc(day, v), sum = cumtdc(day, v), n = cumtdc(day), ev = event(day, v), nth = cumevent(day))",
     list(rows = rows, at = at), m)

# Split at cuts
v <- cbind(id = seq_len(nrow(veteran)), veteran[, c("trt", "time", "status", "karno")])
s <- survSplit(Surv(time, status) ~ ., v, cut = c(90, 180), episode = "tgroup")
keep("split_veteran", "survSplit(Surv(time, status) ~ ., veteran, cut = c(90, 180), episode = 'tgroup')", list(rows = v), s)
h <- heart[, c("id", "start", "stop", "event", "transplant")]
s <- survSplit(Surv(start, stop, event) ~ ., h, cut = c(0, 30, 35, 50, 365), episode = "part")
keep("split_heart", "survSplit(Surv(start, stop, event) ~ ., heart, cut = c(0, 30, 35, 50, 365), episode = 'part')", list(rows = h), s)
w <- data.frame(id = 1:5, start = c(0, 10, 12.5, 30, 60), stop = c(60, 20, 30, 30.5, 61), event = c(1, 2, 0, 1, 2))
w$event <- factor(w$event, 0:2, c("censor", "relapse", "death"))
s <- survSplit(Surv(start, stop, event) ~ ., w, cut = c(10, 20, 30, 60), episode = "part")
keep("split_causes", "survSplit(Surv(start, stop, event) ~ ., w, cut = c(10, 20, 30, 60), episode = 'part')", list(rows = w), s)

# Lexis: two and three time scales
lexis <- function(d, cuts, scales) {
  x <- Lexis(entry = setNames(lapply(scales, function(s) d[[s]]), scales), duration = d$duration, entry.status = d$from, exit.status = d$to, id = d$id, data = d["sex"])
  for (s in names(cuts)) x <- suppressMessages(splitLexis(x, cuts[[s]], s))
  for (s in names(cuts)) x[[paste0(s, "_band")]] <- timeBand(x, s, "integer")
  x[order(x$lex.id, x[[scales[1]]]), ]
}
d <- data.frame(id = 1:6, age = c(30, 41.5, 59.999, 40, 18, 49), period = c(1990, 1994.25, 2000, 1995, 1991.5, 1999.5), since = c(0, 2, 0, 0, 5, 0),
                duration = c(25, 3.5, 0.5, 20, 7.75, 1), from = "well", to = c("well", "ill", "dead", "dead", "well", "ill"), sex = c(1, 2, 1, 2, 1, 2))
cuts <- list(age = seq(20, 70, 10), period = c(1995, 2000, 2005))
keep("lexis_two", "splitLexis(splitLexis(Lexis(...), seq(20, 70, 10), 'age'), c(1995, 2000, 2005), 'period')", list(rows = d), lexis(d, cuts, c("age", "period")))
cuts <- list(age = c(40, 45, 50), period = c(1995, 2000), since = c(0, 1, 5, 10))
keep("lexis_three", "splitLexis at age 40, 45, 50; period 1995, 2000; since 0, 1, 5, 10", list(rows = d), lexis(d, cuts, c("age", "period", "since")))
set.seed(7)
r <- data.frame(id = 1:80, age = runif(80, 18, 70), period = runif(80, 1990, 2010), since = runif(80, 0, 5), duration = rexp(80, 0.1), from = "in", sex = rep(1:2, 40))
r$to <- ifelse(runif(80) < 0.4, "out", "in")
cuts <- list(age = seq(20, 90, 5), period = seq(1990, 2030, 2.5), since = c(1, 2, 5, 10, 20))
keep("lexis_random", "splitLexis at age seq(20, 90, 5); period seq(1990, 2030, 2.5); since 1, 2, 5, 10, 20", list(rows = r), lexis(r, cuts, c("age", "period", "since")))

made <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")), Epi = as.character(packageVersion("Epi"))), cases = cases)
writeLines(toJSON(made, digits = I(15), na = "null", auto_unbox = TRUE, null = "null"), commandArgs(TRUE)[1])
