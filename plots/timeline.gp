# ---- timeline: one panel per quantity, the same time below all of them ----
unset xlabel
set xrange [0 : x_max > 0 ? x_max : 1]
set lmargin at screen txt ? 0.15 : 0.17
height = (top_margin - bottom_margin) / panels
gap = txt ? 2.0 / lines : 0.035
set multiplot
do for [p = 1:panels] {
    top = top_margin - (p - 1) * height
    set tmargin at screen top - (txt ? 1.0 / lines : 0)
    set bmargin at screen top - height + gap
    # What a panel shows stands at a place of its own: beside wide numbers a ylabel would leave the
    # picture, and txt has no upright text.
    if (txt) {
        set label 3 panel[p] at screen 0.15, screen top - 0.5 / lines left
    } else {
        set label 3 panel[p] at screen 0.03, screen top - (height - gap) / 2 center rotate by 90
    }
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
