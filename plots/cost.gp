# ---- cost: a mark per choice of parameters; the second half of the curves are the hulls ----
set ylabel "lookups answered (share)"
if (x_max > 10 * x_min) {
    set logscale x
    set xrange [x_min / 1.2 : x_max * 1.2]
} else {
    set xrange [0 : x_max * 1.05]
}
set yrange [y_low : 1]
environments = curves / 2
plot for [c = 1:environments] $data index c - 1 using 1:2 with points linetype c title label[c], \
    for [c = 1:environments] $data index environments + c - 1 using (txt ? NaN : $1):2 \
        with lines linetype c notitle
