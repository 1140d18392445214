# ---- join-cdf: share of joins that took at most so long ----
set logscale x
set ylabel "share of joins"
set yrange [0 : 1]
set xrange [x_min / 1.02 : x_max * 1.02]
set xtics ("0.1" 0.1, "0.2" 0.2, "0.5" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20, "50" 50, \
    "100" 100, "200" 200, "500" 500)
plot for [c = 1:curves] $data index c - 1 using 1:2 with linespoints linetype c \
    pointinterval 20 + 3 * c title label[c]
