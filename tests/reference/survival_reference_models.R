# Values for data/validation/survival_reference_models.json that other reference files lack: made data with
# ties, (start, stop] rows, strata, clusters and causes; crr with a tight gtol; Firth by a plain solver.
# Rscript tests/reference/survival_reference_models.R > made.json
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
set.seed(20)
n <- 90
d <- data.frame(entry = sample(0:6, n, TRUE), x = round(rnorm(n), 3), z = rbinom(n, 1, .4), g = sample(1:3, n, TRUE),
                s = sample(1:3, n, TRUE), id = sample(1:30, n, TRUE))
d$time <- d$entry + sample(1:12, n, TRUE)
d$cause <- sample(0:2, n, TRUE, c(.4, .35, .25))
d$event <- as.integer(d$cause == 1)

cox <- coxph(Surv(entry, time, event) ~ x + z + strata(s), data = d, cluster = id)
zph <- cox.zph(cox, transform = "km")$table
plain <- cuminc(d$time, d$cause, d$g)$Tests
strat <- cuminc(d$time, d$cause, d$g, d$s, rho = 1)$Tests
crr_fit <- crr(d$time, d$cause, d[, c("x", "z")], gtol = 1e-13, maxiter = 50)
d$state <- factor(d$cause, 0:2)
d$row <- seq_len(n)
fg <- finegray(Surv(time, state) ~ ., data = d, etype = "1")
fgc <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x + z, weights = fgwt, data = fg, cluster = row)

# Firth, term by term: log likelihood, score and information; Fisher scoring; limits by bisection
firth <- function(beta, ties, pen = .5, deriv = TRUE) {
  X <- as.matrix(d[, c("x", "z")]); p <- ncol(X)
  ll <- 0; U <- rep(0, p); I <- matrix(0, p, p); K <- array(0, c(p, p, p))
  for (s in 1:3) for (t in sort(unique(d$time[d$event == 1 & d$s == s]))) {
    risk <- which(d$s == s & d$entry < t & d$time >= t)
    dead <- which(d$s == s & d$time == t & d$event == 1)
    for (l in seq_along(dead)) {
      w <- exp(X[risk, , drop = FALSE] %*% beta)
      if (ties == "efron") w <- w * ifelse(risk %in% dead, 1 - (l - 1) / length(dead), 1)
      w <- as.vector(w); q <- w / sum(w)
      m <- colSums(q * X[risk, , drop = FALSE])
      Z <- sweep(X[risk, , drop = FALSE], 2, m)
      ll <- ll + sum(X[dead[l], ] * beta) - log(sum(w))
      U <- U + X[dead[l], ] - m
      I <- I + t(Z) %*% (q * Z)
      for (k in 1:p) K[, , k] <- K[, , k] + t(Z) %*% (q * Z[, k] * Z)
    }
  }
  V <- solve(I)
  for (k in 1:p) U[k] <- U[k] + pen * sum(diag(V %*% K[, , k]))
  list(ll = ll + pen * log(det(I)), U = U, I = I)
}
solve_firth <- function(ties, fixed = NULL, value = 0, start = c(0, 0)) {
  beta <- start; free <- setdiff(1:2, fixed); beta[fixed] <- value
  for (i in 1:500) {
    f <- firth(beta, ties)
    step <- solve(f$I[free, free, drop = FALSE], f$U[free])
    beta[free] <- beta[free] + step
    if (max(abs(step)) < 1e-14) break
  }
  list(beta = beta, fit = firth(beta, ties))
}
firth_values <- function(ties) {
  full <- solve_firth(ties); top <- full$fit$ll; b <- full$beta
  fall <- function(v, k) 2 * (top - solve_firth(ties, k, v, b)$fit$ll) - qchisq(.95, 1)
  lim <- function(k, side) uniroot(fall, sort(b[k] + side * c(0, 6)), k = k, tol = 1e-13)$root
  lr <- sapply(1:2, function(k) fall(0, k) + qchisq(.95, 1))
  list(coef = b, vcov = solve(full$fit$I), loglik = c(firth(c(0, 0), ties)$ll, top),
       log_ci_lower = sapply(1:2, lim, side = -1), log_ci_upper = sapply(1:2, lim, side = 1),
       p = pchisq(lr, 1, lower.tail = FALSE))
}

# Cause-specific predictions from separate fits: hazards constant over each jump
m <- mgus2
m$etime <- with(m, ifelse(pstat == 0, futime, ptime))
m$ev <- with(m, ifelse(pstat == 0, 2 * death, 1))
m$male <- as.integer(m$sex == "M")
m <- m[complete.cases(m[, c("age", "male", "mspike")]), ]
new <- data.frame(age = 65, male = 0, mspike = 1)
H <- lapply(1:2, function(k) survfit(coxph(Surv(etime, ev == k) ~ age + male + mspike, data = m), newdata = new))
h <- sapply(H, function(f) diff(c(0, f$cumhaz)))
tot <- rowSums(h); before <- exp(-(cumsum(tot) - tot))
cif <- apply(h, 2, function(own) cumsum(ifelse(tot > 0, own / tot * (1 - exp(-tot)), 0) * before))
at <- c(12, 60, 120, 180, 240)

case <- function(call, values, dataset = "made") list(dataset = dataset, call = call, values = values)
out <- list(
  cox_made = case("coxph(Surv(entry,time,event)~x+z+strata(s), cluster=id)",
    list(coef = unname(coef(cox)), vcov = vcov(cox), naive = cox$naive.var, loglik = cox$loglik)),
  zph_made = case("cox.zph(that, 'km')", list(chisq = unname(zph[, 1]), p = unname(zph[, 3]))),
  gray_made = case("cuminc(time, cause, g)$Tests", list(stat = unname(plain[, 1]), p = unname(plain[, 2]))),
  gray_made_strata_rho1 = case("cuminc(time, cause, g, s, rho=1)$Tests",
    list(stat = unname(strat[, 1]), p = unname(strat[, 2]))),
  crr_made = case("crr(time, cause, cbind(x,z), gtol=1e-13)",
    list(coef = unname(crr_fit$coef), var = crr_fit$var, loglik = crr_fit$loglik)),
  finegray_made = case("coxph(Surv(fgstart,fgstop,fgstatus)~x+z, weights=fgwt, cluster=row, data=finegray())",
    list(coef = unname(coef(fgc)), vcov = vcov(fgc))),
  firth_made_breslow = case("solve_firth('breslow') of the script: x+z, strata s, (entry, time]", firth_values("breslow")),
  firth_made_efron = case("solve_firth('efron') of the script", firth_values("efron")),
  cause_specific_incidence = case("1 - exp by jump, from survfit(coxph(Surv(etime, ev==k)~age+male+mspike)), age 65, male 0, mspike 1",
    list(time = at, incidence = t(cif[findInterval(at, H[[1]]$time), ])), "mgus2"))
cat(toJSON(list(meta = list(R = R.version.string), data = list(made = as.list(d[, c("entry", "time", "cause", "event", "x", "z", "g", "s", "id")])),
                cases = out), digits = NA, auto_unbox = TRUE, matrix = "rowmajor"))
