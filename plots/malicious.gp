# ---- malicious: share of lookups answered, against the share of malicious peers ----
set ylabel "lookups answered (share)"
spread = x_max > x_min ? x_max - x_min : 0.1
set xrange [x_min - 0.04 * spread : x_max + 0.04 * spread]
set yrange [y_low : 1]
apart(x, c) = x + (txt ? 0 : 0.006 * spread) * (c - (curves + 1) / 2.0)
plot for [c = 1:curves] $data index c - 1 using (apart($1, c)):2 with linespoints linetype c \
        title label[c], \
    for [c = 1:curves] $data index c - 1 using (txt ? NaN : apart($1, c)):($2 - $3):(0):(2 * $3) \
        with vectors heads size screen 0.005, 90 linetype c dashtype 1 notitle
