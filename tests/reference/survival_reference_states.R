# Values for data/validation/survival_reference_states.json that other reference files lack.
# Rscript tests/reference/survival_reference_states.R > made.json
suppressMessages({library(survival); library(etm); library(mets); library(jsonlite)})
options(warn = -1)

# Sixty people walk between six states: some enter late, some begin elsewhere, moves back and forth, days with ties.
set.seed(20)
states <- c("residential", "preparation", "tenancy", "hospital", "lost", "died")
chance <- rbind(residential = c(0, .7, 0, .25, 0, .05), preparation = c(0, 0, .8, .15, 0, .05),
                tenancy = c(0, 0, 0, .7, .2, .1), hospital = c(.2, .1, .55, 0, .05, .1), lost = c(.3, 0, .5, .15, 0, .05))
stay <- c(residential = 90, preparation = 80, tenancy = 200, hospital = 20, lost = 60)
one <- function(i) {
  now <- if (i %% 4 == 0) "hospital" else if (i %% 4 == 1) "tenancy" else "residential"
  day <- if (i %% 5 == 0) sample(1:60, 1) else 0
  end <- sample(250:600, 1)
  rows <- list()
  repeat {
    to <- min(end, day + 5 * ceiling(rexp(1, 5 / stay[now])))
    then <- if (to == end) "" else sample(states, 1, prob = chance[now, ])
    rows[[length(rows) + 1]] <- data.frame(id = i, start = day, stop = to, state = now, next_state = then)
    if (then %in% c("", "died")) break
    day <- to; now <- then
  }
  do.call(rbind, rows)
}
walk <- do.call(rbind, lapply(1:60, one))
walk$event <- factor(ifelse(walk$next_state == "", "censor", walk$next_state), c("censor", states))
walk$istate <- factor(walk$state, states)
at <- c(30, 90, 180, 365)
fit <- survfit(Surv(start, stop, event) ~ 1, id = id, istate = istate, data = walk, influence = TRUE)
s <- summary(fit, times = at)
order6 <- match(states, fit$states)
ij <- list(time = at, states = states, pstate = s$pstate[, order6], se = s$std.err[, order6],
           n_risk = s$n.risk[, order6], lower = s$lower[, order6], upper = s$upper[, order6])

lm <- survfit(Surv(start, stop, event) ~ 1, id = id, istate = istate, data = walk, start.time = 120.5, influence = TRUE)
s <- summary(lm, times = c(180, 365))
landmark <- list(time = c(180, 365), pstate = s$pstate[, order6], se = s$std.err[, order6])

# etm names every from and to, and has one row a stay; the error is Greenwood's
as_etm <- function(rows, last = "cens")
  data.frame(id = rows$id, from = rows$state, to = ifelse(rows$next_state == "", last, rows$next_state),
             entry = rows$start, exit = rows$stop)
tra <- matrix(FALSE, 6, 6, dimnames = list(states, states))
moved <- subset(walk, next_state != "")
tra[as.matrix(unique(moved[, c("state", "next_state")]))] <- TRUE
from_state <- function(rows, possible, s, from, times) {
  fit <- etm(as_etm(rows), rownames(possible), possible, "cens", s = s)
  place <- findInterval(times, fit$time)
  keep <- rownames(possible)
  se <- sapply(keep, function(k) sqrt(pmax(fit$cov[paste(from, k), paste(from, k), place], 0)))
  list(time = times, P = t(fit$est[from, keep, place]), se = matrix(se, ncol = length(keep)), states = keep)
}
tenancy <- from_state(walk, tra, 0, "tenancy", c(90, 180, 365))
there <- walk$id[walk$start <= 180 & walk$stop > 180 & walk$state == "tenancy"]
cut <- subset(walk, id %in% there & stop > 180); cut$start <- pmax(cut$start, 180)
seen <- tra & FALSE
seen[as.matrix(unique(subset(cut, next_state != "")[, c("state", "next_state")]))] <- TRUE
lmaj <- from_state(cut, seen, 180, "tenancy", c(270, 365))

# mgus2 as illness-death, a landmark at 60 months, without ties handled as Efron's
m <- survival::mgus2
m$pt <- with(m, ifelse(pstat == 1 & ptime == futime, ptime - 0.1, ptime))
two <- subset(m, pstat == 1)
long <- rbind(data.frame(id = m$id, state = "mgus", start = 0, stop = ifelse(m$pstat == 1, m$pt, m$futime),
                         next_state = ifelse(m$pstat == 1, "PCM", ifelse(m$death == 1, "death", ""))),
              data.frame(id = two$id, state = "PCM", start = two$pt, stop = two$futime,
                         next_state = ifelse(two$death == 1, "death", "")))
