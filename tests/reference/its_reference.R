# Values for data/validation/its_reference.json: segmented regression y ~ time + level + slope (+ season), time
# 1..n, slope change 0 in the first month after the break; where months are masked, time runs on.
# Rscript tests/reference/its_reference.R > data/validation/its_reference.json
suppressMessages({library(nlme); library(sandwich); library(jsonlite)})

made <- function(n, rho, level, seed) {  # a series of two decimals: the values, not the seed, are the reference
  set.seed(seed)
  round(50 + 0.2 * (1:n) + level * ((1:n) > n / 2) + 3 * as.numeric(arima.sim(list(ar = rho), n)), 2)
}
california <- c(123, 121, 123.5, 124.4, 126.7, 127.1, 128, 126.4, 126.1, 121.9, 120.2, 118.6, 115.4, 110.8, 104.8,
                102.8, 99.7, 97.5, 90.1, 82.4, 77.8, 68.7, 67.5, 63.4, 58.6, 56.4, 54.5, 53.8, 52.3, 47.2, 41.6)
series <- list(
  california = list(y = california, pre = 19, masked = integer(0), season = "none"),
  twelve = list(y = made(12, 0.3, 4, 9), pre = 6, masked = integer(0), season = "none"),
  forty_eight = list(y = made(48, 0.5, -5, 2), pre = 24, masked = integer(0), season = "none"),
  seasonal = list(y = made(60, 0.4, 3, 3), pre = 20, masked = integer(0), season = "harmonic"),
  masked = list(y = made(72, 0.5, -4, 4), pre = 30, masked = 45:61, season = "none"))

frame_of <- function(s) {
  n <- length(s$y); t <- 1:n
  d <- data.frame(y = s$y, time = t, level = as.numeric(t > s$pre), slope = pmax(t - s$pre - 1, 0))
  if (s$season == "harmonic") { d$sin1 <- sin(2 * pi * (t - 1) / 12); d$cos1 <- cos(2 * pi * (t - 1) / 12) }
  d[!(t %in% s$masked), ]
}

# Whitened rows of an AR(1) across gaps at 1 - rho = d, without cancellation where d is small
short <- function(g, d) if (d < 0.5) -expm1(g * log1p(-d)) else 1 - (1 - d)^g  # 1 - rho^g
white <- function(M, time, d) {
  g <- diff(time); q <- short(g, d)
  rbind(M[1, ], (diff(M) + q * M[-nrow(M), , drop = FALSE]) / sqrt(q * (2 - q)))
}
log_det <- function(time, d) { q <- short(diff(time), d); sum(log(q * (2 - q))) }

prais <- function(d, form) {                        # Prais-Winsten, iterated to a standstill
  X <- model.matrix(form, d); rho <- 0
  for (i in 1:2000) {
    W <- white(cbind(X, d$y), d$time, 1 - rho); p <- ncol(X)
    fit <- lm.fit(W[, 1:p], W[, p + 1]); e <- as.vector(d$y - X %*% fit$coefficients)
    near <- which(diff(d$time) == 1)
    new <- sum(e[near + 1] * e[near]) / sum(e[near]^2)
    if (abs(new - rho) < 1e-13) break
    rho <- new
  }
  V <- sum(fit$residuals^2) / (nrow(X) - p) * chol2inv(qr.R(fit$qr))
  list(coef = unname(fit$coefficients), se = sqrt(diag(V)), rho = rho)
}

satterthwaite <- function(fit, d, form) {           # matrices written out, derivatives of R by rho in closed form
  X <- model.matrix(form, d); n <- nrow(X); p <- ncol(X)
  rho <- coef(fit$modelStruct$corStruct, unconstrained = FALSE); s2 <- fit$sigma^2
  lag <- abs(outer(d$time, d$time, "-")); V <- s2 * rho^lag; dV <- s2 * lag * rho^pmax(lag - 1, 0)
  Vi <- solve(V); Phi <- solve(t(X) %*% Vi %*% X); P <- Vi - Vi %*% X %*% Phi %*% t(X) %*% Vi
  G <- list(V / s2, dV); tr <- function(M) sum(diag(M))
  info <- matrix(0, 2, 2)
  for (i in 1:2) for (j in 1:2) info[i, j] <- tr(P %*% G[[i]] %*% P %*% G[[j]]) / 2
  W <- solve(info)                                  # of (sigma2, rho)
  slope <- function(i) Phi %*% t(X) %*% Vi %*% G[[i]] %*% Vi %*% X %*% Phi
  grad <- cbind(diag(slope(1)), diag(slope(2)))
  df <- 2 * diag(Phi)^2 / rowSums((grad %*% W) * grad)
  Q <- function(i, j) t(X) %*% Vi %*% G[[i]] %*% Vi %*% G[[j]] %*% Vi %*% X
  A <- function(i) t(X) %*% Vi %*% G[[i]] %*% Vi %*% X
  add <- matrix(0, p, p)
  for (i in 1:2) for (j in 1:2) add <- add + W[i, j] * (Q(i, j) - A(i) %*% Phi %*% A(j))
  list(df = df, se = unname(sqrt(diag(Phi + 2 * Phi %*% add %*% Phi))))
}

