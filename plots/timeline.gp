# ---- timeline: one panel per quantity, the same time below all of them ----
unset xlabel
set xrange [0 : x_max > 0 ? x_max : 1]
set lmargin at screen 0.15
height = (top_margin - bottom_margin) / panels
gap = txt ? 1.0 / lines : 0.035
set multiplot
do for [p = 1:panels] {
    set tmargin at screen top_margin - (p - 1) * height
    set bmargin at screen top_margin - p * height + gap
    set ylabel panel[p]
    set yrange [* : *]
    set format x ""
    unset arrow
    do for [i = 1:marks] {
        set arrow i from mark[i], graph 0 to mark[i], graph 1 nohead linetype 1 dashtype (2,3) \
            linewidth 1
    }
    if (p > 1) { unset key; unset label 1; unset label 2 }
    if (p == panels) { set format x "%g"; set xlabel x_label }
    plot for [c = 1:count[p]] $data index first[p] + c - 1 using 1:2 with lines linetype c \
        title label[first[p] + c]
}
unset multiplot
