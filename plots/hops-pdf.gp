# ---- hops-pdf: share of answered lookups that took so many hops ----
set ylabel "share of lookups"
set xrange [-0.5 : x_max + 0.5]
set yrange [0 : *]
set xtics 1
if (x_max > 20) set xtics 5
plot for [c = 1:curves] $data index c - 1 using 1:2 with linespoints linetype c title label[c]
