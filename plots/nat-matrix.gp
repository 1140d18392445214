# ---- nat-matrix: per cent of pairs with a direct path; rows offer, columns answer ----
unset grid
unset key
set border 0
set tics scale 0
unset ylabel
unset xlabel
small = format eq "png" ? ",19" : format eq "pdf" ? ",8" : ",11"
if (!txt && tic_longest * tics > 64) { set xtics font small }
set xrange [0.5 : tics + 0.5]
set yrange [-curves - 0.5 : -0.5]
set ytics ("" 0)
set lmargin at screen (txt ? 0.22 : 0.16)
do for [c = 1:curves] { set ytics add (label[c] -c) }
percent(y) = sprintf("%.0f", 100 * y)
if (txt) {
    # Columns by number where their names would touch; the rows are in the same order.
    if (tics * (tic_longest + 1) > 56) {
        set xtics 1 format "%.0f"
        do for [c = 1:curves] { set ytics add (sprintf("%d %s", c, label[c]) -c) }
    }
    plot for [c = 1:curves] $data index c - 1 using 1:(-c):(percent($2)) with labels notitle
} else {
    # The paler a cell, the more pairs are direct; the number says the same.
    grey(y) = int(255 - 105 * (1 - y)) * 65793
    plot for [c = 1:curves] $data index c - 1 \
        using 1:(-c):($1 - 0.5):($1 + 0.5):(-c - 0.5):(-c + 0.5):(rfc ? 16777215 : grey($2)) \
        with boxxyerror fillstyle solid 1.0 border linetype 1 linewidth 0.8 dashtype 1 \
        linecolor rgb variable notitle, \
        for [c = 1:curves] $data index c - 1 using 1:(-c):(percent($2)) with labels notitle
}
