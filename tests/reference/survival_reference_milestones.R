# Values for data/validation/survival_reference_milestones.json that other reference files lack.
# Rscript tests/reference/survival_reference_milestones.R > made.json
suppressMessages({library(survival); library(geepack); library(jsonlite)})

lung <- survival::lung
lung$event <- lung$status == 2
lc <- lung[complete.cases(lung[, c("inst", "age", "sex", "ph.ecog")]), ]
lc$id <- seq_len(nrow(lc))

# Joint covariance of S(180), S(365), S(730): crossproduct of the influences
t3 <- c(180, 365, 730)
fit <- survfit(Surv(time, event) ~ 1, data = lung, influence = TRUE)
at <- findInterval(t3, fit$time)
u <- fit$influence.surv[, at]
covariance <- crossprod(u)

# Share that sustained among those who did not die before: 1 - F1 / (1 - F2), with its influences
m <- mgus2
m$etime <- with(m, ifelse(pstat == 0, futime, ptime))
m$event <- factor(with(m, ifelse(pstat == 0, 2 * death, 1)), 0:2, c("censor", "pcm", "death"))
aj <- survfit(Surv(etime, event) ~ 1, data = m, influence = TRUE)
t2 <- c(60, 120)
at <- findInterval(t2 - 1e-9, aj$time)
f <- aj$pstate[at, 2:3]
share <- 1 - f[, 1] / (1 - f[, 2])
infl <- aj$influence.pstate[, at + 1, 2:3]  # its first column is time 0
w <- sapply(1:2, function(j) -infl[, j, 1] / (1 - f[j, 2]) - f[j, 1] * infl[, j, 2] / (1 - f[j, 2])^2)
excluded <- crossprod(w)
# ... and given 60 months, among those who had neither event so far
late <- subset(m, etime >= 60)
aj2 <- survfit(Surv(etime - 60, event) ~ 1, data = late)
f2 <- aj2$pstate[findInterval(60 - 1e-9, aj2$time), 2:3]

# GEE on exact jackknife values of S(365), iterated to the end (the default of geese stops at 1e-4)
n <- nrow(lc)
km <- function(d) summary(survfit(Surv(time, event) ~ 1, data = d), times = 365)$surv
lc$y <- n * km(lc) - (n - 1) * sapply(lc$id, function(i) km(lc[-i, ]))
gee <- function(link) {
  d <- lc
  if (link == "cloglog") d$y <- 1 - d$y
  g <- geese(y ~ age + sex + ph.ecog, id = id, data = d, mean.link = link, scale.fix = TRUE, family = gaussian,
             corstr = "independence", control = geese.control(epsilon = 1e-14, maxit = 200))
  list(coef = unname(g$beta), san_se = unname(sqrt(diag(g$vbeta))))
}
# Two times together: an intercept each, independence
p <- pseudo(survfit(Surv(time, event) ~ 1, data = lc), times = c(180, 365))
long <- data.frame(id = rep(lc$id, each = 2), y = as.vector(t(p)), at = factor(rep(1:2, n)), sex = rep(lc$sex, each = 2))
g2 <- geese(y ~ 0 + at + sex, id = id, data = long, mean.link = "logit", scale.fix = TRUE, family = gaussian,
            corstr = "independence", control = geese.control(epsilon = 1e-14, maxit = 200))

out <- list(
  cov_lung_surv = list(
    dataset = "lung", call = "crossprod(survfit(Surv(time,status==2)~1, influence=TRUE)$influence.surv[, c(180,365,730)])",
    values = list(surv = fit$surv[findInterval(t3, fit$time)], covariance = covariance)),
  excluded_mgus2 = list(
    dataset = "mgus2", call = "1-F1/(1-F2) from survfit(Surv(etime,event)~1, influence=TRUE) just before 60, 120; covariance from influence.pstate by the delta method",
    values = list(share = unname(share), covariance = excluded, next_share = unname(1 - f2[1] / (1 - f2[2])))),
  pseudo_gee_lung_two_times = list(
    dataset = "lung, complete in inst, age, sex, ph.ecog", call = "geese(pseudo(survfit, c(180,365)) ~ 0 + time + sex, id, mean.link='logit', epsilon=1e-14)",
    values = list(coef = unname(g2$beta), san_se = unname(sqrt(diag(g2$vbeta))))))
for (link in c("identity", "logit", "cloglog"))
  out[[paste0("pseudo_gee_lung365_", link, "_settled")]] <- list(
    dataset = "lung, complete in inst, age, sex, ph.ecog",
    call = paste0("geepack::geese(exact jackknife of S(365) ~ age+sex+ph.ecog, mean.link='", link, "', epsilon=1e-14)"),
    values = gee(link))
cat(toJSON(list(meta = list(R = R.version.string, survival = as.character(packageVersion("survival")),
    geepack = as.character(packageVersion("geepack"))), cases = out), digits = NA, auto_unbox = TRUE, matrix = "rowmajor"))
