# ---- maintenance: bytes of maintenance per peer and second, against mean session time ----
set logscale x
set ylabel "maintenance, bytes per peer and second"
set xrange [x_first / 1.15 : x_last * 1.15]
set yrange [0 : *]
apart(x, c) = x * (1 + (txt ? 0 : 0.018) * (c - (curves + 1) / 2.0))
plot for [c = 1:curves] $data index c - 1 using (apart($1, c)):2 with linespoints linetype c \
        title label[c], \
    for [c = 1:curves] $data index c - 1 using (txt ? NaN : apart($1, c)):($2 - $3):(0):(2 * $3) \
        with vectors heads size screen 0.005, 90 linetype c dashtype 1 notitle
