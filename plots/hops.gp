# ---- hops: mean hops against peers, beside the 1/2 log2 N of a perfect Chord ring ----
set logscale x 2
set ylabel "hops per lookup"
set xrange [x_first / 1.25 : x_last * 1.25]
set yrange [0 : *]
set samples 2
plot 0.5 * log(x) / log(2) with lines linetype 6 linecolor rgb "#777777" dashtype (1,3) \
        linewidth 1.5 title "1/2 log2 N", \
    for [c = 1:curves] $data index c - 1 using 1:2 with linespoints linetype c title label[c], \
    for [c = 1:curves] $data index c - 1 using (txt ? NaN : $1):($2 - $3):(0):(2 * $3) \
        with vectors heads size screen 0.005, 90 linetype c dashtype 1 notitle
