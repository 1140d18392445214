# ---- nat-mix, keepalive: one panel per quantity, the same parameter below ----
unset xlabel
spread = x_max > x_min ? x_max - x_min : 1
set xrange [x_min - 0.03 * spread : x_max + 0.03 * spread]
set lmargin at screen 0.15
height = (top_margin - bottom_margin) / panels
gap = txt ? 1.0 / lines : 0.035
set multiplot
do for [p = 1:panels] {
    set tmargin at screen top_margin - (p - 1) * height
    set bmargin at screen top_margin - p * height + gap
    set ylabel panel[p]
    if (panel[p][1:5] eq "share") { set yrange [0 : * < 1] } else { set yrange [0 : *] }
    set offsets 0, 0, graph 0.08, 0
    set format x ""
    if (p > 1) { unset key; unset label 1; unset label 2 }
    if (p == panels) { set format x "%g"; set xlabel x_label }
    plot for [c = 1:count[p]] $data index first[p] + c - 1 using 1:2 with linespoints linetype c \
        title label[first[p] + c]
}
unset multiplot
