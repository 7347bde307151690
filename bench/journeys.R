# R's side of bench/journeys.py: medians in seconds, as JSON. Rscript journeys.R FOLDER REPEAT
suppressPackageStartupMessages({library(survival); library(jsonlite)})
given <- commandArgs(TRUE)
read <- function(name) read.csv(file.path(given[1], paste0(name, ".csv")))
base <- read("base"); changes <- read("changes"); rows <- read("rows")
repeats <- as.integer(given[2])
timed <- function(task) { task(); median(sapply(seq_len(repeats), function(i) system.time(task())[["elapsed"]])) }
merge <- function() { d <- tmerge(base, base, id = id, tstop = stop); tmerge(d, changes, id = id, value = tdc(time, value)) }
split <- function() survSplit(Surv(start, stop, event) ~ ., rows, cut = seq(100, 1000, 100), episode = "part")
cat(toJSON(list(merge = timed(merge), split = timed(split)), auto_unbox = TRUE, digits = 6))
