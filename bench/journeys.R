# R's side of bench/journeys.py: seconds of each run, as JSON. Rscript journeys.R FOLDER REPEAT
suppressPackageStartupMessages({library(survival); library(jsonlite)})
given <- commandArgs(TRUE)
read <- function(name) read.csv(file.path(given[1], paste0(name, ".csv")))
base <- read("base"); changes <- read("changes"); rows <- read("rows")
repeats <- as.integer(given[2])
timed <- function(task) { task(); sapply(seq_len(repeats), function(i) system.time(task())[["elapsed"]]) }
merge <- function() {
  rows <- tmerge(base, base, id = id, tstop = stop)
  tmerge(rows, changes, id = id, value = tdc(time, value))
}
split <- function() survSplit(Surv(start, stop, event) ~ ., rows, cut = seq(100, 1000, 100), episode = "part")
cat(toJSON(list(merge = I(timed(merge)), split = I(timed(split))), digits = 6))
