# ---- traffic: bytes per peer and second, one bar per point, stacked by class ----
# In text there are no fills: there each class has a letter at its own height.
set ylabel "bytes per peer and second"
set xrange [0.4 : tics + 0.6]
set yrange [0 : *]
set offsets 0, 0, graph 0.05, 0
if (tic_longest * tics > 60 && !txt) {
    upright = tics > 10 # many bars leave room for upright text only
    if (upright) { set xtics rotate by 90 right } else { set xtics rotate by 30 right }
    set bmargin at screen bottom_margin + (upright ? 0.58 : 0.27) * tic_longest / lines
}
if (txt) {
    if (tic_longest * tics > 60) {
        set xtics 1 format "%.0f"
        set xlabel "point, in the order of traffic.csv"
    }
    plot for [c = 1:curves] $data index c - 1 using 1:2 with points linetype c title label[c]
} else {
    array pattern[7] = [3, 1, 2, 6, 4, 5, 7]
    array fill[7] = ["#808080", "#000000", "#000000", "#000000", "#000000", "#000000", "#000000"]
    plot for [c = 1:curves - 1] $data index c - 1 \
        using 1:(($4 + $5) / 2):($1 - 0.3):($1 + 0.3):4:5 with boxxyerror \
        fillstyle pattern pattern[c] border linetype 1 linewidth 0.8 dashtype 1 linecolor rgb fill[c] \
        title label[c], \
        $data index curves - 1 using 1:($2 - $3):(0):(2 * $3) \
        with vectors heads size screen 0.005, 90 linetype 1 linewidth 1.5 notitle
}
