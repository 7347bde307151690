# Standard errors of level and slope when the autocorrelation is known, for tests/its/test_power.py.
# Rscript tests/reference/its_design.R > tests/reference/its_design.json   (R 4.2, nlme 3.1)
library(nlme)
one <- function(n, start, rho, left_out = integer(0)) {
  time <- 0:(n - 1)
  frame <- data.frame(time, level = as.numeric(time >= start), slope = pmax(time - start, 0))
  set.seed(1)
  frame$y <- rnorm(n)
  frame <- frame[!(time %in% left_out), ]
  fit <- gls(y ~ time + level + slope, frame, correlation = corCAR1(rho, ~time, fixed = TRUE))
  alone <- gls(y ~ time + level, frame, correlation = corCAR1(rho, ~time, fixed = TRUE))
  V <- vcov(fit) / fit$sigma^2
  V1 <- vcov(alone) / alone$sigma^2
  list(n = n, start = start, rho = rho, left_out = I(left_out), level = sqrt(V["level", "level"]),
       slope = sqrt(V["slope", "slope"]), level_alone = sqrt(V1["level", "level"]),
       correlation = V["level", "slope"] / sqrt(V["level", "level"] * V["slope", "slope"]))
}
cases <- list(one(24, 12, 0.4), one(36, 30, 0.2), one(48, 20, 0.8), one(48, 24, 0.6, 30:37))
cat(jsonlite::toJSON(cases, auto_unbox = TRUE, digits = 12, pretty = TRUE), "\n")
