# facet's files in R: tables with base R, activations with ncdf4 (an activation file is also a netCDF-4
# file). Needs a folder that experiments/quickstart/run.sh or experiments/sparsity/run.sh left; without
# one in the variable FACET_OUT that of the quickstart. Debian's packages: r-base-core r-cran-ncdf4.
#
#     Rscript r.R [FIGURE.svg]      from this folder

library(ncdf4)

root <- normalizePath(file.path("..", ".."))
out <- Sys.getenv("FACET_OUT", file.path(root, "out", "quickstart"))
paper <- file.path(root, "notebooks-data", "paper")
figure <- c(commandArgs(trailingOnly = TRUE), "figure06.svg")[1]
layer <- "fc4"

# ---- a table ----

read_table <- function(file) read.delim(file, na.strings = "NA", quote = "", stringsAsFactors = FALSE)
summary <- read_table(file.path(out, "tables", "summary.tsv"))
summary <- summary[summary$layer == layer & summary$view == "original", ]
print(summary[c("measure", "n", "estimate", "sd")], row.names = FALSE)

# ---- the activations: R counts dimensions from the fastest, so neuron comes before image ----

file <- nc_open(file.path(out, "activations.h5"))
acts <- ncvar_get(file, layer) # (neuron, image), with several views (neuron, view, image)
if (length(dim(acts)) == 3) acts <- acts[, which(ncvar_get(file, "view") == "original"), ]
identity <- ncvar_get(file, "identity")
nc_close(file)

active <- colSums(acts > 0)
cat(sprintf("%.1f +- %.1f of %d neurons\n", mean(active), sd(active), nrow(acts)))
expected <- summary[summary$measure == "active_neurons_per_image", ] # as the table has it
stopifnot(all.equal(c(expected$estimate, expected$sd), c(mean(active), sd(active)), tolerance = 1e-6))

# ---- Fig. 6 of the paper, once more, in shares ----

totals <- read_table(file.path(paper, "figure06_summary.tsv"))
svg(figure, width = 8, height = 3.2)
par(mfrow = c(1, 2), mar = c(4, 4, 2, 1))
draw <- function(shares, name, title) {
    total <- totals$total[totals$quantity == name]
    theirs <- read_table(file.path(paper, paste0("figure06_", name, ".tsv")))
    centre <- theirs[[1]] / total
    width <- median(diff(centre))
    density <- theirs[[2]] / sum(theirs[[2]]) / width
    ours <- hist(shares, breaks = seq(0, 1, 0.025), plot = FALSE)
    plot(ours, freq = FALSE, col = "#56B4E9", border = NA, main = title, xlab = "share active",
         ylab = "density", xlim = c(0, 1), ylim = c(0, max(ours$density, density)))
    lines(centre - width / 2, density, type = "s")
}
draw(active / nrow(acts), "active_neurons_per_image", "active neurons per image")
legend("topleft", c("here", "paper"), fill = c("#56B4E9", NA), border = NA, lty = c(NA, 1), bty = "n")
draw(rowMeans(acts > 0), "images_per_neuron", "images per neuron")
invisible(dev.off())

# ---- which neurons does one person excite most? ----

person <- identity[1]
stands_out <- (rowMeans(acts[, identity == person]) - rowMeans(acts)) / apply(acts, 1, sd)
cat(person, ": neurons", paste(order(stands_out, decreasing = TRUE)[1:5] - 1, collapse = ", "), "\n")
