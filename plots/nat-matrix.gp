# ---- nat-matrix: how pairs end up, direct, relayed or not at all; rows offer, columns answer ----
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
# Columns: 2 the direct share, 5 with the relayed one on top. A cell of one outcome is a letter.
all(share) = share > 0.9995
outcome(d, s) = all(d) ? "D" : all(s - d) ? "R" : all(1 - s) ? "none" : \
    sprintf("%.0f+%.0f", 100 * d, 100 * (s - d))
if (txt) {
    # Columns by number where their names would touch; the rows are in the same order.
    if (tics * (tic_longest + 1) > 56) {
        set xtics 1 format "%.0f"
        do for [c = 1:curves] { set ytics add (sprintf("%d %s", c, label[c]) -c) }
    }
    plot for [c = 1:curves] $data index c - 1 using 1:(-c):(outcome($2, $5)) with labels notitle
} else {
    # White is direct, grey relayed, dark grey neither; the letter or the numbers say the same.
    grey(d, s) = int(255 * d + 205 * (s - d) + 140 * (1 - s)) * 65793
    plot for [c = 1:curves] $data index c - 1 \
        using 1:(-c):($1 - 0.5):($1 + 0.5):(-c - 0.5):(-c + 0.5):(rfc ? 16777215 : grey($2, $5)) \
        with boxxyerror fillstyle solid 1.0 border linetype 1 linewidth 0.8 dashtype 1 \
        linecolor rgb variable notitle, \
        for [c = 1:curves] $data index c - 1 using 1:(-c):(outcome($2, $5)) with labels notitle
}
