# Exact limits of counts as made here: binomial and Poisson tails of 3-sigma charts, T and G quantiles.
# Rscript spc.R > spc.json
outer <- pnorm(-3); near <- pnorm(-2)
cont_binom <- function(n, p, a) c(uniroot(function(x) pbeta(1 - p, n - x, x + 1) - a, c(-1 + 1e-9, n - 1e-9), tol = 1e-12)$root,
                                  uniroot(function(x) pbeta(p, x, n - x + 1) - a, c(1e-9, n + 1 - 1e-9), tol = 1e-12)$root)
cont_pois <- function(m, a) c(uniroot(function(x) pgamma(m, x + 1, lower.tail = FALSE) - a, c(-1 + 1e-9, 200), tol = 1e-12)$root,
                              uniroot(function(x) pgamma(m, x) - a, c(1e-9, 200), tol = 1e-12)$root)
f <- function(v) paste0("[", paste(sprintf("%.15g", v), collapse = ","), "]")
cat("{\n")
cat('"binomial_n40_p30": ', f(c(cont_binom(40, .3, outer), cont_binom(40, .3, near))), ",\n", sep = "")
cat('"binomial_n190_p77": ', f(c(cont_binom(190, .77, outer), cont_binom(190, .77, near))), ",\n", sep = "")
cat('"poisson_9": ', f(c(cont_pois(9, outer), cont_pois(9, near))), ",\n", sep = "")
cat('"poisson_30": ', f(c(cont_pois(30, outer), cont_pois(30, near))), ",\n", sep = "")
cat('"exponential_25": ', f(qexp(c(.5, outer, 1 - outer, near, 1 - near), 1 / 25)), ",\n", sep = "")
cat('"geometric_25": ', f(qgeom(c(.5, outer, 1 - outer, near, 1 - near), 1 / 26)), "\n}\n", sep = "")
