# Frozen values of within_person.json: clubSandwich 0.5.8 on R 4.2, on the rows that the file holds.
suppressMessages({library(clubSandwich); library(jsonlite)})
d <- fromJSON("within_person.json")$rows
d <- as.data.frame(d)
told <- function(f, k) {
  o <- coef_test(f, vcov = "CR2", cluster = d$cluster, test = "Satterthwaite")[k, ]
  list(coef = unname(coef(f)[k]), se = o$SE, df = o$df)
}
cases <- list(
  lm = told(lm(y ~ treat + x, d), 1:3),
  wls = told(lm(y ~ treat + x, d, weights = w), 1:3),
  poisson = told(glm(count ~ treat + x + offset(log(exposure)), poisson, d, epsilon = 1e-15, maxit = 100), 1:3),
  person = told(glm(count ~ late + x + factor(cluster) + offset(log(exposure)), poisson, d, epsilon = 1e-15, maxit = 100), 2:3)
)
cat(toJSON(cases, digits = 16, auto_unbox = TRUE))
