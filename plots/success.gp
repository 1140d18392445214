# ---- success: share of lookups answered, against mean session time ----
set logscale x
set ylabel "lookups answered (share)"
set xrange [x_first / 1.15 : x_last * 1.15]
set yrange [y_low : 1]
plot for [c = 1:curves] $data index c - 1 using 1:2 with linespoints linetype c title label[c], \
    for [c = 1:curves] $data index c - 1 using (txt ? NaN : $1):($2 - $3):(0):(2 * $3) \
        with vectors heads size screen 0.005, 90 linetype c dashtype 1 notitle