integrated <- function(d, form, which, level = 0.95) {  # by R's integrate, over s = (1 - rho)^0.07, which takes the pole away
  X <- model.matrix(form, d); n <- nrow(X); p <- ncol(X); nu <- n - p; a <- 0.93
  at <- function(s) {
    e <- s^(1 / (1 - a)); W <- white(cbind(X, d$y), d$time, e); q <- qr(W[, 1:p])
    rss <- sum(qr.resid(q, W[, p + 1])^2); Ri <- backsolve(qr.R(q), diag(p))
    L <- log_det(d$time, e) + 2 * sum(log(abs(diag(qr.R(q)))))
    v <- sum(Ri[which, ]^2)
    c(-L / 2 - nu / 2 * log(rss) - (1 - 4 / nu) * (log(v) - L / nu) - 0.5 * log(2 - e), qr.coef(q, W[, p + 1])[which],
      sqrt(rss / nu * v))
  }
  grid <- sapply(seq(0.02, 2^0.07 - 1e-4, length.out = 400), at); top <- max(grid[1, ])
  mean_of <- function(f) integrate(function(s) sapply(s, function(z) { m <- at(z); exp(m[1] - top) * f(m) }), 1e-8, 2^0.07,
                                   rel.tol = 1e-11, subdivisions = 5000, stop.on.error = FALSE)$value
  total <- mean_of(function(m) 1)
  limit <- function(prob) uniroot(function(x) mean_of(function(m) pt((x - m[2]) / m[3], nu)) / total - prob,
                                  range(grid[2, ]) + c(-12, 12) * max(grid[3, grid[1, ] > top - 12]), tol = 1e-9)$root
  c(limit((1 - level) / 2), limit((1 + level) / 2))
}

one <- function(s) {
  d <- frame_of(s)
  form <- if (s$season == "harmonic") y ~ time + level + slope + sin1 + cos1 else y ~ time + level + slope
  tight <- glsControl(tolerance = 1e-12, msTol = 1e-14, msMaxIter = 500, maxIter = 500, msVerbose = FALSE)
  ols <- lm(form, d)
  gls_of <- function(how) {                         # nlme's optimiser depends on its start: the best of five
    all <- lapply(c(0, 0.1, 0.3, 0.44, 0.6), function(start)
      gls(form, d, correlation = corAR1(start, form = ~time), method = how, control = tight))
    all[[which.max(sapply(all, logLik))]]
  }
  read <- function(f) list(coef = unname(coef(f)), se = unname(sqrt(diag(f$varBeta))), sigma = f$sigma,
                           rho = unname(coef(f$modelStruct$corStruct, unconstrained = FALSE)), loglik = as.numeric(logLik(f)))
  reml <- gls_of("REML")
  values <- list(ols = list(coef = unname(coef(ols)), se = unname(sqrt(diag(vcov(ols))))),
                 prais_winsten = prais(d, form), reml = read(reml), ml = read(gls_of("ML")),
                 integrated = list(level = integrated(d, form, 3), slope = integrated(d, form, 4)))
  if (read(reml)$rho < 0.99) {                      # at the edge the information about rho is rounding error
    small <- satterthwaite(reml, d, form)
    values$satterthwaite_df <- pmax(unname(small$df[3:4]), 2); values$kenward_roger_se <- small$se
  }
  if (!length(s$masked)) values$newey_west_se <- unname(sqrt(diag(NeweyWest(ols, lag = 1, prewhite = FALSE, adjust = TRUE))))
  full <- arima(s$y * ifelse(seq_along(s$y) %in% s$masked, NA, 1), order = c(1, 0, 0), include.mean = TRUE, method = "ML",
                xreg = { e <- s; e$masked <- integer(0); frame_of(e)[, -1] }, optim.control = list(reltol = 1e-14, maxit = 2000))
  values$arima <- list(coef = unname(coef(full)[-1]), se = unname(sqrt(diag(full$var.coef))[-1]), rho = unname(coef(full)[1]))
  list(call = paste("lm; sandwich::NeweyWest(lag = 1, prewhite = FALSE, adjust = TRUE); nlme::gls(correlation = corAR1(form = ~time),",
                    "method = 'REML' or 'ML'); arima(order = c(1, 0, 0), xreg, method = 'ML'); the others are written out in its_reference.R"),
       dataset = s, values = values)
}
out <- list(meta = list(R = R.version.string, nlme = as.character(packageVersion("nlme")), sandwich = as.character(packageVersion("sandwich")),
                        about = "california: packs of cigarettes sold a head, 1970-2000, Proposition 99 in 1989 (Abadie, Diamond and Hainmueller, J Am Stat Assoc 2010;105:493-505); the others are made"),
            cases = lapply(series, one))
cat(toJSON(out, digits = I(16), auto_unbox = TRUE, null = "null"), "\n")
