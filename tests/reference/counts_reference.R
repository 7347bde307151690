# Values for tests/reference/counts.json: log-linear models of monthly counts with an offset, time from 0.
# Rscript tests/reference/counts_reference.R > tests/reference/counts.json
suppressMessages({library(MASS); library(sandwich); library(jsonlite)})

# Acute coronary events (ages 0 to 69), Sicily, January 2002 to November 2006, with age-standardised population;
# smoking ban from January 2005 (Lopez Bernal, Cummins and Gasparrini, Int J Epidemiol 2017;46:348-355)
sicily <- list(
  y = c(728, 659, 791, 734, 757, 726, 760, 740, 720, 814, 795, 858, 887, 766, 851, 769, 781, 756, 766, 752, 765,
        831, 879, 928, 914, 808, 937, 840, 916, 828, 845, 818, 860, 839, 887, 886, 831, 796, 833, 820,
        877, 758, 767, 738, 781, 843, 850, 908, 1021, 859, 976, 888, 962, 838, 810, 876, 843, 936, 912),
  exposure = c(379875.3, 376495.5, 377040.8, 377116.4, 377383.4, 374113.1, 379513.3, 376295.5, 374653.2, 378485.6,
        375955.5, 378349.7, 376762.4, 379032.3, 379360.4, 376162.0, 377972.4, 381830.7, 379888.6,
        380872.2, 380966.9, 381240.4, 382104.9, 381802.7, 381656.3, 383680.0, 383504.2, 386462.9,
        383783.1, 380836.8, 383483.0, 380906.2, 382926.8, 384052.4, 384449.6, 383428.4, 388153.2,
        388373.2, 386470.1, 386033.2, 383686.4, 385509.3, 385901.9, 386516.6, 388436.5, 383255.2,
        390148.7, 385874.9, 391613.6, 391750.4, 394005.6, 391364.9, 391664.6, 389022.3, 391878.5,
        388575.3, 392989.0, 390018.8, 390712.3),
  pre = 36, season = 2, slope = FALSE)
set.seed(11)  # the values, not the seed, are the reference
small <- list(y = rnbinom(36, size = 4, mu = 5 * seq(0.4, 1, length.out = 36)),
              exposure = round(3000 * seq(0.4, 1, length.out = 36)), pre = 18, season = 0, slope = TRUE)

values <- function(s) {
  n <- length(s$y); t <- seq_len(n) - 1
  X <- cbind(intercept = 1, time = t, level = as.numeric(t >= s$pre))
  if (s$slope) X <- cbind(X, slope = pmax(t - s$pre, 0))
  for (k in seq_len(s$season)) X <- cbind(X, sin(2 * pi * k * t / 12), cos(2 * pi * k * t / 12))
  o <- log(s$exposure); y <- s$y
  tight <- glm.control(epsilon = 1e-14, maxit = 100)
  poisson <- glm(y ~ X - 1 + offset(o), family = "poisson", control = tight)
  quasi <- glm(y ~ X - 1 + offset(o), family = "quasipoisson", control = tight)
  nb <- glm.nb(y ~ X - 1 + offset(o), control = glm.control(epsilon = 1e-10, maxit = 100))
  of <- function(fit) list(coef = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))))
  mu <- fitted(poisson)
  z <- sum((y - mu)^2 - y + hatvalues(poisson) * mu) / sqrt(2 * sum(mu^2))
  newey <- NeweyWest(quasi, lag = 1, prewhite = FALSE, adjust = TRUE)
  list(poisson = of(poisson), quasi_poisson = c(of(quasi), dispersion = summary(quasi)$dispersion),
       negative_binomial = c(of(nb), alpha = 1 / nb$theta), newey_west = list(se = unname(sqrt(diag(newey)))),
       dispersion_test = z)
}
calls <- list(
  poisson = "glm(y ~ X - 1 + offset(log(exposure)), family = 'poisson')",
  quasi_poisson = "glm(y ~ X - 1 + offset(log(exposure)), family = 'quasipoisson')",
  negative_binomial = "MASS::glm.nb(y ~ X - 1 + offset(log(exposure)))",
  newey_west = "sandwich::NeweyWest(quasi, lag = 1, prewhite = FALSE, adjust = TRUE)",
  dispersion_test = "sum((y - mu)^2 - y + hatvalues(fit) * mu) / sqrt(2 * sum(mu^2)), fit by Poisson")
made_with <- list(R = R.version.string, MASS = as.character(packageVersion("MASS")),
                  sandwich = as.character(packageVersion("sandwich")))
made <- list(made_with = made_with, calls = calls, cases = list(
  sicily = c(sicily, values = list(values(sicily))), small = c(small, values = list(values(small)))))
cat(toJSON(made, auto_unbox = TRUE, digits = 12, pretty = FALSE), "\n", sep = "")
