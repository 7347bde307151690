# Frozen values of metafor.json: metafor 3.8-1 on R 4.2.2. tight: the default threshold stops at 1e-5.
suppressMessages({library(metafor); library(jsonlite)})
tight <- list(threshold = 1e-14, maxiter = 10000)
sets <- list(
  hand8 = list(yi = c(-0.42, -0.15, 0.08, -0.61, -0.33, 0.21, -0.5, -0.27),
               vi = c(0.041, 0.025, 0.062, 0.11, 0.018, 0.055, 0.09, 0.033)),
  hand3_tau0 = list(yi = c(0.3, 0.62, 0.45), vi = c(0.04, 0.05, 0.03)),
  bcg = {d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
         list(yi = as.numeric(d$yi), vi = as.numeric(d$vi))}
)
told <- function(s, test) {
  f <- rma(s$yi, s$vi, method = "REML", test = test, control = tight)
  p <- predict(f)
  half <- qt(0.975, f$k - 2) * sqrt(f$tau2 + f$se^2)
  b <- blup(f)
  list(yi = s$yi, vi = s$vi, test = test,
       call = sprintf("rma(yi, vi, method='REML', test='%s', control=tight)", test),
       values = list(estimate = f$b[1], se = f$se, ci_lower = f$ci.lb, ci_upper = f$ci.ub, tau2 = f$tau2, I2 = f$I2,
                     Q = f$QE, Q_p = f$QEp, k = f$k, pi_lower = p$pi.lb, pi_upper = p$pi.ub,
                     pi_hts_km2_lower = f$b[1] - half, pi_hts_km2_upper = f$b[1] + half,
                     blup = list(b$pred, b$se, b$pi.lb, b$pi.ub)))
}
cases <- list()
for (name in names(sets)) for (test in c("knha", "adhoc")) cases[[paste(name, test, sep = "_")]] <- told(sets[[name]], test)
cat(toJSON(list(what = "REML random effects, R 4.2.2, metafor 3.8-1: metafor.R", cases = cases), digits = 16, auto_unbox = TRUE))
