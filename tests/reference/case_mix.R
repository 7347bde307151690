# Observed over expected by institution, lung data of R's survival: R 4.2, survival package.
library(survival)
d <- lung[!is.na(lung$inst), ]
fit <- coxph(Surv(time, status == 2) ~ age + sex, data = d, ties = "efron")
none <- coxph(Surv(time, status == 2) ~ 1, data = d, ties = "breslow")
e <- predict(fit, type = "expected"); n <- predict(none, type = "expected")
by <- aggregate(cbind(seen = d$status == 2, e, n), list(inst = d$inst), sum)
ci <- t(sapply(seq_len(nrow(by)), function(i) poisson.test(by$seen[i], T = by$e[i])$conf.int))
cat(jsonlite::toJSON(list(made_by = paste(R.version.string, "survival", packageVersion("survival")), script = "case_mix.R",
  what = "lung: Cox by age and sex; expected by institution; poisson.test of observed over expected",
  inst = as.character(by$inst), observed = by$seen, expected = by$e, crude = by$n, lower = ci[,1], upper = ci[,2]), auto_unbox = TRUE, digits = 12, pretty = TRUE))
