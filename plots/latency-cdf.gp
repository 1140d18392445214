# ---- latency-cdf: share of answered lookups that took at most so long ----
set logscale x
set ylabel "share of lookups"
set yrange [0 : 1]
set grid xtics ytics linecolor rgb "#cccccc" dashtype 1 linewidth 0.5
if (txt) unset grid
if (rfc) set grid xtics ytics linecolor rgb "black" dashtype (1,6) linewidth 0.4
set xrange [x_min / 1.02 : x_max * 1.02]
set xtics ("0.001" 0.001, "0.002" 0.002, "0.005" 0.005, "0.01" 0.01, "0.02" 0.02, "0.05" 0.05, \
    "0.1" 0.1, "0.2" 0.2, "0.5" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20)
plot for [c = 1:curves] $data index c - 1 using 1:2 with linespoints linetype c \
    pointinterval 40 + 5 * c title label[c]