long <- long[order(long$id, long$start), ]
mg <- c("mgus", "PCM", "death")
mtra <- matrix(FALSE, 3, 3, dimnames = list(mg, mg)); mtra[1, 2:3] <- TRUE; mtra[2, 3] <- TRUE
mgus_lmaj <- lapply(c(mgus = "mgus", PCM = "PCM"), function(from) {
  there <- long$id[long$start <= 60 & long$stop > 60 & long$state == from]
  cut <- subset(long, id %in% there & stop > 60); cut$start <- pmax(cut$start, 60)
  possible <- mtra
  if (from == "PCM") possible["mgus", ] <- FALSE
  from_state(cut, possible, 60, from, if (from == "PCM") c(72, 120) else c(72, 120, 240))
})
long$event <- factor(ifelse(long$next_state == "", "censor", long$next_state), c("censor", "PCM", "death"))
long$istate <- factor(long$state, mg[1:2])
s <- summary(survfit(Surv(start, stop, event) ~ 1, id = id, istate = istate, data = long, start.time = 60,
                     influence = TRUE), times = c(120, 180, 240))
start60 <- list(time = s$time, pstate = s$pstate, se = s$std.err, n_risk = s$n.risk)

# Ghosh-Lin without ties: events of a month a little apart, then deaths; who was last seen at an event stays a moment
b <- subset(survival::bladder1, stop > start)
b$st <- ifelse(b$status == 1, 1, ifelse(b$status > 1, 2, 0))
last <- !duplicated(b$id, fromLast = TRUE) & b$st == 1
tail_rows <- b[last, ]; tail_rows$start <- tail_rows$stop; tail_rows$st <- 0
b <- rbind(b, tail_rows); b <- b[order(b$id, b$start, b$stop), ]
k <- ave(seq_len(nrow(b)), b$stop, FUN = seq_along) * 1e-6
b$u <- b$stop + ifelse(b$st == 1, k, ifelse(b$st == 2, 1e-3 + k, 2e-3))
b$s <- ave(b$u, b$id, FUN = function(x) c(0, head(x, -1)))
months <- c(6, 12, 24, 36, 48)
untied <- lapply(split(b, b$treatment), function(g) {
  fit <- recurrentMarginal(phreg(Surv(s, u, st == 1) ~ cluster(id), data = g),
                           phreg(Surv(s, u, st == 2) ~ cluster(id), data = g))
  place <- findInterval(months + 0.01, fit$times)
  list(time = months, mu = fit$mu[place], se = fit$se.mu[place])
})

# Mean cumulative functions: cgd, and admissions of the walk with the time in hospital left out
curve <- function(fit, times) {
  place <- findInterval(times, fit$time)
  list(time = times, mcf = fit$cumhaz[place], se = fit$std.chaz[place])
}
cgd_by <- lapply(split(survival::cgd, survival::cgd$treat), function(g)
  curve(survfit(Surv(tstart, tstop, status) ~ 1, id = id, data = g), c(100, 200, 300)))
out <- subset(walk, state != "hospital")
gaps <- curve(survfit(Surv(start, stop, next_state == "hospital") ~ 1, id = id, data = out), c(90, 180, 365))

case <- function(call, dataset, values) list(dataset = dataset, call = call, values = values)
cat(toJSON(list(
  data = list(walk = as.list(walk[, c("id", "start", "stop", "state", "next_state")])),
  cases = list(
    ms_walk = case("survfit(Surv(start, stop, event) ~ 1, id = id, istate = istate, influence = TRUE)", "walk", ij),
    ms_walk_start120 = case("survfit(..., start.time = 120.5, influence = TRUE)", "walk", landmark),
    etm_walk_from_tenancy = case("etm(walk, tra, s = 0): P(tenancy -> .), Greenwood", "walk", tenancy),
    etm_walk_landmark180 = case("etm(those in tenancy at 180, s = 180), Greenwood", "walk", lmaj),
    etm_mgus2_landmark60 = case("etm(those in the state at 60, s = 60), Greenwood", "mgus2, pcm time less 0.1 where tied", mgus_lmaj),
    ms_mgus2_start60_istate = case("survfit(..., istate = istate, start.time = 60, influence = TRUE)", "mgus2", start60),
    ghosh_lin_bladder1_untied = case("mets::recurrentMarginal(phreg(events), phreg(deaths)), ties broken", "bladder1, ties broken as in the script", untied),
    mcf_cgd = case("survfit(Surv(tstart, tstop, status) ~ 1, id = id)$cumhaz, std.chaz, by treat", "cgd", cgd_by),
    mcf_walk_gaps = case("survfit(Surv(start, stop, next_state == 'hospital') ~ 1, id = id), rows in hospital left out", "walk", gaps))),
  digits = NA, auto_unbox = TRUE, na = "string"))
